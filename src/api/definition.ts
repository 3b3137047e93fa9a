import type { ResourceType } from './meta.ts';
import type { Field, Rule } from './schema.ts';

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 0 (left out): always; 1: with `-o wide` */
  readonly priority?: 1;
}

/** Everything that a CustomResourceDefinition and a chapter of the reference need to know of a kind. */
export interface Definition {
  readonly type: ResourceType;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: Field;
  /** Whether objects without `spec` are refused; else an empty one is filled in. */
  readonly specRequired: boolean;
  readonly status: Field;
  /** CEL rules at the root, which see metadata.name. */
  readonly rules: readonly Rule[];
  readonly columns: readonly Column[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
  /** Fields that `--field-selector` takes besides name and namespace. */
  readonly selectable?: readonly string[];
}

/** `Ready` and why, as most kinds show them. */
export const readyColumn: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'Whether it is as its spec wants it.',
};
export const reasonColumn: Column = {
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Why, in a word; the condition Ready has the full message.',
};
export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};
