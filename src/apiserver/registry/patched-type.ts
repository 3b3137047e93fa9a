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
