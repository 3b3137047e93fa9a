import { cloneJson, deepEqual, deepFreeze } from '../../../base/json.ts';
import type { AnyObject } from '../../objects.ts';
import { compileStructural } from '../../schema/structural.ts';
import type { Store } from '../../store/store.ts';
import type { Version } from '../../store/version.ts';
import { customColumns } from '../../table/columns.ts';
import { PathFailure, parseJsonPath } from '../../table/json-path.ts';
import { metadataFields, type SelectableFields, unsupportedField } from '../field-selector.ts';
import { type CustomOwnership, customOwnership } from '../managed-fields.ts';
import { PlainView, type Verb, type View } from '../request.ts';
import { type ServedResource, type Subresource, storageVersionHash } from '../served.ts';
import type { DefinedVersion, Definition } from './definition.ts';
import { ScaleProjection } from './scale.ts';
import { type CustomKind, CustomStatusStrategy, CustomStrategy } from './strategy.ts';

const VERBS: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/** The served versions of an established definition, ready to be put into the catalog. Schemas compile at first use. */
export function serveDefinition(definition: Definition, store: Store, terminating: () => boolean): ServedResource[] {
  const { group, versions } = definition.spec;
  const storage = versions.find((version) => version.storage)!;
  const ownership = customOwnership(definition);
  // One mark per state of the definition: what was completed under an older schema is looked through again.
  const form = { definition: definition.metadata.uid, generation: definition.metadata.generation };
  const storageKind = kindOf(definition, storage);
  const served: ServedResource[] = [];
  for (const version of versions) {
    if (!version.served) continue;
    served.push(
      serveVersion({
        definition,
        version,
        kind: version === storage ? storageKind : kindOf(definition, version),
        storage: storageKind,
        form: version === storage ? form : undefined,
        storageForm: form,
        ownership,
        store,
        terminating,
        hash: storageVersionHash(group, storage.name, definition.spec.names.kind ?? ''),
      }),
    );
  }
  return served;
}

function kindOf(definition: Definition, version: DefinedVersion): CustomKind {
  return {
    group: definition.spec.group,
    version: version.name,
    kind: definition.status.acceptedNames.kind!,
    namespaced: definition.spec.scope === 'Namespaced',
    structural: compileStructural(version.schema?.openAPIV3Schema),
    hasStatus: version.subresources?.status !== undefined,
    scale: version.subresources?.scale,
  };
}

interface Parts {
  readonly definition: Definition;
  readonly version: DefinedVersion;
  readonly kind: CustomKind;
  readonly storage: CustomKind;
  readonly form: object | undefined;
  readonly storageForm: object;
  readonly ownership: CustomOwnership;
  readonly store: Store;
  readonly terminating: () => boolean;
  readonly hash: string;
}

function serveVersion(parts: Parts): ServedResource {
  const { definition, version, kind, ownership, store } = parts;
  const { group } = definition.spec;
  const { acceptedNames } = definition.status;
  const plural = acceptedNames.plural!;
  const responseKind = { group, version: version.name, kind: kind.kind };
  const strategy = new CustomStrategy(kind, ownership(version, ''));
  const subresources = new Map<string, Subresource>();
  if (kind.hasStatus) {
    const status = new CustomStatusStrategy(kind, ownership(version, 'status'));
    subresources.set('status', { name: 'status', verbs: SUBRESOURCE_VERBS, responseKind, strategy: status });
  }
  if (kind.scale !== undefined) {
    subresources.set('scale', {
      name: 'scale',
      verbs: SUBRESOURCE_VERBS,
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      strategy: new CustomStrategy(kind, ownership(version, 'scale')),
      projection: new ScaleProjection(kind.scale),
    });
  }
  const converter = new Converter(parts);
  return {
    group,
    version: version.name,
    names: {
      plural,
      singular: acceptedNames.singular ?? '',
      kind: kind.kind,
      listKind: acceptedNames.listKind ?? `${kind.kind}List`,
      shortNames: acceptedNames.shortNames ?? [],
      categories: acceptedNames.categories ?? [],
    },
    namespaced: kind.namespaced,
    verbs: VERBS,
    subresources,
    bucket: store.bucket(`${group}/${plural}`),
    strategy,
    selectable: selectableFields(version),
    unknownField: unsupportedField,
    columns: customColumns(version.additionalPrinterColumns),
    view: (stored) => converter.view(stored),
    toStored: (object) => converter.toStored(object),
    form: parts.storageForm,
    storageVersionHash: parts.hash,
    definition,
    terminating: parts.terminating,
    ...deprecationOf(definition, version),
  };
}

function deprecationOf(definition: Definition, version: DefinedVersion): { deprecation?: string } {
  if (version.deprecated !== true) return {};
  if (version.deprecationWarning !== undefined) return { deprecation: version.deprecationWarning };
  const { group, versions, names } = definition.spec;
  const better = versions.filter((other) => other.served && other.deprecated !== true);
  const text = `${group}/${version.name} ${names.kind} is deprecated`;
  const newest = better.toSorted((a, b) => compareVersions(a.name, b.name))[0];
  const useful = newest !== undefined && compareVersions(newest.name, version.name) < 0;
  return { deprecation: useful ? `${text}; use ${group}/${newest.name} ${names.kind}` : text };
}

function selectableFields(version: DefinedVersion): SelectableFields {
  const fields = new Map(metadataFields);
  for (const { jsonPath } of version.selectableFields ?? []) {
    const path = parseJsonPath(jsonPath);
    fields.set(jsonPath.replace(/^\./, ''), (object) => {
      try {
        const found = path?.find(object) ?? [];
        return found.length === 0 || found[0] === null ? '' : String(found[0]);
      } catch (error) {
        if (error instanceof PathFailure) return '';
        throw error;
      }
    });
  }
  return fields;
}

/** Between the stored form of a kind and one of its versions. Conversion None: apiVersion changes, nothing else. */
class Converter {
  readonly #kind: CustomKind;
  readonly #storage: CustomKind;
  readonly #form: object | undefined;
  readonly #storageForm: object;
  readonly #apiVersion: string;
  readonly #storageApiVersion: string;
  /** What other versions and older schemas had to be made into. */
  readonly #views = new WeakMap<Version, View>();

  constructor({ kind, storage, form, storageForm }: Parts) {
    this.#kind = kind;
    this.#storage = storage;
    this.#form = form;
    this.#storageForm = storageForm;
    this.#apiVersion = `${kind.group}/${kind.version}`;
    this.#storageApiVersion = `${kind.group}/${storage.version}`;
  }

  view(version: Version): View {
    if (this.#form !== undefined && version.form === this.#form) return version;
    const known = this.#views.get(version);
    if (known !== undefined) return known;
    const object = cloneJson(version.object);
    if (version.form !== this.#storageForm) this.#complete(object, version);
    if (this.#form !== undefined && version.form === this.#form) return version;
    if (object.apiVersion !== this.#apiVersion) object.apiVersion = this.#apiVersion;
    // Defaults are those of the version that is stored: upstream fills them in before it converts, and not again.
    if (this.#kind !== this.#storage) this.#kind.structural.prune(object);
    const view = new PlainView(deepFreeze(object));
    this.#views.set(version, view);
    return view;
  }

  toStored(object: AnyObject): AnyObject {
    const stored = object;
    if (this.#kind !== this.#storage) {
      stored.apiVersion = this.#storageApiVersion;
      this.#storage.structural.prune(stored);
    }
    // Again: what the registry took away (the status of a new object) has its default too.
    this.#storage.structural.default(stored);
    return stored;
  }

  /** Reads a stored object under the present schema; marks the version when nothing had to change. */
  #complete(object: AnyObject, version: Version): void {
    object.apiVersion = this.#storageApiVersion;
    this.#storage.structural.prune(object);
    this.#storage.structural.default(object);
    if (deepEqual(object, version.object)) version.form = this.#storageForm;
  }
}

/** Kubernetes' order of versions: v2, v1, v1beta2, v1alpha1, then others by name. Negative: `a` comes first. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : 1;
  }
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return right[i]! - left[i]!;
  return 0;
}

/** Stability (3 for none, 2 for beta, 1 for alpha), major and minor. */
function parseVersion(name: string): number[] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (match === null) return undefined;
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
