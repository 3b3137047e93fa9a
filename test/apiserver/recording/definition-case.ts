/** A CustomResourceDefinition to be created, or to take the place of another. */
export interface DefinitionCase {
  readonly name: string;
  /** Everything but what `complete` fills in; left out where the schema says it all. */
  readonly definition?: Part;
  /** The schema of the only version. */
  readonly schema?: object;
  /** What stands before an update. */
  readonly from?: Part;
  readonly fromSchema?: object;
}

export interface Part {
  readonly metadata?: object;
  readonly spec?: object;
}

/** What the server made of it. */
export interface DefinitionOutcome {
  /** Sorted, as `field: message`. Empty when it was accepted. */
  readonly errors: readonly string[];
  readonly warnings?: readonly string[];
}

const GROUP = 'g.example.com';

/** The whole definition: one version `v1` of `things.g.example.com`, unless the parts say otherwise. */
export function complete(part: Part = {}, schema: object = { type: 'object' }): Record<string, unknown> {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } };
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${GROUP}`, ...part.metadata },
    spec: { group: GROUP, names, scope: 'Cluster', versions: [version], ...part.spec },
  };
}

/** Types of rules have names that change from run to run. */
export function normalized(text: string): string {
  return text.replace(/selfType\d+/g, 'selfType1');
}
