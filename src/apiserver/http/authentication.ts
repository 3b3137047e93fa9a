import { hash } from 'node:crypto';
import type { TokenReviewer } from '../registry/builtin/reviews.ts';
import type { User } from '../registry/request.ts';
import { StatusError } from '../status-error.ts';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Users by bearer token. Tokens are kept and looked up by their digests, so that how long it takes tells nothing about
 * how much of a guess was right.
 */
export class Tokens implements TokenReviewer {
  #users = new Map<string, User>();

  /** @param tokens each with its user */
  constructor(tokens: Iterable<readonly [token: string, user: User]> = []) {
    this.replace(tokens);
  }

  /** From now on these tokens are good, and no others. */
  replace(tokens: Iterable<readonly [token: string, user: User]>): void {
    const users = new Map<string, User>();
    for (const [token, user] of tokens) {
      const groups = user.groups.includes('system:authenticated')
        ? user.groups
        : [...user.groups, 'system:authenticated'];
      users.set(digest(token), { ...user, groups });
    }
    this.#users = users;
  }

  /** The user of a token; undefined when it is not good. */
  review(token: string): User | undefined {
    return this.#users.get(digest(token));
  }

  /** The user of an Authorization header; anonymous without one. Throws 401 for one that is not good. */
  authenticate(authorization: string | undefined): User {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const match = /^bearer +(\S+) *$/i.exec(authorization);
    // Other schemes are nobody's business here: the real server takes them for anonymous.
    if (match === null) return ANONYMOUS;
    const user = this.review(match[1]!);
    if (user === undefined) throw new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
    return user;
  }
}

/** Digests of equal length, whatever the token. */
const digest = (token: string) => hash('sha256', token, 'base64');
