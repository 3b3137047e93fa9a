import { duplicateError, type FieldError, invalidError, requiredError, tooManyError } from '../../field-error.ts';
import { readFieldPath } from '../field-path.ts';
import { readSchema } from '../node.ts';
import type { SelectableField } from './form.ts';
import type { JsonSchema } from './json-schema.ts';

const MOST_FIELDS = 8;
const TYPES = ['string', 'boolean', 'integer'];

/** @param allowMany whether there may be more of them than usual, because there were before */
export function selectableFieldsErrors(
  fields: readonly SelectableField[],
  schema: JsonSchema,
  path: string,
  allowMany: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const node = readSchema(schema);
  const seen = new Set<string>();
  fields.forEach(({ jsonPath = '' }, index) => {
    const field = `${path}[${index}].jsonPath`;
    if (jsonPath === '') {
      errors.push(requiredError(field));
      return;
    }
    const found = readFieldPath(jsonPath, node, false);
    if ('problem' in found) {
      errors.push(invalidError(field, jsonPath, `is an invalid path: ${found.problem}`));
      return;
    }
    if (/^metadata(?:\.|\[|$)/.test(found.path)) {
      errors.push(invalidError(field, jsonPath, 'must not point to fields in metadata'));
    }
    if (!TYPES.includes(found.node.type)) {
      const what = 'must point to a field of type string, boolean or integer.';
      errors.push(invalidError(field, jsonPath, `${what} Enum string fields and strings with formats are allowed.`));
    }
    if (seen.has(found.path)) errors.push(duplicateError(field, jsonPath));
    seen.add(found.path);
  });
  if (seen.size > MOST_FIELDS && !allowMany) errors.push(tooManyError(path, seen.size, MOST_FIELDS));
  return errors;
}

/** Whether there are more fields than new definitions may have. */
export function areTooMany(fields: readonly SelectableField[] | null | undefined): boolean {
  return (fields ?? []).length > MOST_FIELDS;
}
