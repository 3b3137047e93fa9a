import type { AnyObject, JsonObject } from '../../objects.ts';
import type { PrinterColumn } from '../../table/columns.ts';

export const CRD_GROUP = 'apiextensions.k8s.io';
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export interface DefinitionNames {
  plural?: string;
  singular?: string;
  shortNames?: string[];
  kind?: string;
  listKind?: string;
  categories?: string[];
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface DefinedVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: JsonObject };
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface DefinitionCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

/** A CustomResourceDefinition, as far as the server reads it. */
export interface Definition extends AnyObject {
  spec: {
    group: string;
    names: DefinitionNames;
    scope: string;
    versions: readonly DefinedVersion[];
  };
  status: {
    conditions: readonly DefinitionCondition[] | null;
    acceptedNames: DefinitionNames;
    storedVersions: readonly string[] | null;
  };
}

export function conditionOf(definition: Definition, type: string): DefinitionCondition | undefined {
  return definition.status.conditions?.find((condition) => condition.type === type);
}

/** Whether its resources are served. */
export function isEstablished(definition: Definition): boolean {
  return conditionOf(definition, 'Established')?.status === 'True';
}

/** The conditions with one of them set, at its place; the time moves only with the status. */
export function withCondition(
  conditions: readonly DefinitionCondition[] | null,
  wanted: DefinitionCondition,
  now: string,
): DefinitionCondition[] {
  const present = conditions ?? [];
  const before = present.find(({ type }) => type === wanted.type);
  const changed = before === undefined || before.status !== wanted.status;
  const { type, status, reason, message } = wanted;
  const set: DefinitionCondition = {
    type,
    status,
    lastTransitionTime: changed ? now : (before.lastTransitionTime ?? now),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  return before === undefined ? [...present, set] : present.map((each) => (each === before ? set : each));
}
