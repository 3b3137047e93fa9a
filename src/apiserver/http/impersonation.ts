/** One user acting as another: apiserver, pkg/endpoints/filters/impersonation.go. */
import { goQuote } from '../go-format.ts';
import { type Authorizer, NO_SNIFFING, refuseUnlessAllowed } from '../registry/authorizer.ts';
import type { User } from '../registry/request.ts';
import { badRequest, StatusError } from '../status-error.ts';
import type { Exchange } from './exchange.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA = 'impersonate-extra-';

/** The user that the request asks to be, if its own user may; else its own. Throws 403. */
export function impersonated(exchange: Exchange, user: User, authorizer: Authorizer): User {
  const name = exchange.header(USER);
  const headers = exchange.headers();
  const groups = headers[GROUP] ?? [];
  const extra = extraOf(headers);
  if (name === undefined || name === '') {
    if (groups.length === 0 && (exchange.header(UID) ?? '') === '' && Object.keys(extra).length === 0) return user;
    const quoted = groups.length === 0 ? '(nil)' : `{${groups.map(goQuote).join(', ')}}`;
    const refusal = badRequest(
      `requested &user.DefaultInfo{Name:"", UID:${goQuote(exchange.header(UID) ?? '')}, Groups:[]string${quoted}, Extra:map[string][]string(nil)} without impersonating a user name`,
    );
    throw new StatusError(refusal.status, NO_SNIFFING);
  }
  const may = (resource: string, what: string, group = '', namespace?: string) =>
    refuseUnlessAllowed(authorizer, { user, verb: 'impersonate', group, resource, name: what, namespace });
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account !== null) may('serviceaccounts', account[2]!, '', account[1]!);
  else may('users', name);
  for (const each of groups) may('groups', each);
  const uid = exchange.header(UID);
  if (uid !== undefined) may('uids', uid, 'authentication.k8s.io');
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) may(`userextras/${key}`, value, 'authentication.k8s.io');
  }
  return {
    name,
    groups: withOwnGroups(name, groups, account?.[1]),
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function extraOf(headers: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = Object.create(null);
  for (const [name, values] of Object.entries(headers)) {
    if (name.startsWith(EXTRA)) extra[name.slice(EXTRA.length)] = values;
  }
  return extra;
}

/** The groups that a user has without being told. */
function withOwnGroups(name: string, asked: readonly string[], accountNamespace: string | undefined): string[] {
  const groups = [...asked];
  if (accountNamespace !== undefined && asked.length === 0) {
    groups.push('system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`);
  }
  if (name === 'system:anonymous') {
    if (!groups.includes('system:unauthenticated')) groups.push('system:unauthenticated');
  } else if (!groups.includes('system:authenticated') && !groups.includes('system:unauthenticated')) {
    groups.push('system:authenticated');
  }
  return groups;
}
