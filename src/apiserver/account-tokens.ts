import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { User } from './registry/request.ts';

/** Signs with a key that is kept, as JSON Web Signatures do (RS256). */
export interface AccountKey {
  /** Names the key in the heads of tokens. */
  readonly id: string;
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

/** Who issues tokens, and for whom they are meant when nobody says. */
export const ISSUER = 'https://kubernetes.default.svc';

export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What a token can be bound to, so that it ends with it: kinds of the core group, and their plurals. */
export const BINDABLE: ReadonlyMap<string, string> = new Map([
  ['Pod', 'pods'],
  ['Secret', 'secrets'],
  ['Node', 'nodes'],
]);

export interface Bound {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iss: string;
  readonly jti: string;
  readonly nbf: number;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: Reference;
    /** By kind, as `pod`. */
    readonly [bound: string]: Reference | string | undefined;
  };
}

interface Reference {
  readonly name: string;
  readonly uid: string;
}

export interface AccountTokensParts {
  readonly key: AccountKey;
  readonly clock: Clock;
  readonly random: Random;
  /** The uid of the object that is there now. @param plural of the core group, as `serviceaccounts` */
  uidOf(plural: string, namespace: string, name: string): string | undefined;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens of service accounts: kubernetes, pkg/serviceaccount/claims.go. They end with their account, and with what they are bound to. */
export class AccountTokens {
  readonly #parts: AccountTokensParts;

  constructor(parts: AccountTokensParts) {
    this.#parts = parts;
  }

  /** @param seconds how long it is good */
  issue({ namespace, name, uid }: Account, audiences: readonly string[], seconds: number, bound?: Bound): string {
    const { key, clock, random } = this.#parts;
    const now = Math.floor(clock.now() / 1000);
    const head = encoded({ alg: 'RS256', kid: key.id });
    const claims = encoded({
      aud: audiences,
      exp: now + seconds,
      iat: now,
      iss: ISSUER,
      jti: random.uuid(),
      'kubernetes.io': {
        namespace,
        serviceaccount: { name, uid },
        ...(bound && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return `${head}.${claims}.${key.sign(`${head}.${claims}`)}`;
  }

  /** The user of a token; undefined when it is not good. */
  review(token: string): User | undefined {
    const parts = token.split('.');
    if (parts.length !== 3) return undefined;
    const [head = '', body = '', signature = ''] = parts;
    const claims = claimsIn(body);
    if (claims === undefined || !this.#parts.key.verify(`${head}.${body}`, signature)) return undefined;
    const now = this.#parts.clock.now() / 1000;
    if (claims.iss !== ISSUER || claims.exp <= now || claims.nbf > now + 1 || !claims.aud.includes(ISSUER)) {
      return undefined;
    }
    const { namespace, serviceaccount, ...others } = claims['kubernetes.io'];
    if (!this.#isThere('serviceaccounts', namespace, serviceaccount)) return undefined;
    for (const [kind, plural] of BINDABLE) {
      const bound = others[kind.toLowerCase()] as Reference | undefined;
      if (bound !== undefined && !this.#isThere(plural, kind === 'Node' ? '' : namespace, bound)) return undefined;
    }
    return {
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] },
    };
  }

  #isThere(plural: string, namespace: string, { name, uid }: Reference): boolean {
    return this.#parts.uidOf(plural, namespace, name) === uid;
  }
}

/** The claims, if these are some; who made them is still to be found out. */
function claimsIn(body: string): Claims | undefined {
  try {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    const account = claims['kubernetes.io'].serviceaccount;
    return typeof account.uid === 'string' && Array.isArray(claims.aud) ? claims : undefined;
  } catch {
    return undefined;
  }
}
