import type { KubeObject } from '../../api/meta.ts';

/** An object as a file declares it: no server has seen it yet. */
export interface Declared {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<KubeObject['metadata']> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** An object and where it stands, for messages. */
export interface Manifest {
  readonly object: Declared;
  /** As a person named it: relative to where they are, or `standard input`. */
  readonly file: string;
  /** Where the object's document begins, from 1. */
  readonly line: number;
  /** Which item of a List; undefined when it is a document of its own. */
  readonly item: number | undefined;
}
