/**
 * Why a value does not fit its type, in the words of structured-merge-diff (typed.Validate). The walks that compute
 * ownership only notice that it does not; this says where and what, for an applied configuration.
 */
import { byCodePoint, goQuote, goText, goType } from '../go-format.ts';
import { isObject } from '../objects.ts';
import type { FieldType, ListType, MapType, ScalarKind } from './field-type.ts';
import { elementText, itemElement, UnaddressableItem } from './path-element.ts';
import { partFor } from './walk.ts';

interface TypedError {
  readonly path: string;
  readonly message: string;
}

/** The text of all that is wrong, or undefined when the value fits. */
export function typedErrors(type: FieldType, value: unknown, duplicates: boolean): string | undefined {
  const errors = errorsOf(type, value, { path: '', duplicates });
  if (errors.length === 0) return undefined;
  const lines = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return lines.length === 1 ? lines[0] : `errors:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

interface Where {
  readonly path: string;
  readonly duplicates: boolean;
}

function errorsOf(type: FieldType, value: unknown, where: Where): TypedError[] {
  const part = partFor(type, value);
  if (part === 'scalar') return scalarErrors(type.scalar!, value, where);
  if (value === null) return [];
  if (part === 'list') return listErrors(type.list!, value, where);
  return mapErrors(type.map!, value, where);
}

function scalarErrors(kind: ScalarKind, value: unknown, { path }: Where): TypedError[] {
  if (value === null) return [];
  const message = scalarError(kind, value);
  return message === undefined ? [] : [{ path, message }];
}

function scalarError(kind: ScalarKind, value: unknown): string | undefined {
  if (kind === 'numeric') {
    return typeof value === 'number' || typeof value === 'bigint'
      ? undefined
      : `expected numeric (int or float), got ${goType(value)}`;
  }
  if (kind === 'string') {
    return typeof value === 'string'
      ? undefined
      : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
  }
  if (kind === 'boolean') {
    return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goText(value)}}`;
  }
  return typeof value === 'object' ? `expected any scalar, got &{${goText(value)}}` : undefined;
}

function mapErrors(type: MapType, value: unknown, where: Where): TypedError[] {
  if (!isObject(value)) return [{ path: where.path, message: `expected map, got &{${goText(value)}}` }];
  const errors: TypedError[] = [];
  for (const key of Object.keys(value).sort(byCodePoint)) {
    const path = `${where.path}.${key}`;
    const field = type.fields.get(key)?.type ?? type.element;
    if (field === undefined) {
      errors.push({ path, message: 'field not declared in schema' });
      break;
    }
    errors.push(...errorsOf(field, value[key], { ...where, path }));
  }
  return errors;
}

function listErrors(type: ListType, value: unknown, where: Where): TypedError[] {
  if (!Array.isArray(value)) return [{ path: where.path, message: `expected list, got &{${goText(value)}}` }];
  const errors: TypedError[] = [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const name = nameOf(type, item, index);
    if (name instanceof UnaddressableItem) {
      errors.push({ path: where.path, message: `element ${index}: ${name.message}` });
      break;
    }
    if (seen.has(name) && !where.duplicates) {
      errors.push({ path: where.path, message: `duplicate entries for key ${name}` });
    }
    seen.add(name);
    errors.push(...errorsOf(type.element, item, { ...where, path: `${where.path}${name}` }));
  }
  return errors;
}

function nameOf(type: ListType, item: unknown, index: number): string | UnaddressableItem {
  if (type.kind === 'atomic') return `[${index}]`;
  try {
    return elementText(itemElement(type, item));
  } catch (error) {
    if (error instanceof UnaddressableItem) return error;
    throw error;
  }
}

/** `%#v` of decoded JSON. */
function goSyntax(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return goText(value);
  const parts = Object.keys(value)
    .sort(byCodePoint)
    .map((key) => `${goQuote(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${parts.join(', ')}}`;
}
