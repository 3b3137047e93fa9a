/**
 * Ownership through the scale subresource: who writes `spec.replicas` of a Scale comes to own the field of the object
 * that stands for it. As upstream has it (k8s.io/apimachinery, util/managedfields/scalehandler.go), quirks included:
 * the entry carries no time, and is only made when somebody owned the field before.
 */
import type { ManagedFieldsEntry } from '../../api/meta.ts';
import { deepEqual } from '../../base/json.ts';
import { scale as scaleKind } from '../kinds/autoscaling.ts';
import { type AnyObject, isObject, type JsonObject } from '../objects.ts';
import { describedType } from './described-type.ts';
import { type Applied, type ApplyRequest, FieldManager, type UpdateRequest } from './field-manager.ts';
import { difference, has, isEmpty, singleton } from './field-set.ts';
import { EntryDecoder, encode, identifier, type ManagedSet } from './managed-entries.ts';
import { withSet } from './ownership.ts';
import { failure } from './server-side-apply.ts';

const API_VERSION = 'autoscaling/v1';
const REPLICAS = ['f:spec', 'f:replicas'];
const UNCONVERTIBLE =
  'autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an invalid group/version: autoscaling/v1';
/** Stands for a number that the object does not have. */
const NO_REPLICAS = -(2 ** 31);

export interface ScaleOptions {
  /** Of the object, in the version of the request. */
  readonly apiVersion: string;
  /** Where each version of the object has its number of replicas, as `.spec.replicas`; undefined: nowhere. */
  readonly replicasPaths: ReadonlyMap<string, string | undefined>;
}

/** Has the methods of a FieldManager; objects are the custom resource's, an applied configuration is a Scale. */
export class ScaleFieldManager {
  readonly #apiVersion: string;
  readonly #path: string;
  /** By apiVersion: the path's elements, undefined for versions without scale. */
  readonly #elements: ReadonlyMap<string, readonly string[] | undefined>;
  readonly #decoder = new EntryDecoder();
  readonly #fields = new FieldManager({
    apiVersion: API_VERSION,
    kind: 'Scale',
    types: new Map([[API_VERSION, describedType(scaleKind)]]),
  });

  constructor({ apiVersion, replicasPaths }: ScaleOptions) {
    this.#apiVersion = apiVersion;
    this.#path = replicasPaths.get(apiVersion)!;
    this.#elements = new Map(
      [...replicasPaths].map(
        ([version, path]) => [version, path === undefined ? path : keysOf(path).map((key) => `f:${key}`)] as const,
      ),
    );
  }

  trackUpdate({ live, updated, ...request }: UpdateRequest): ManagedFieldsEntry[] | undefined {
    const owners = this.#owners(live!);
    const before = this.#scaleOf(live!, owners);
    const entries = this.#fields.trackUpdate({ ...request, live: before, updated: this.#scaleOf(updated, []) });
    return this.#onto(owners, entries);
  }

  /**
   * An apply can only claim the number that is there. With any other, upstream fails when it converts the Scale back
   * to the custom resource; a client must not come to rely here on what fails there.
   */
  apply({ live, ...request }: ApplyRequest): Applied {
    const owners = this.#owners(live!);
    const before = this.#scaleOf(live!, owners);
    if (before.metadata.managedFields === undefined) {
      throw failure(`failed to create manager for existing fields: failed to convert live object (/; ${UNCONVERTIBLE}`);
    }
    const { object: scale, changed } = this.#fields.apply({ ...request, live: before });
    if (!changed) return { object: live!, changed };
    if (!deepEqual(scale['spec'], before['spec'])) {
      const { namespace = '', name = '' } = (request.config['metadata'] ?? {}) as { namespace?: string; name?: string };
      throw failure(`failed to convert new object (${namespace}/${name}; ${UNCONVERTIBLE}`);
    }
    const { managedFields: _, ...metadata } = live!.metadata;
    const managedFields = this.#onto(owners, scale.metadata.managedFields);
    return { object: { ...live!, metadata: managedFields ? { ...metadata, managedFields } : metadata }, changed };
  }

  #owners(object: AnyObject): ManagedSet[] {
    return this.#decoder.decode(object.metadata.managedFields ?? []);
  }

  /** The object as a Scale, of which those own the replicas who own the field that stands for them. */
  #scaleOf(object: AnyObject, owners: readonly ManagedSet[]): AnyObject {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const replicas = valueAt(object, keysOf(this.#path)) ?? NO_REPLICAS;
    const sets = owners.filter((owner) => this.#ownsReplicas(owner));
    const managedFields = encode(sets.map((owner) => ownerOf(owner, API_VERSION, REPLICAS)));
    const metadata = { name, namespace, uid, resourceVersion, creationTimestamp, managedFields };
    const given = Object.entries(metadata).filter(([, value]) => value !== undefined);
    return {
      apiVersion: API_VERSION,
      kind: 'Scale',
      metadata: Object.fromEntries(given),
      spec: replicas === 0 ? {} : { replicas },
      status: { replicas: 0 },
    };
  }

  #ownsReplicas({ apiVersion, set }: ManagedSet): boolean {
    const elements = this.#elements.get(apiVersion);
    return elements !== undefined && has(set, elements);
  }

  /** The object's owners after those of its Scale have changed to these. */
  #onto(owners: readonly ManagedSet[], entries: ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
    const scaled = new Map(this.#decoder.decode(entries ?? []).map((owner) => [identifier(owner), owner]));
    const result = new Map<string, ManagedSet>();
    for (const owner of owners) {
      const id = identifier(owner);
      if (!this.#elements.has(owner.apiVersion)) continue;
      const rest = this.#ownsReplicas(owner) && !scaled.delete(id) ? this.#withoutReplicas(owner) : owner;
      if (!isEmpty(rest.set)) result.set(id, rest);
    }
    for (const [id, owner] of scaled) {
      if (!has(owner.set, REPLICAS)) continue;
      const time = owners.find((each) => identifier(each) === id)?.time;
      result.set(id, { ...ownerOf(owner, this.#apiVersion, this.#elements.get(this.#apiVersion)!), time });
    }
    return encode([...result.values()]);
  }

  #withoutReplicas(owner: ManagedSet): ManagedSet {
    return withSet(owner, difference(owner.set, singleton(this.#elements.get(owner.apiVersion)!)));
  }
}

function ownerOf(owner: ManagedSet, apiVersion: string, path: readonly string[]): ManagedSet {
  return { ...owner, apiVersion, set: singleton(path), entry: undefined };
}

/** `.spec.replicas` → spec, replicas. */
function keysOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

function valueAt(object: JsonObject, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    object,
  );
}
