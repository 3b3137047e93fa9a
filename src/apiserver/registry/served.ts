/** What the server serves: resources at their versions, and how each of them behaves. */
import { hash } from 'node:crypto';
import type { FieldError } from '../field-error.ts';
import type { Struct } from '../kinds/type.ts';
import type { AnyObject, JsonObject, Metadata } from '../objects.ts';
import type { Bucket } from '../store/bucket.ts';
import { Version } from '../store/version.ts';
import type { SelectableFields } from './field-selector.ts';
import type { NameCheck } from './names.ts';
import type { Ownership } from './ownership.ts';
import type { Answer, ApiRequest, Body, PatchType, Verb, View } from './request.ts';

export interface ResourceNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** What a strategy may know about the request that it works for. */
export interface WriteContext {
  /** The time of the request, RFC 3339 in whole seconds. */
  readonly now: string;
  readonly dryRun: boolean;
  readonly request: ApiRequest;
  /** Told to the client. */
  readonly warnings: string[];
}

/** A body as its kind holds it, and what had to be dropped for that, as `unknown field "spec.foo"`. */
export interface Decoded {
  readonly object: AnyObject;
  readonly strict: readonly string[];
}

/**
 * How one kind (or one subresource of it) reads, fills in, checks and changes its objects. Objects that are handed to
 * `default` and `prepare…` may be changed in place; `old` never.
 */
export interface Strategy {
  /** The kind and version that bodies have, where they differ from the resource's (scale). */
  readonly bodyKind?: string;
  readonly bodyVersion?: string;
  /** Whether a body without a kind cannot be read: built-in kinds take the URL's. */
  readonly needsKind: boolean;
  /** Reads a body or the result of a patch. Throws DecodeError when a value cannot be held. */
  decode(value: JsonObject, owned: boolean): Decoded;
  /** @param applied the object comes from an apply, whose nulls are refused instead of dropped */
  default(object: AnyObject, applied?: boolean): void;
  readonly nameCheck: NameCheck;
  /** PUT and apply of a missing object create it. */
  readonly createOnUpdate: boolean;
  /** PUT without resourceVersion replaces whatever is there. */
  readonly unconditionalUpdate: boolean;
  prepareCreate(object: AnyObject, context: WriteContext): void;
  /** May return another object than it was given. */
  prepareUpdate(object: AnyObject, old: AnyObject, context: WriteContext): AnyObject;
  validateCreate(object: AnyObject, context: WriteContext): FieldError[];
  validateUpdate(object: AnyObject, old: AnyObject, context: WriteContext): FieldError[];
  /** Texts for the client about what it may want to mend. */
  warnings(object: AnyObject, old: AnyObject | undefined): string[];
  readonly ownership: Ownership;
  readonly patchTypes: readonly PatchType[];
  /** A strategic merge patch; only where `patchTypes` has it. */
  strategicMerge?(object: AnyObject, patch: JsonObject): AnyObject;
}

/** A path below an object, like `status`. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Writes of the subresource go through the update pipeline with this strategy. */
  readonly strategy?: Strategy;
  /** Clients see the object as something else (a Scale). */
  readonly projection?: Projection;
  /** The kind of its bodies, where it is not the resource's. */
  readonly type?: Struct;
  /** Or it is something of its own. */
  readonly handle?: (request: ApiRequest, served: ServedResource) => Promise<Answer>;
}

/** An object seen as another kind. */
export interface Projection {
  /** The columns of its table. */
  readonly columns: readonly Column[];
  /** Reads bodies of the other kind. */
  readonly reader: Strategy;
  of(object: AnyObject): AnyObject;
  /** What a patch is applied to: as `of`, but for objects too of which there is nothing to show yet. */
  basis(object: AnyObject): AnyObject;
  /** The object with what the client has changed. Throws to refuse. */
  onto(object: AnyObject, changed: AnyObject): AnyObject;
  /** The part of an applied configuration that concerns the object. */
  configuration(object: AnyObject | undefined, config: AnyObject): AnyObject;
}

/** A column of a Table: meta/v1 TableColumnDefinition, and how its cells are made. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  cell(object: AnyObject, nowMs: number): unknown;
}

/** A resource at one version. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly names: ResourceNames;
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: ReadonlyMap<string, Subresource>;
  /** Where its objects are; absent for resources that store nothing, like access reviews. */
  readonly bucket?: Bucket;
  readonly strategy: Strategy;
  readonly selectable: SelectableFields;
  /** What an unknown field selector is answered with. */
  unknownField(field: string): string;
  readonly columns: readonly Column[];
  /** The stored state at this version. */
  view(version: Version): View;
  /** An object of this version as it is stored. */
  toStored(object: AnyObject): AnyObject;
  /** The mark of objects that `toStored` has made: `view` need not look through them again. */
  readonly form?: unknown;
  /** Told to everybody who uses this version, when it is deprecated. */
  readonly deprecation?: string;
  /** Loads and compiles what the first request needs; undefined when there is nothing left to do. */
  ready?(): Promise<void> | undefined;
  /** Answers creates of resources that store nothing. */
  readonly handle?: (request: ApiRequest) => Promise<Answer>;
  /** Whether the resource itself is on its way out: nothing more is created. */
  terminating?(): boolean;
  /** Refuses a deletion, or changes what a deletion does. */
  readonly deletion?: DeletionHooks;
  /** The description of a built-in kind, for documents about it. */
  readonly type?: Struct;
  /** The CustomResourceDefinition behind it, for documents about it. */
  readonly definition?: AnyObject;
  /** The group that messages about an object's mistakes name, when it is another. */
  readonly errorGroup?: string;
  /** Identifies the stored form, in legacy discovery. */
  readonly storageVersionHash?: string;
}

export interface DeletionHooks {
  /** Throws to refuse. */
  check?(object: AnyObject): void;
  /** The refusal of a deletion whose precondition does not hold, where it is not the usual. */
  precondition?(object: AnyObject, why: string): Error;
  /**
   * What a deletion makes of the object, where it is not the usual: an object to be stored, the same object when
   * nothing changes, or undefined to go on as usual.
   * @param finalizers those that the object will have, the garbage collector's included
   */
  begin?(object: AnyObject, finalizers: readonly string[], context: WriteContext): AnyObject | undefined;
  /** What a deletion that is carried out at once answers with; default: a Status. */
  returnsObject?(object: AnyObject, now: string): AnyObject;
  /** Whether an object whose finalizers are gone may go; default: yes. */
  mayGo?(object: AnyObject): boolean;
}

/** The name under which an object is stored. */
export function keyOf(served: { readonly namespaced: boolean }, metadata: Metadata): string {
  return served.namespaced ? `${metadata.namespace}/${metadata.name}` : metadata.name!;
}

/** An object as it would be answered if it were stored. */
export function unstoredView(served: ServedResource, key: string, object: AnyObject): View {
  return served.view(new Version(key, 0, { object: served.toStored(object), form: served.form }));
}

export const apiVersion = (served: { readonly group: string; readonly version: string }) =>
  served.group === '' ? served.version : `${served.group}/${served.version}`;

/** Identifies the form in which a kind is stored, as legacy discovery shows it. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return hash('sha256', `${group}/${version}/${kind}`, 'buffer').subarray(0, 8).toString('base64');
}

export const resourceName = (served: ServedResource) => ({ group: served.group, name: served.names.plural });

export type { Body };
