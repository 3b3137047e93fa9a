import { goQuote } from '../go-format.ts';
import { StatusError } from '../status-error.ts';
import { forbidden } from './errors.ts';
import type { User } from './request.ts';

/** What somebody wants to do: an act on a resource, or on a path that is none. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  /** A path that is no resource. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Something that is allowed, as access reviews list it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Decision {
  readonly allowed: boolean;
  /** Why, as access reviews tell it. */
  readonly reason?: string;
}

export interface Authorizer {
  decide(attributes: Attributes): Decision;
  /** All that a user may do in a namespace. */
  rules(user: User, namespace: string): readonly Rule[];
}

const MASTERS = 'system:masters';
const ALLOWED: Decision = { allowed: true };
const EVERYTHING: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Members of system:masters may do everything; the others ask the next. */
export class MastersFirst implements Authorizer {
  readonly #next: Authorizer;

  constructor(next: Authorizer) {
    this.#next = next;
  }

  decide(attributes: Attributes): Decision {
    return attributes.user.groups.includes(MASTERS) ? ALLOWED : this.#next.decide(attributes);
  }

  rules(user: User, namespace: string): readonly Rule[] {
    const rules = this.#next.rules(user, namespace);
    return user.groups.includes(MASTERS) ? [...rules, ...EVERYTHING] : rules;
  }
}

/** What the real server's authorization adds to its refusals, and its other refusals do not have. */
export const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' };

/** 403 in the words of the real server. */
export function refuseUnlessAllowed(authorizer: Authorizer, attributes: Attributes): void {
  const decision = authorizer.decide(attributes);
  if (decision.allowed) return;
  const { user, verb, path } = attributes;
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  const why = decision.reason === undefined || decision.reason === '' ? '' : `: ${decision.reason}`;
  if (path !== undefined) {
    throw new StatusError(
      { code: 403, reason: 'Forbidden', message: `forbidden: ${who} path ${goQuote(path)}${why}`, details: {} },
      NO_SNIFFING,
    );
  }
  const { group = '', resource = '', subresource, namespace, name = '' } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined || namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  const refusal = forbidden(
    { group, name: resource },
    name,
    `${who} resource ${goQuote(what)} in API group ${goQuote(group)} ${where}${why}`,
  );
  throw new StatusError(refusal.status, NO_SNIFFING);
}
