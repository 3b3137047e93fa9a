/** OpenAPI v3 schemas of the built-in types, from their descriptions. */
import type { Field, ScalarName, Struct, Type } from '../kinds/type.ts';
import type { JsonObject } from '../objects.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const COMPONENTS = '#/components/schemas/';

export const ref = (model: string): JsonObject => ({ $ref: `${COMPONENTS}${model}` });

/** Models that are no structs. */
const SPECIAL: Readonly<Record<string, JsonObject>> = {
  [`${META}.Time`]: { description: 'Time in RFC 3339, in whole seconds.', type: 'string', format: 'date-time' },
  [`${META}.MicroTime`]: { description: 'Time in RFC 3339 with six decimals.', type: 'string', format: 'date-time' },
  [`${META}.FieldsV1`]: { description: 'FieldsV1 is a set of fields as nested objects.', type: 'object' },
  [`${META}.Patch`]: {
    description: 'Patch is a change to an object, in the format of its media type.',
    type: 'object',
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    description: 'Quantity is a number with a unit: 1500m, 4Gi, 1e3.',
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    description: 'IntOrString is an integer or a text.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': { description: 'JSON is any value.' },
};

const JSON_MODEL = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON';

const SCALARS: Readonly<Record<ScalarName, JsonObject | string>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  any: JSON_MODEL,
};

/** Gathers the models that a document needs. */
export class Models {
  readonly #schemas = new Map<string, JsonObject>();

  /** Adds a struct and all that it refers to. */
  add(struct: Struct, kinds: readonly { group: string; version: string; kind: string }[] = []): void {
    if (this.#schemas.has(struct.model)) return;
    const schema: JsonObject = { description: struct.doc, type: 'object' };
    this.#schemas.set(struct.model, schema);
    const fields = Object.entries(struct.fields()).sort(([a], [b]) => (a < b ? -1 : 1));
    const required = fields.filter(([, field]) => field.required === true).map(([name]) => name);
    if (required.length > 0) schema['required'] = required;
    if (fields.length > 0) {
      schema['properties'] = Object.fromEntries(fields.map(([name, field]) => [name, this.#field(field)]));
    }
    if (kinds.length > 0) schema['x-kubernetes-group-version-kind'] = kinds;
    if (struct.atomic === true) schema['x-kubernetes-map-type'] = 'atomic';
  }

  /** Adds one of the models that are no structs. */
  addSpecial(model: string): void {
    this.#schemas.set(model, SPECIAL[model]!);
  }

  /** Adds a schema that comes from elsewhere: a definition's. */
  addSchema(model: string, schema: JsonObject): void {
    this.#schemas.set(model, schema);
  }

  /** Everything that was added, by model. */
  sorted(): Record<string, JsonObject> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #field(field: Field): JsonObject {
    const { type, doc } = field;
    const described = doc === '' ? {} : { description: doc };
    const plain = this.#special(field.model) ?? this.#type(type);
    const schema: JsonObject =
      '$ref' in plain
        ? { ...described, ...defaultOf(field), allOf: [plain] }
        : { ...described, ...plain, ...defaultOf(field) };
    if (field.enum !== undefined) schema['enum'] = [...field.enum].sort();
    if (type.is === 'list') Object.assign(schema, listExtensions(type));
    if (type.is === 'map' && type.atomic === true) schema['x-kubernetes-map-type'] = 'atomic';
    return schema;
  }

  #special(model: string | undefined): JsonObject | undefined {
    if (model === undefined) return undefined;
    this.addSpecial(model);
    return ref(model);
  }

  #type(type: Type): JsonObject {
    switch (type.is) {
      case 'struct':
        this.add(type);
        return ref(type.model);
      case 'list':
        return { type: 'array', items: this.#type(type.of) };
      case 'map':
        return { type: 'object', additionalProperties: this.#type(type.of) };
      case 'schemaOr':
        this.add(type.of);
        this.addSpecial(JSON_MODEL);
        return ref(JSON_MODEL);
      default: {
        const scalar = SCALARS[type.is];
        if (typeof scalar !== 'string') return { ...scalar };
        this.addSpecial(scalar);
        return ref(scalar);
      }
    }
  }
}

function listExtensions(type: Extract<Type, { is: 'list' }>): JsonObject {
  return {
    ...(type.keys !== undefined && { 'x-kubernetes-list-map-keys': type.keys }),
    'x-kubernetes-list-type': type.listType ?? 'atomic',
    ...(type.patchKey !== undefined && { 'x-kubernetes-patch-merge-key': type.patchKey }),
    ...(type.patchMerge === true && { 'x-kubernetes-patch-strategy': 'merge' }),
  };
}

/** What the real server publishes as the default of a field: the empty value of what is always there. */
function defaultOf({ type, empty = 'omit', required, default: given }: Field): JsonObject {
  if (given !== undefined) return { default: given };
  if (type.is === 'struct' && empty !== 'pointer') return { default: {} };
  if (required !== true) return {};
  if (type.is === 'string') return { default: '' };
  if (type.is === 'int32' || type.is === 'int64') return { default: 0 };
  if (type.is === 'bool') return { default: false };
  return {};
}
