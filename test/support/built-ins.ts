/**
 * Random sequences of requests about one object of a built-in kind, and what of an answer is compared. Used by the
 * differential run against a real kube-apiserver, and by the test that replays what it recorded.
 */
import type { AnyObject, JsonObject } from '../../src/apiserver/objects.ts';
import type { PatchType, Query } from '../../src/apiserver/registry/request.ts';
import { StatusError } from '../../src/apiserver/status-error.ts';
import { cloneJson } from '../../src/base/json.ts';
import type { Random } from '../../src/base/random.ts';
import type { Resource, TestServer } from '../apiserver/support/in-memory.ts';

type Draw = (random: Random) => unknown;
export interface Kind extends Resource {
  readonly kind: string;
  readonly namespaced: boolean;
  /** Fields at the top level. */
  readonly fields: Readonly<Record<string, Draw>>;
  /** Fields that every body has. */
  readonly always?: JsonObject;
}

const some = <T>(random: Random, items: readonly T[]): T[] => random.shuffle(items.filter(() => random.chance(0.5)));
const map =
  (keys: readonly string[], value: Draw): Draw =>
  (random) =>
    Object.fromEntries(some(random, keys).map((key) => [key, value(random)]));
const pick =
  (...items: readonly unknown[]): Draw =>
  (random) =>
    random.pick(items);
const list =
  (...items: readonly unknown[]): Draw =>
  (random) =>
    some(random, items);
const record =
  (fields: Readonly<Record<string, Draw>>, chance = 0.5): Draw =>
  (random) =>
    Object.fromEntries(
      Object.entries(fields)
        .filter(() => random.chance(chance))
        .map(([name, draw]) => [name, draw(random)]),
    );

export const kinds: readonly Kind[] = [
  {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    kind: 'ConfigMap',
    namespaced: true,
    fields: { data: map(['a', 'b.c', 'D_e'], pick('1', '2', '')), binaryData: map(['x', 'y'], pick('AAA=', 'AQ==')) },
  },
  {
    group: '',
    version: 'v1',
    resource: 'secrets',
    kind: 'Secret',
    namespaced: true,
    fields: { data: map(['a', 'b'], pick('AAA=', 'AQ==', '')), stringData: map(['b', 'c'], pick('x', 'y')) },
  },
  {
    group: '',
    version: 'v1',
    resource: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
    fields: {
      secrets: list({ name: 's1' }, { name: 's2' }, { name: 's3' }),
      imagePullSecrets: list({ name: 'p1' }, { name: 'p2' }),
      automountServiceAccountToken: pick(true, false),
    },
  },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'roles',
    kind: 'Role',
    namespaced: true,
    fields: {
      rules: list(
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { apiGroups: ['a'], resources: ['b', 'c'], verbs: ['*'], resourceNames: ['n'] },
      ),
    },
  },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'clusterroles',
    kind: 'ClusterRole',
    namespaced: false,
    fields: {
      rules: list(
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { nonResourceURLs: ['/x'], verbs: ['get'] },
      ),
    },
  },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'rolebindings',
    kind: 'RoleBinding',
    namespaced: true,
    always: { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' } },
    fields: {
      subjects: list(
        { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'User', name: 'v' },
        { kind: 'ServiceAccount', name: 'sa', namespace: 'default' },
      ),
    },
  },
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    kind: 'Lease',
    namespaced: true,
    fields: {
      spec: record({
        holderIdentity: pick('a', 'b'),
        leaseDurationSeconds: pick(1, 15),
        acquireTime: pick('2026-01-01T00:00:00.000000Z', '2026-01-01T01:00:00.123456Z'),
        renewTime: pick('2026-01-02T00:00:00.000000Z'),
        leaseTransitions: pick(0, 1, 2),
      }),
    },
  },
  {
    group: '',
    version: 'v1',
    resource: 'resourcequotas',
    kind: 'ResourceQuota',
    namespaced: true,
    fields: {
      spec: record({ hard: map(['pods', 'cpu', 'count/x.y'], pick('1', '1000m', '2k')), scopes: list() }),
      status: record({ hard: map(['pods'], pick('1')) }),
    },
  },
  {
    group: '',
    version: 'v1',
    resource: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    fields: { spec: record({ finalizers: pick(['kubernetes']) }), status: record({ phase: pick('Active', 'Bogus') }) },
  },
];

export interface Ask {
  readonly verb: 'create' | 'replace' | PatchType;
  readonly manager: string;
  readonly force: boolean;
  readonly body: (name: string, state: AnyObject | undefined) => unknown;
}

function bodyOf(random: Random, kind: Kind, chance: number): JsonObject {
  const metadata = record(
    {
      labels: map(['l1', 'l2'], pick('v', 'w')),
      annotations: map(['a1', 'a2'], pick('v', 'w')),
      finalizers: list('orrery.test/f1', 'orrery.test/f2'),
      ownerReferences: list(
        { apiVersion: 'no.such/v1', kind: 'T', name: 'o1', uid: 'u1' },
        { apiVersion: 'no.such/v1', kind: 'T', name: 'o2', uid: 'u2' },
      ),
    },
    0.3,
  )(random);
  return { metadata, ...kind.always, ...(record(kind.fields, chance)(random) as JsonObject) };
}

export function next(random: Random, kind: Kind, exists: boolean): Ask {
  const manager = random.pick(['m1', 'm2', 'kubectl']);
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const whole = (chance: number) => {
    const content = bodyOf(random, kind, chance);
    return (name: string) => ({
      apiVersion,
      kind: kind.kind,
      ...content,
      metadata: { ...(content['metadata'] as object), name },
    });
  };
  const force = random.chance(0.5);
  if (!exists) return { verb: random.pick(['create', 'apply'] as const), manager, force, body: whole(0.6) };
  const dice = random.next();
  if (dice < 0.4) return { verb: 'apply', manager, force, body: whole(0.5) };
  if (dice < 0.6) return { verb: 'strategic', manager, force, body: constant(bodyOf(random, kind, 0.5)) };
  if (dice < 0.75) return { verb: 'merge', manager, force, body: constant(bodyOf(random, kind, 0.5)) };
  if (dice < 0.95) {
    const content = bodyOf(random, kind, 0.6);
    return {
      verb: 'replace',
      manager,
      force,
      body: (_name, state) => ({
        ...state,
        ...content,
        metadata: { ...state?.metadata, ...(content['metadata'] as object) },
      }),
    };
  }
  const managedFields = random.pick<unknown>([[{}], [], null]);
  return { verb: 'merge', manager, force, body: constant({ metadata: { managedFields } }) };
}

const constant = (value: unknown) => () => value;

export interface Outcome {
  readonly code: number;
  readonly message?: string;
  readonly object?: AnyObject | undefined;
}

/** Asks our server. */
export async function askHere(whole: TestServer, kind: Kind, name: string, ask: Ask): Promise<Outcome> {
  const namespace = kind.namespaced ? 'default' : undefined;
  const query: Query = {
    fieldManager: [ask.manager],
    ...(ask.verb === 'apply' ? { force: [String(ask.force)] } : {}),
  } as never;
  const { group, version, resource } = kind;
  const state = await whole.get(kind, name, namespace).catch(() => undefined);
  const body = { value: cloneJson(ask.body(name, state)), owned: true };
  try {
    const answer = await whole.request({
      group,
      version,
      resource,
      namespace,
      query,
      body,
      ...(ask.verb === 'create'
        ? { verb: 'create' as const }
        : ask.verb === 'replace'
          ? { verb: 'update' as const, name }
          : { verb: 'patch' as const, name, patchType: ask.verb }),
    });
    if (answer.type !== 'object') throw new Error('a list was answered');
    return { code: answer.code, object: answer.view.object };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { code: error.status.code, message: error.status.message ?? '' };
  }
}

/** What is compared: not uids, versions and times. */
export function comparable({ code, message, object }: Outcome): unknown {
  if (object === undefined) return { code, message: sortedErrors(message ?? '') };
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    managedFields,
    ...metadata
  } = object.metadata;
  const { metadata: _metadata, ...content } = object;
  const entries = managedFields?.map(({ time, fieldsV1, ...entry }) => ({
    ...entry,
    stamped: time !== undefined,
    fieldsV1: JSON.stringify(fieldsV1),
  }));
  return { code, metadata, content, entries };
}

/** Several errors come in any order. */
function sortedErrors(message: string): string {
  return message
    .split(/[[\],] ?/)
    .sort()
    .join('|');
}
