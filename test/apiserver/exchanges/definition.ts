/** A definition of one namespaced kind in one version, in the group of the topic's namespace. */
export interface Defined {
  readonly plural: string;
  readonly kind: string;
  /** Of the object, by name. */
  readonly properties: object;
  /** What the version has beside its schema. */
  readonly version?: object;
}

const group = '{ns}.example.com';

export const definitionOf = ({ plural, kind, properties, version = {} }: Defined) => ({
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties } },
        ...version,
      },
    ],
  },
});
