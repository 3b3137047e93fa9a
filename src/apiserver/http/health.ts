/** /healthz, /livez and /readyz. */
import type { Query } from '../registry/request.ts';

/** A thing that can be wrong with a server; false when it is. */
export interface HealthCheck {
  readonly name: string;
  /** Whether only readiness depends on it. */
  readonly readiness?: boolean;
  ok(): boolean;
}

/** What a server is asked about its own state. */
export interface Vitals {
  /** Everything that is stored can be read and written. */
  storage(): boolean;
  /** What keeps house is at work. */
  working(): boolean;
  /** It has been told to end. */
  stopping(): boolean;
}

/**
 * The checks under the names that the real server has for them, which monitoring and the upstream end-to-end suite
 * look for. One process does here what many do there, so that many names stand for one state.
 */
const WORK = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'storage-readiness',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'bootstrap-controller',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
  'apiservice-openapi-controller',
  'apiservice-openapiv3-controller',
].map((name) => `poststarthook/${name}`);

export function healthChecks({ storage, working, stopping }: Vitals): HealthCheck[] {
  const always = () => true;
  const work = (name: string): HealthCheck => ({ name, ok: working });
  return [
    { name: 'ping', ok: always },
    { name: 'log', ok: always },
    { name: 'etcd', ok: storage },
    { name: 'etcd-readiness', readiness: true, ok: storage },
    { name: 'informer-sync', readiness: true, ok: working },
    ...WORK.map(work),
    work('autoregister-completion'),
    { name: 'shutdown', readiness: true, ok: () => !stopping() },
  ];
}

const PATHS = ['healthz', 'livez', 'readyz'];

interface HealthAnswer {
  readonly code: number;
  readonly text: string;
  /** Whether it is sent without X-Content-Type-Options, as the real server sends the state of a single check. */
  readonly plain?: boolean;
}

/** The answer to a health path, or undefined when the path is none. */
export function health(path: string, query: Query, checks: readonly HealthCheck[]): HealthAnswer | undefined {
  const [, kind = '', single, ...rest] = path.split('/');
  if (!PATHS.includes(kind) || rest.length > 0) return undefined;
  const asked = checks.filter((check) => kind === 'readyz' || check.readiness !== true);
  if (single !== undefined && single !== '') {
    const check = checks.find(({ name }) => name === single);
    if (check === undefined) return undefined;
    return check.ok() ? { code: 200, text: 'ok', plain: true } : { code: 500, text: 'internal server error: not ok' };
  }
  const excluded = new Set(query['exclude']);
  const lines: string[] = [];
  let failed = false;
  for (const check of asked) {
    if (excluded.has(check.name)) lines.push(`[+]${check.name} excluded: ok`);
    else if (check.ok()) lines.push(`[+]${check.name} ok`);
    else {
      failed = true;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (failed) return { code: 500, text: `${lines.join('\n')}\n${kind} check failed\n` };
  return query['verbose'] === undefined
    ? { code: 200, text: 'ok' }
    : { code: 200, text: `${lines.join('\n')}\n${kind} check passed\n` };
}
