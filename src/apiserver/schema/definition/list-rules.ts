import { type FieldError, forbiddenError, invalidError, notSupportedError, requiredError } from '../../field-error.ts';
import { isList, isSet, itemsOf, type JsonSchema, LIST_KEYS, LIST_TYPE, MAP_TYPE } from './json-schema.ts';
import { itemsText } from './print.ts';

export function mapTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const mapType = schema[MAP_TYPE];
  if (!isSet(mapType)) return [];
  const errors = typeErrors(schema, 'object', MAP_TYPE, path);
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupportedError(`${path}.${MAP_TYPE}`, mapType, ['atomic', 'granular']));
  }
  return errors;
}

function typeErrors({ type = '' }: JsonSchema, needed: string, because: string, path: string): FieldError[] {
  if (type === needed) return [];
  const reason = `must be ${needed} if ${because} is specified`;
  return [type === '' ? requiredError(`${path}.type`, reason) : invalidError(`${path}.type`, type, reason)];
}

export function listTypeErrors(schema: JsonSchema, path: string, requireAtomicSets: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const listType = schema[LIST_TYPE];
  const keys = schema[LIST_KEYS] ?? [];
  if (isSet(listType)) {
    const wrong = typeErrors(schema, 'array', LIST_TYPE, path);
    errors.push(...wrong);
    if (wrong.length === 0 && requireAtomicSets && listType === 'set') errors.push(...setItemErrors(schema, path));
    if (!['atomic', 'set', 'map'].includes(listType)) {
      errors.push(notSupportedError(`${path}.${LIST_TYPE}`, listType, ['atomic', 'set', 'map']));
    }
  }
  if (keys.length > 0 && listType !== 'map') {
    const reason = `must be map if ${LIST_KEYS} is non-empty`;
    const field = `${path}.${LIST_TYPE}`;
    errors.push(isSet(listType) ? invalidError(field, listType, reason) : requiredError(field, reason));
  }
  if (listType === 'map') errors.push(...mapListErrors(schema, keys, path));
  return errors;
}

/** Items of a set are compared as wholes. */
function setItemErrors(schema: JsonSchema, path: string): FieldError[] {
  const items = itemsOf(schema);
  if (!hasPartialItems(schema) || items === undefined) return [];
  const name = items.type === 'array' ? LIST_TYPE : MAP_TYPE;
  const reason = `must be atomic as item of a list with ${LIST_TYPE}=set`;
  return [invalidError(`${path}.items.${name}`, items[LIST_TYPE] ?? null, reason)];
}

/** Whether a set has items that are no wholes. */
export function hasPartialItems(schema: JsonSchema): boolean {
  const items = itemsOf(schema);
  if (schema[LIST_TYPE] !== 'set' || items === undefined) return false;
  if (items.type === 'array') return isSet(items[LIST_TYPE]) && items[LIST_TYPE] !== 'atomic';
  return items.type === 'object' && items[MAP_TYPE] !== 'atomic';
}

function mapListErrors(schema: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { items } = schema;
  const keysPath = `${path}.${LIST_KEYS}`;
  if (keys.length === 0) errors.push(requiredError(keysPath, `must not be empty if ${LIST_TYPE} is map`));
  if (!isSet(items)) {
    errors.push(requiredError(`${path}.items`, `must have a schema if ${LIST_TYPE} is map`));
    return errors;
  }
  if (isList(items)) {
    const message = `Invalid value: ${itemsText(items)}: must only have a single schema if ${LIST_TYPE} is map`;
    errors.push({ reason: 'FieldValueInvalid', field: `${path}.items`, message });
    return errors;
  }
  if (items.type !== 'object') {
    const reason = `must be object if parent array's ${LIST_TYPE} is map`;
    errors.push(invalidError(`${path}.items.type`, items.type ?? '', reason));
    return errors;
  }
  keys.forEach((key, index) => {
    const property = items.properties?.[key];
    if (property === undefined) {
      errors.push(invalidError(keysPath, keys, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const field = `${path}.items.properties[${key}].type`;
      const reason = `must be a scalar type if parent array's ${LIST_TYPE} is map`;
      errors.push(invalidError(field, items.type, reason));
    }
    if (keys.indexOf(key) < index) errors.push(invalidError(keysPath, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

/** Items of sets and maps must be there, and so must the keys of maps. */
export function listMapErrors(schema: JsonSchema, path: string): FieldError[] {
  const items = itemsOf(schema);
  const listType = schema[LIST_TYPE];
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    errors.push(forbiddenError(`${path}.items.nullable`, `cannot be nullable when ${LIST_TYPE} is ${listType}`));
  }
  if (listType === 'set') return errors;
  const because = `this property is in ${LIST_KEYS}, so it`;
  for (const key of schema[LIST_KEYS] ?? []) {
    const property = items.properties?.[key];
    if (property === undefined) continue;
    const field = `${path}.items.properties[${key}]`;
    if (items.required?.includes(key) !== true && !isSet(property.default)) {
      errors.push(requiredError(`${field}.default`, `${because} must have a default or be a required property`));
    }
    if (property.nullable === true) errors.push(forbiddenError(`${field}.nullable`, `${because} cannot be nullable`));
  }
  return errors;
}
