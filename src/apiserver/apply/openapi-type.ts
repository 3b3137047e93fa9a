/**
 * Field types of a custom resource, from the schema in its definition (k8s.io/kube-openapi, pkg/schemaconv).
 */

import { objectMeta } from '../kinds/meta.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { describedType } from './described-type.ts';
import {
  anyScalar,
  atomicValue,
  deduced,
  type FieldType,
  flag,
  type ListType,
  type MapType,
  numeric,
  structFields,
  text,
} from './field-type.ts';

const metadata = describedType(objectMeta);

/**
 * @param schema the version's openAPIV3Schema; undefined: anything goes
 * @param preserve the definition's `preserveUnknownFields`
 */
export function openApiType(schema: JsonObject | undefined, preserve = false): FieldType {
  if (schema === undefined) return deduced;
  return typeOf({ ...schema, 'x-kubernetes-embedded-resource': true }, preserve);
}

function typeOf(schema: JsonObject, inherited: boolean): FieldType {
  const preserve = inherited || schema['x-kubernetes-preserve-unknown-fields'] === true;
  switch (schema['type']) {
    case 'object':
      return { scalar: undefined, list: undefined, map: mapType(schema, preserve) };
    case 'array':
      return { scalar: undefined, list: listType(schema, preserve), map: undefined };
    case 'integer':
    case 'number':
      return numeric;
    case 'boolean':
      return flag;
    case 'string':
      return schema['format'] === undefined || ['', 'byte'].includes(String(schema['format'])) ? text : anyScalar;
    default:
      // int-or-string, or anything at all: the value says what it is.
      return { scalar: 'untyped', list: listType(schema, preserve), map: mapType(schema, preserve) };
  }
}

function mapType(schema: JsonObject, preserve: boolean): MapType {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const fields = new Map<string, { readonly type: FieldType; readonly default?: unknown }>();
  for (const [name, property] of Object.entries(properties)) {
    if (isObject(property)) fields.set(name, { type: typeOf(property, preserve), default: property['default'] });
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    fields.set('apiVersion', { type: text });
    fields.set('kind', { type: text });
    fields.set('metadata', { type: metadata });
  }
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const element = elementType(schema, preserve, fields.size === 0);
  return { atomic, fields: structFields(fields), element };
}

/** The type of keys that are not declared; undefined: there may be none. */
function elementType(schema: JsonObject, preserve: boolean, open: boolean): FieldType | undefined {
  const additional = schema['additionalProperties'];
  if (isObject(additional)) return typeOf(additional, preserve);
  if (additional === undefined) return preserve || open ? deduced : undefined;
  return additional === true ? deduced : undefined;
}

function listType(schema: JsonObject, preserve: boolean): ListType {
  const items = schema['items'];
  const element = isObject(items) ? typeOf(items, preserve) : atomicValue;
  const kind = schema['x-kubernetes-list-type'];
  if (kind === 'set') return { kind: 'set', keys: [], element };
  if (kind !== 'map') return { kind: 'atomic', keys: [], element };
  const keys = schema['x-kubernetes-list-map-keys'];
  return { kind: 'map', keys: Array.isArray(keys) ? keys.map(String).sort() : [], element };
}
