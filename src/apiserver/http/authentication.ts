import { hash, timingSafeEqual } from 'node:crypto';
import type { TokenReviewer } from '../registry/builtin/reviews.ts';
import type { User } from '../registry/request.ts';
import { StatusError } from '../status-error.ts';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Users by bearer token. Tokens are kept as digests of one length, and a guess is compared with every one of them in
 * constant time, so that how long it takes tells nothing about how much of it was right.
 */
export class Tokens implements TokenReviewer {
  #users: readonly { readonly digest: Buffer; readonly user: User }[] = [];
  /** Who is asked about tokens that are nobody's here. */
  others: TokenReviewer | undefined;

  /** @param tokens each with its user */
  constructor(tokens: Iterable<readonly [token: string, user: User]> = []) {
    this.replace(tokens);
  }

  /** From now on these tokens are good, and no others. */
  replace(tokens: Iterable<readonly [token: string, user: User]>): void {
    this.#users = [...tokens].map(([token, user]) => {
      const groups = user.groups.includes('system:authenticated')
        ? user.groups
        : [...user.groups, 'system:authenticated'];
      return { digest: digest(token), user: { ...user, groups } };
    });
  }

  /** The user of a token; undefined when it is not good. */
  review(token: string): User | undefined {
    const given = digest(token);
    let found: User | undefined;
    for (const { digest: known, user } of this.#users) if (timingSafeEqual(known, given)) found = user;
    return found ?? this.others?.review(token);
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
const digest = (token: string) => hash('sha256', token, 'buffer');
