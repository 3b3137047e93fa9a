import { goQuote } from '../go-format.ts';
import { forbidden } from '../registry/errors.ts';
import type { User } from '../registry/request.ts';
import { StatusError } from '../status-error.ts';

/** What somebody wants to do. */
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

export interface Authorizer {
  /** Whether it is allowed. */
  allows(attributes: Attributes): boolean;
}

/** Paths that everybody may read: system:public-info-viewer. */
const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

/** Members of system:masters may do everything, everybody may ask how the server is, and nobody anything else. */
export const mastersOnly: Authorizer = {
  allows({ user, verb, path }) {
    if (user.groups.includes('system:masters')) return true;
    return path !== undefined && verb === 'get' && PUBLIC.includes(path);
  },
};

/** 403 in the words of the real server. */
export function refuseUnlessAllowed(authorizer: Authorizer, attributes: Attributes): void {
  if (authorizer.allows(attributes)) return;
  const { user, verb, path } = attributes;
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  if (path !== undefined) {
    throw new StatusError({
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: ${who} path ${goQuote(path)}`,
      details: {},
    });
  }
  const { group = '', resource = '', subresource, namespace, name = '' } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined || namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  throw forbidden(
    { group, name: resource },
    name,
    `${who} resource ${goQuote(what)} in API group ${goQuote(group)} ${where}`,
  );
}
