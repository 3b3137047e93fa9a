/** Flux and Argo CD as the API server sees them: how they apply an object, and how they tell whether it has drifted. */
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { resourceTypes } from '../../src/api/resources.ts';
import { deepEqual } from '../../src/base/json.ts';
import { lastApplied, withLastApplied } from '../../src/cli/apply/last-applied.ts';
import { threeWayPatch } from '../../src/cli/apply/three-way.ts';
import { ApiError, type Client } from '../../src/client/port.ts';

export interface Declared {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface Deliverer {
  readonly name: string;
  apply(client: Client, object: Declared): Promise<void>;
  /** What differs from what was declared; undefined when nothing does. */
  drift(client: Client, object: Declared): Promise<unknown>;
}

export function typeOf({ kind }: { readonly kind: string }): ResourceType {
  return resourceTypes.find((type) => type.kind === kind)!;
}

async function live(client: Client, object: Declared): Promise<KubeObject | undefined> {
  try {
    return await client.get(typeOf(object), object.metadata);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

const serverSide = (client: Client, object: Declared, fieldManager: string, dryRun: boolean) =>
  client.patch<KubeObject>(
    typeOf(object),
    object.metadata,
    { type: 'apply', body: object },
    { fieldManager, force: true, dryRun },
  );

/** Flux labels what it applies with the Kustomization that it belongs to. */
function labelled(object: Declared): Declared {
  const labels = { 'kustomize.toolkit.fluxcd.io/name': 'lab', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
}

/** Argo CD annotates what it applies with where it comes from. */
function tracked(object: Declared): Declared {
  const group = object.apiVersion.split('/')[0];
  const { namespace, name, annotations } = object.metadata;
  const id = { 'argocd.argoproj.io/tracking-id': `lab:${group}/${object.kind}:${namespace}/${name}` };
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, ...id } } };
}

/** Without what no tool compares. */
function compared({ metadata, ...rest }: KubeObject): object {
  const { managedFields: _, resourceVersion: __, generation: ___, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** fluxcd/pkg, ssa/manager_apply.go: a dry run with its manager and force, which changes nothing where nothing drifted. */
export const flux: Deliverer = {
  name: 'Flux',
  apply: async (client, object) => {
    await serverSide(client, labelled(object), 'kustomize-controller', true);
    await serverSide(client, labelled(object), 'kustomize-controller', false);
  },
  drift: (client, object) => dryRunDrift(client, labelled(object), 'kustomize-controller'),
};

/** argoproj/argo-cd, server-side apply with the server-side diff. */
export const argoServerSide: Deliverer = {
  name: 'Argo CD, server-side apply',
  apply: async (client, object) => {
    await serverSide(client, tracked(object), 'argocd-controller', false);
  },
  drift: (client, object) => dryRunDrift(client, tracked(object), 'argocd-controller'),
};

async function dryRunDrift(client: Client, object: Declared, manager: string): Promise<unknown> {
  const present = await live(client, object);
  if (present === undefined) return `${object.kind} ${object.metadata.name} is gone`;
  const predicted = await serverSide(client, object, manager, true);
  const [before, after] = [compared(present), compared(predicted)];
  return deepEqual(before, after) ? undefined : { before, after };
}

/** argoproj/argo-cd, client-side apply as kubectl's, with the three-way diff of gitops-engine, pkg/diff/diff.go. */
export const argoClientSide: Deliverer = {
  name: 'Argo CD, client-side apply',
  apply: async (client, object) => {
    const wanted = withLastApplied(tracked(object) as never) as unknown as Declared;
    const present = await live(client, object);
    if (present === undefined) {
      await client.create(typeOf(object), wanted, { fieldManager: 'argocd-controller' });
      return;
    }
    const before = lastApplied(present.metadata.annotations) ?? {};
    const body = threeWayPatch(before, wanted, present);
    if (body === undefined) return;
    await client.patch(typeOf(object), object.metadata, { type: 'merge', body }, { fieldManager: 'argocd-controller' });
  },
  drift: async (client, object) => {
    const present = await live(client, object);
    if (present === undefined) return `${object.kind} ${object.metadata.name} is gone`;
    const before = (lastApplied(present.metadata.annotations) ?? {}) as Record<string, unknown>;
    // Defaults, within lists too, are taken out of what is live before the two are compared.
    return threeWayPatch(before, tracked(object), withoutOthers(before, present as never) as object);
  },
};

/** gitops-engine, pkg/utils/json: what the first does not have leaves the second; lists go item by item. */
function withoutOthers(config: unknown, present: unknown): unknown {
  if (Array.isArray(config) && Array.isArray(present)) {
    return present.map((item, index) => (index < config.length ? withoutOthers(config[index], item) : item));
  }
  if (!isRecord(config) || !isRecord(present)) return present;
  return Object.fromEntries(
    Object.keys(config)
      .filter((key) => Object.hasOwn(present, key))
      .map((key) => [key, withoutOthers(config[key], present[key])]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
