/**
 * A custom resource with one field of every shape that ownership knows, and a miniature of the server's write pipeline
 * around FieldManager: enough to replay what was asked of a real kube-apiserver and compare the answers.
 */

import { FieldManager } from '../../src/apiserver/apply/field-manager.ts';
import { openApiType } from '../../src/apiserver/apply/openapi-type.ts';
import { customResourceResets } from '../../src/apiserver/apply/resets.ts';
import { ScaleFieldManager } from '../../src/apiserver/apply/scale.ts';
import type { AnyObject, JsonObject } from '../../src/apiserver/objects.ts';
import { applyJsonPatch } from '../../src/apiserver/patch/json-patch.ts';
import { applyMergePatch } from '../../src/apiserver/patch/merge-patch.ts';
import { StatusError } from '../../src/apiserver/status-error.ts';
import { cloneJson, deepEqual } from '../../src/base/json.ts';

export const GROUP = 'ssa.orrery.test';
export const API_VERSION = `${GROUP}/v1`;

const integer = { type: 'integer' };
const string = { type: 'string' };
const set = (items: JsonObject) => ({ type: 'array', 'x-kubernetes-list-type': 'set', items });
const keyed = (keys: string[], required: string[], properties: JsonObject) => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  items: { type: 'object', required, properties },
});

export const gizmoSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        cpu: integer,
        zone: string,
        replicas: integer,
        mode: { type: 'string', default: 'slow' },
        ratio: { type: 'number' },
        on: { type: 'boolean' },
        port: { 'x-kubernetes-int-or-string': true },
        tags: set(string),
        nums: set(integer),
        list: { type: 'array', items: string },
        nics: keyed(['name'], ['name'], { name: string, mac: string, speed: integer, vlans: set(integer) }),
        ports: keyed(['port', 'protocol'], ['port'], {
          port: integer,
          protocol: { type: 'string', default: 'TCP' },
          name: string,
        }),
        limits: { type: 'object', additionalProperties: integer },
        pools: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { size: integer, label: string } },
        },
        selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: string, b: string } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        nested: { type: 'object', properties: { deep: { type: 'object', properties: { x: string, y: string } } } },
        nul: { type: 'string', nullable: true },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: string,
        replicas: integer,
        conditions: keyed(['type'], ['type'], { type: string, status: string, reason: string }),
      },
    },
  },
};

export function gizmoDefinition(schema: JsonObject = gizmoSchema): JsonObject {
  const version = (name: string) => ({
    name,
    served: true,
    storage: name === 'v1',
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
    },
    schema: { openAPIV3Schema: schema },
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gizmos.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'gizmos', singular: 'gizmo', kind: 'Gizmo', listKind: 'GizmoList' },
      versions: [version('v1'), version('v1alpha1')],
    },
  };
}

/** One request about one object. */
export interface Step {
  readonly verb: 'create' | 'replace' | 'merge' | 'json' | 'apply';
  readonly manager: string;
  readonly version?: 'v1' | 'v1alpha1';
  readonly subresource?: 'status' | 'scale';
  readonly force?: boolean;
  /** create, apply: without apiVersion, kind and name; replace: merged into what is there; merge and json: the patch */
  readonly body: unknown;
}

export interface Result {
  readonly code: number;
  /** The object afterwards, when it exists. */
  readonly state: AnyObject | undefined;
  readonly message?: string;
  readonly causes?: readonly unknown[];
}

/** The server's end of it, for one schema. */
export class GizmoServer {
  readonly #managers: Readonly<Record<string, FieldManager>>;
  readonly #scales: Readonly<Record<string, ScaleFieldManager>>;

  constructor(schema: JsonObject = gizmoSchema) {
    const types = new Map(['v1', 'v1alpha1'].map((version) => [`${GROUP}/${version}`, openApiType(schema)]));
    const resets = (version: string) => customResourceResets(`${GROUP}/${version}`, [...types.keys()]);
    const manager = (version: string) =>
      new FieldManager({ apiVersion: `${GROUP}/${version}`, kind: 'Gizmo', types, resets: resets(version) });
    this.#managers = { v1: manager('v1'), v1alpha1: manager('v1alpha1') };
    const replicasPaths = new Map([...types.keys()].map((apiVersion) => [apiVersion, '.spec.replicas']));
    const scale = (version: string) => new ScaleFieldManager({ apiVersion: `${GROUP}/${version}`, replicasPaths });
    this.#scales = { v1: scale('v1'), v1alpha1: scale('v1alpha1') };
  }

  /** @param state the object as it is stored, at v1 */
  step(state: AnyObject | undefined, step: Step, now: string): Result {
    try {
      const code = state === undefined ? 201 : 200;
      return { code, state: this.#write(state, step, now) };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const { code, message, details } = error.status;
      return { code, state, message: message ?? '', ...(details?.causes ? { causes: details.causes } : {}) };
    }
  }

  #write(stored: AnyObject | undefined, step: Step, now: string): AnyObject {
    const apiVersion = `${GROUP}/${step.version ?? 'v1'}`;
    const live = stored && { ...stored, apiVersion };
    const request = { manager: step.manager, subresource: step.subresource ?? '', now };
    const fields = (step.subresource === 'scale' ? this.#scales : this.#managers)[step.version ?? 'v1']!;
    let object: AnyObject;
    if (step.verb === 'apply') {
      const config =
        step.subresource === 'scale'
          ? scaleNamed(step.body as JsonObject, live!.metadata.name!)
          : named(step.body as JsonObject, apiVersion, live?.metadata.name);
      object = defaulted(fields.apply({ ...request, live, config, force: step.force === true }).object);
      refuseNulls(object);
    } else {
      object = defaulted(withoutNulls(this.#updated(live, step, apiVersion)));
      const managedFields = fields.trackUpdate({ ...request, live, updated: object });
      object = { ...object, metadata: withEntries(object.metadata, managedFields) };
    }
    return { ...settled(object, live, step.subresource), apiVersion: API_VERSION };
  }

  #updated(live: AnyObject | undefined, step: Step, apiVersion: string): AnyObject {
    if (step.verb === 'create') return named(step.body as JsonObject, apiVersion);
    if (step.subresource === 'scale') {
      // A Scale has nothing else that could be written.
      const replicas = (step.body as { spec: { replicas: number } }).spec.replicas;
      return applyMergePatch(live!, { spec: { replicas } }) as AnyObject;
    }
    if (step.verb === 'json') return applyJsonPatch(live, step.body) as AnyObject;
    return applyMergePatch(live!, step.body) as AnyObject;
  }
}

export function named(body: JsonObject, apiVersion: string, name = 'g'): AnyObject {
  const metadata = (body['metadata'] ?? {}) as JsonObject;
  return { apiVersion, kind: 'Gizmo', ...body, metadata: { ...metadata, name } };
}

export function scaleNamed(body: JsonObject, name: string): JsonObject {
  return { ...body, apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name } };
}

function withEntries(metadata: AnyObject['metadata'], managedFields: AnyObject['metadata']['managedFields']) {
  const { managedFields: _, ...others } = metadata;
  return managedFields === undefined ? others : { ...others, managedFields };
}

/** Nulls that the schema does not allow are dropped from what clients send … */
function withoutNulls(object: AnyObject): AnyObject {
  const spec = object['spec'] as JsonObject | undefined;
  if (spec === undefined) return object;
  const kept = Object.entries(spec).filter(([key, value]) => value !== null || key === 'nul');
  return { ...object, spec: Object.fromEntries(kept) };
}

/** … but not from what an apply leaves of a struct whose fields were all its own: validation refuses that. */
function refuseNulls(object: AnyObject): void {
  const { nul: _, free, ...spec } = (object['spec'] ?? {}) as JsonObject;
  if (object['spec'] === null || free === null || hasNull(spec) || hasNull(object['status'])) {
    throw new StatusError({ code: 422, reason: 'Invalid', message: 'a struct was emptied' });
  }
}

function hasNull(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.values(value).some(hasNull));
}

/** What the schema of the gizmo fills in, and what the server does not keep: empty parts of metadata. */
function defaulted(object: AnyObject): AnyObject {
  const copy = cloneJson(object) as AnyObject & { spec?: JsonObject };
  const metadata = copy.metadata as JsonObject;
  for (const key of Object.keys(metadata)) if (isEmpty(metadata[key])) delete metadata[key];
  // What the server knows by identity stays what it is.
  if (copy.metadata.managedFields !== undefined) copy.metadata.managedFields = object.metadata.managedFields!;
  if (copy.spec === undefined || copy.spec === null) return copy;
  const { spec } = copy;
  spec['mode'] ??= 'slow';
  for (const port of (spec['ports'] ?? []) as JsonObject[]) port['protocol'] ??= 'TCP';
  return copy;
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** What the path of the request may not change comes from the live object; a write of nothing is none. */
function settled(object: AnyObject, live: AnyObject | undefined, subresource: string | undefined): AnyObject {
  const { managedFields } = object.metadata;
  let result: AnyObject;
  if (live === undefined) {
    const { status: _, ...rest } = object;
    result = { ...rest, metadata: { ...rest.metadata, uid: 'u' } } as AnyObject;
  } else if (subresource === 'status') {
    const { status: _, ...rest } = live;
    result = { ...rest, metadata: withEntries(live.metadata, managedFields) } as AnyObject;
    if (object['status'] !== undefined) result['status'] = object['status'];
  } else {
    const { status: _, ...rest } = object;
    result = rest as AnyObject;
    if (live['status'] !== undefined) result['status'] = live['status'];
  }
  return live !== undefined && sameButForTimes(result, live) ? live : result;
}

function sameButForTimes(a: AnyObject, b: AnyObject): boolean {
  const timeless = (object: AnyObject) => ({
    ...object,
    metadata: { ...object.metadata, managedFields: object.metadata.managedFields?.map(({ time: _, ...rest }) => rest) },
  });
  return deepEqual(timeless(a), timeless(b));
}
