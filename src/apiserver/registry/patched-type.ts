/** The kind and version that a patched object claims. */
import type { JsonObject } from '../objects.ts';
import { typeProblem } from './type-meta.ts';

/** What is wrong with them, in the words of what reads objects from texts. @param custom of a custom resource */
export function patchedTypeProblem(object: JsonObject, custom: boolean): string | undefined {
  const problem = typeProblem(object);
  if (problem !== undefined) return problem;
  const { apiVersion } = object;
  if (apiVersion === null && custom) return '.apiVersion accessor error: <nil> is of the type <nil>, expected string';
  const isOdd = typeof apiVersion === 'string' && apiVersion.split('/').length > 2;
  return isOdd ? `unexpected GroupVersion string: ${apiVersion}` : undefined;
}

/** The same of a strategic merge, which changes values and no text: texts are not looked at. */
export function mergedTypeProblem(object: JsonObject, live: JsonObject): string | undefined {
  for (const key of ['apiVersion', 'kind']) {
    const value = object[key];
    if (typeof value === 'string') object[key] = live[key];
    else if (Number.isSafeInteger(value)) return 'cannot convert int64 to string';
    else if (value !== undefined && value !== null) return 'unrecognized type: string';
  }
  return undefined;
}

const GO_KINDS: Readonly<Record<string, string>> = {
  number: 'int64',
  string: 'string',
  bool: 'bool',
  array: 'slice',
  object: 'map',
};

const MISMATCH = /^json: cannot unmarshal (\S+)(?: (\S+))? into Go struct field (\S+) of type (.+)$/;

/** What the reader of texts says of a value, as the converter of values says it (apimachinery, runtime/converter.go). */
export function mergedProblem(decoding: string): string {
  if (decoding.startsWith('illegal base64')) return `error decoding from json: ${decoding}`;
  const [, given = '', number, field = '', type = ''] = MISMATCH.exec(decoding) ?? [];
  const kind = GO_KINDS[given];
  if (kind === undefined) return decoding;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (/^v\d\w*\./.test(type)) return `cannot restore struct from: ${kind}`;
  // Times read themselves.
  if (type === 'string' && /time(stamp)?$/i.test(field))
    return `json: cannot unmarshal ${given} into Go value of type string`;
  const named = type === 'string' && field.endsWith('.uid') ? 'types.UID' : type;
  if (type === 'string' && given === 'number') return `cannot convert int64 to ${named}`;
  return number === undefined ? `unrecognized type: ${type}` : `cannot convert float64 to ${type}`;
}
