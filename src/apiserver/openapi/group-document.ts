/** The OpenAPI v3 document of one group at one version. */
import { deleteOptions, status } from '../kinds/api-types.ts';
import { scale } from '../kinds/autoscaling.ts';
import { listMeta, objectMeta } from '../kinds/meta.ts';
import type { Struct } from '../kinds/type.ts';
import { isObject, type JsonObject } from '../objects.ts';
import type { DefinedVersion, Definition } from '../registry/custom/definition.ts';
import type { ServedResource } from '../registry/served.ts';
import { Models, ref } from './models.ts';
import { pathsOf } from './operations.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const API_VERSION = {
  description: 'APIVersion defines the version of the schema that this object follows.',
  type: 'string',
};
const KIND = { description: 'The kind of this object, in CamelCase.', type: 'string' };

/** How clients of the built-in groups say who they are. */
export const SECURITY = {
  securitySchemes: {
    BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
  },
};

const OF_EVERY_OBJECT = {
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { description: "Standard object's metadata.", allOf: [ref(`${META}.ObjectMeta`)] },
};

export function groupDocument(resources: readonly ServedResource[]): JsonObject {
  const models = new Models();
  const paths: Record<string, JsonObject> = {};
  let custom = true;
  for (const served of resources) {
    const model = modelOf(served);
    const listModel = `${model}List`;
    if (served.definition === undefined) {
      custom = false;
      models.add(served.type!, [gvk(served, served.names.kind)]);
    } else models.addSchema(model, customSchema(served));
    if (served.verbs.includes('list')) models.addSchema(listModel, listSchema(served, model));
    if (served.verbs.includes('patch')) models.addSpecial(`${META}.Patch`);
    if (served.verbs.includes('delete')) {
      const { group, version, definition } = served;
      const own = definition === undefined && group !== '' ? [{ group, version, kind: 'DeleteOptions' }] : [];
      models.add(deleteOptions, [{ group: '', version: 'v1', kind: 'DeleteOptions' }, ...own]);
      models.add(status, [{ group: '', version: 'v1', kind: 'Status' }]);
    }
    if ([...served.subresources.values()].some(({ projection }) => projection !== undefined)) {
      models.add(scale, [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }]);
    }
    for (const { type } of served.subresources.values()) {
      if (type !== undefined && type !== served.type) models.add(type, [kindOf(type)]);
    }
    Object.assign(paths, pathsOf(served, model, listModel));
  }
  models.add(objectMeta);
  if (resources.some(({ verbs }) => verbs.includes('list'))) models.add(listMeta);
  return {
    openapi: '3.0.0',
    info: custom ? { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' } : { title: 'Kubernetes', version: '1.37' },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: { schemas: models.sorted(), ...(!custom && SECURITY) },
  };
}

const gvk = ({ group, version }: ServedResource, kind: string) => ({ group, version, kind });

/** Group, version and kind of a built-in type: the last parts of its model. */
function kindOf({ model, name }: Struct) {
  const [group = '', version = ''] = model.split('.').slice(-3);
  return {
    group: group === 'core' ? '' : group.replace(/^(authentication|authorization)$/, '$1.k8s.io'),
    version,
    kind: name,
  };
}

/** The name of a kind's schema: `dev.orrery.v1alpha1.Host`. */
export function modelOf(served: ServedResource): string {
  if (served.type !== undefined) return served.type.model;
  return [...served.group.split('.').reverse(), served.version, served.names.kind].join('.');
}

function versionOf({ definition, version }: ServedResource): DefinedVersion | undefined {
  return (definition as Definition | undefined)?.spec.versions.find(({ name }) => name === version);
}

/** The schema of a custom resource, with what every object has. */
export function customSchema(served: ServedResource): JsonObject {
  const version = versionOf(served);
  const own = version?.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = isObject(own['properties']) ? own['properties'] : {};
  return {
    ...own,
    properties: byName({
      ...Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withEmbedded(value)])),
      ...OF_EVERY_OBJECT,
    }),
    'x-kubernetes-group-version-kind': [gvk(served, served.names.kind)],
    ...selectable(version),
  };
}

/** A schema in which objects of other kinds say what every object has, and what is either of two types says so. */
function withEmbedded(given: unknown): unknown {
  if (!isObject(given)) return given;
  const { properties, items, additionalProperties, required = [] } = given;
  const schema: JsonObject = { ...given };
  if (given['x-kubernetes-int-or-string'] === true && given['anyOf'] === undefined && given['allOf'] === undefined) {
    schema['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  if (isObject(properties)) {
    const entries = Object.entries(properties).map(([key, each]) => [key, withEmbedded(each)]);
    schema['properties'] = byName(Object.fromEntries(entries));
  }
  if (isObject(items)) schema['items'] = withEmbedded(items);
  if (isObject(additionalProperties)) schema['additionalProperties'] = withEmbedded(additionalProperties);
  if (schema['x-kubernetes-embedded-resource'] !== true) return schema;
  schema['properties'] = { ...(schema['properties'] as JsonObject | undefined), ...OF_EVERY_OBJECT };
  schema['required'] = [...new Set([...(required as string[]), 'kind', 'apiVersion'])];
  return schema;
}

/** Upstream's maps are written in the order of their keys. */
const byName = (properties: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));

function selectable(version: DefinedVersion | undefined): JsonObject {
  const fields = version?.selectableFields ?? [];
  if (fields.length === 0) return {};
  return {
    'x-kubernetes-selectable-fields': fields.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, '') })),
  };
}

function listSchema(served: ServedResource, model: string): JsonObject {
  const { kind, listKind, plural } = served.names;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: API_VERSION,
      items: { description: `The ${plural}.`, type: 'array', items: ref(model) },
      kind: KIND,
      metadata: {
        description: 'Standard list metadata.',
        ...(served.definition === undefined && { default: {} }),
        allOf: [ref(`${META}.ListMeta`)],
      },
    },
    'x-kubernetes-group-version-kind': [gvk(served, listKind)],
    ...selectable(versionOf(served)),
  };
}
