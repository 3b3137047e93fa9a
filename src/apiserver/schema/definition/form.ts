import { deepEqual } from '../../../base/json.ts';
import type { JsonSchema } from './json-schema.ts';

export interface Names {
  readonly plural?: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[] | null;
  readonly kind?: string;
  readonly listKind?: string;
  readonly categories?: readonly string[] | null;
}

export interface Scale {
  readonly specReplicasPath?: string;
  readonly statusReplicasPath?: string;
  readonly labelSelectorPath?: string | null;
}

export interface Subresources {
  readonly status?: object | null;
  readonly scale?: Scale | null;
}

export interface Column {
  readonly name?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath?: string;
}

export interface SelectableField {
  readonly jsonPath?: string;
}

export interface Conversion {
  readonly strategy?: string;
  readonly webhook?: {
    readonly clientConfig?: {
      readonly url?: string | null;
      readonly service?: ServiceReference | null;
      readonly caBundle?: string | null;
    } | null;
    readonly conversionReviewVersions?: readonly string[] | null;
  } | null;
}

export interface ServiceReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string | null;
  readonly port?: number | null;
}

/** What can stand in each version, and is said once where it is the same in all of them. */
export interface Shared {
  readonly schema?: { readonly openAPIV3Schema?: JsonSchema | null } | null | undefined;
  readonly subresources?: Subresources | null | undefined;
  readonly additionalPrinterColumns?: readonly Column[] | null | undefined;
  readonly selectableFields?: readonly SelectableField[] | null | undefined;
}

export interface Version extends Shared {
  readonly name?: string;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string | null;
}

/** A definition as clients write it. */
export interface DefinitionObject {
  readonly metadata: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group?: string;
    readonly names?: Names;
    readonly scope?: string;
    readonly versions?: readonly Version[] | null;
    readonly conversion?: Conversion | null;
    readonly preserveUnknownFields?: boolean;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] | null;
    readonly acceptedNames?: Names;
    readonly storedVersions?: readonly string[] | null;
  };
}

/**
 * A definition as upstream holds it while it checks: what all versions have in common stands above them. Errors show
 * the paths of this form: `spec.validation.openAPIV3Schema` where one would expect `spec.versions[0].schema`.
 */
export interface InternalSpec {
  readonly group: string;
  /** the name of the first version */
  readonly version: string;
  readonly names: Names;
  readonly scope: string;
  readonly versions: readonly Version[];
  /** Whether there is a list of versions at all, be it empty. */
  readonly hasVersions: boolean;
  readonly shared: Shared;
  readonly conversion: Conversion | undefined;
  readonly preserveUnknownFields: boolean;
}

const SHARED = ['subresources', 'schema', 'additionalPrinterColumns', 'selectableFields'] as const;

export function internalSpec({ spec }: DefinitionObject): InternalSpec {
  const versions = (spec.versions ?? []).map((version): Record<string, unknown> => ({ ...version }));
  const shared: Record<string, unknown> = {};
  const [first] = versions;
  for (const key of SHARED) {
    if (first === undefined || !versions.every((version) => sameOrEmpty(version[key], first[key]))) continue;
    shared[key] = first[key];
    for (const version of versions) delete version[key];
  }
  return {
    group: spec.group ?? '',
    version: spec.versions?.[0]?.name ?? '',
    names: spec.names ?? {},
    scope: spec.scope ?? '',
    versions: versions as readonly Version[],
    hasVersions: spec.versions !== undefined && spec.versions !== null,
    shared: shared as Shared,
    conversion: spec.conversion ?? undefined,
    preserveUnknownFields: spec.preserveUnknownFields === true,
  };
}

/** Lists that are empty or left out are the same. */
function sameOrEmpty(a: unknown, b: unknown): boolean {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return (isEmpty(a) && isEmpty(b)) || deepEqual(a, b);
}

/** All schemas of a definition. */
export function schemasOf({ shared, versions }: InternalSpec): JsonSchema[] {
  return [shared, ...versions]
    .map(({ schema }) => schema?.openAPIV3Schema)
    .filter((schema) => schema !== undefined && schema !== null);
}

/** The schema of one version. */
export function schemaOfVersion(spec: InternalSpec, name: string): JsonSchema | undefined {
  const version = spec.versions.find((candidate) => candidate.name === name);
  if (version === undefined) return undefined;
  return (version.schema ?? spec.shared.schema)?.openAPIV3Schema ?? undefined;
}
