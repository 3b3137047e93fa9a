import { isObject } from '../objects.ts';

const TYPE_STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Why the body has no type that could be read, in the words of Go; undefined when it has. */
export function typeProblem(value: unknown): string | undefined {
  if (!isObject(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type ${TYPE_STRUCT}`;
  }
  for (const field of ['apiVersion', 'kind']) {
    const given = value[field];
    if (given === undefined || given === null || typeof given === 'string') continue;
    const type = Array.isArray(given) ? 'array' : typeof given === 'boolean' ? 'bool' : typeof given;
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go struct field .${field} of type string`;
  }
  return undefined;
}
