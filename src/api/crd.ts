import type { Definition } from './definition.ts';
import { CATEGORY, GROUP, VERSION } from './resources.ts';
import type { JsonSchema } from './schema.ts';

/** The CustomResourceDefinition of a kind, as plain JSON. */
export function customResourceDefinition(definition: Definition): Record<string, unknown> {
  const { type, shortNames, columns, scale, selectable = [] } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${type.plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'orrery' } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
        ...(shortNames.length > 0 ? { shortNames } : {}),
        categories: [CATEGORY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(definition) },
          subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
          ...(selectable.length > 0 ? { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) } : {}),
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

/** The schema of whole objects: the frame that every kind has, around its spec and status. */
export function rootSchema({ description, spec, specRequired, status, rules }: Definition): JsonSchema {
  const filledIn = specRequired ? {} : { default: {} };
  return {
    type: 'object',
    description,
    ...(specRequired ? { required: ['spec'] } : {}),
    properties: {
      apiVersion: { type: 'string', description: 'orrery.dev/v1alpha1.' },
      kind: { type: 'string', description: 'The kind of the object.' },
      metadata: { type: 'object', properties: { name: { type: 'string' } } }, // or no rule could point to the name
      spec: { ...spec.schema, ...filledIn },
      status: status.schema,
    },
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}
