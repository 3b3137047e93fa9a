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

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iss: string;
  readonly jti: string;
  readonly nbf: number;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
  };
}

export interface AccountTokensParts {
  readonly key: AccountKey;
  readonly clock: Clock;
  readonly random: Random;
  /** The uid of the account that is there now. */
  uidOf(namespace: string, name: string): string | undefined;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens of service accounts: kubernetes, pkg/serviceaccount/claims.go. They end with their account. */
export class AccountTokens {
  readonly #parts: AccountTokensParts;

  constructor(parts: AccountTokensParts) {
    this.#parts = parts;
  }

  /** @param seconds how long it is good */
  issue({ namespace, name, uid }: Account, audiences: readonly string[], seconds: number): string {
    const { key, clock, random } = this.#parts;
    const now = Math.floor(clock.now() / 1000);
    const head = encoded({ alg: 'RS256', kid: key.id });
    const claims = encoded({
      aud: audiences,
      exp: now + seconds,
      iat: now,
      iss: ISSUER,
      jti: random.uuid(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
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
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    if (this.#parts.uidOf(namespace, serviceaccount.name) !== serviceaccount.uid) return undefined;
    return {
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] },
    };
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
