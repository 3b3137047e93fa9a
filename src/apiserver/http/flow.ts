/**
 * The headers by which the real server says which flow schema and priority level a request fell under. Clients look
 * for them: kubectl stops holding itself back to five requests a second once it has seen them.
 * apiserver, pkg/server/filters/priority-and-fairness.go; kubernetes, staging api/flowcontrol/v1/types.go.
 */
import { hash } from 'node:crypto';
import type { User } from '../registry/request.ts';
import type { Headers } from './exchange.ts';

/** A uid for a name: the same in every server, in the form of a version 8 UUID (RFC 9562). */
function uidOf(name: string): string {
  const hex = hash('sha256', name, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const flow = (schema: string, level: string): Headers => ({
  'X-Kubernetes-Pf-Flowschema-Uid': uidOf(`flowschema/${schema}`),
  'X-Kubernetes-Pf-Prioritylevel-Uid': uidOf(`prioritylevel/${level}`),
});

const EXEMPT = flow('exempt', 'exempt');
const PROBES = flow('probes', 'exempt');
const ACCOUNTS = flow('service-accounts', 'workload-low');
const EVERYONE = flow('global-default', 'global-default');
const PROBE_PATH = /^\/(healthz|livez|readyz)$/;

/** The headers of a request: by who asks, and for probes by the path. */
export function flowHeaders(user: User, path: string): Headers {
  if (user.groups.includes('system:masters')) return EXEMPT;
  if (PROBE_PATH.test(path)) return PROBES;
  return user.groups.includes('system:serviceaccounts') ? ACCOUNTS : EVERYONE;
}
