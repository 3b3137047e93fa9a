/** A schema, and writes one after the other of objects that it governs. */
export interface SchemaCase {
  readonly name: string;
  /** The schema of `spec`, of `status`, or of the whole object where that is the point. */
  readonly spec?: object;
  readonly status?: object;
  readonly whole?: object;
  readonly steps: readonly Step[];
}

/** `create` and `update` write spec (or, for `whole`, the whole object but metadata); `status` writes that alone. */
export type Step =
  | { readonly create: unknown }
  | { readonly update: unknown }
  | { readonly setStatus: unknown }
  /** Replaces the schema of spec (of the whole object, for `whole`). */
  | { readonly schema: object };

/** What the server made of a write. */
export interface Outcome {
  /** Sorted, as `field: message`. Empty when it was accepted. */
  readonly errors: readonly string[];
  /** Sorted: the server goes through fields in no order. */
  readonly warnings?: readonly string[];
  /** Spec and status (or all but metadata) as they were stored. */
  readonly stored?: unknown;
}

/** @param replaced the schema that a step has put in place of the first one */
export function wholeSchema(test: SchemaCase, replaced?: object): object {
  if (test.whole !== undefined) return replaced ?? test.whole;
  const spec = replaced ?? test.spec;
  return {
    type: 'object',
    properties: {
      ...(spec === undefined ? {} : { spec }),
      ...(test.status === undefined ? {} : { status: test.status }),
    },
  };
}
