import { type FieldError, forbiddenError, invalidError } from '../../field-error.ts';
import { readSchema } from '../node.ts';
import { defaultErrors } from './default-values.ts';
import type { Shared } from './form.ts';
import { isSet, type JsonSchema } from './json-schema.ts';
import { openApiErrors } from './openapi.ts';
import type { DefinitionOptions } from './options.ts';
import { schemaText, setFields } from './print.ts';
import { RuleScope } from './rule-errors.ts';
import { structuralProblem } from './structural-problem.ts';
import { structuralErrors } from './structural-rules.ts';

/** What the root may say beside `properties` when the status is written by itself: it is validated alone then. */
const ROOT_FIELDS =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'.split(
    ' ',
  );

/**
 * Everything about the schema of a version, or of all of them.
 * @param version whose schema it is, for telling whether it has changed
 */
export function schemaErrors(
  holder: Shared['schema'],
  path: string,
  hasStatus: boolean,
  options: DefinitionOptions,
  version: string,
): FieldError[] {
  const schema = holder?.openAPIV3Schema;
  if (!isSet(schema)) return [];
  const field = `${path}.openAPIV3Schema`;
  const errors = hasStatus ? rootErrors(schema, field) : [];
  if (schema.nullable === true) {
    errors.push(forbiddenError(`${field}.nullable`, 'nullable cannot be true at the root'));
  }
  let scope: RuleScope | undefined;
  const problem = options.requireStructural ? structuralProblem(schema) : undefined;
  if (options.requireStructural && problem === undefined) {
    const wrong = structuralErrors(schema, field);
    if (wrong.length === 0) wrong.push(...defaultErrors(readSchema(schema), field, options.requirePrunedDefaults));
    if (wrong.length === 0) scope = RuleScope.root(schema);
    errors.push(...wrong);
  }
  const ignoreRuleCosts = options.isUnchanged(version);
  errors.push(...openApiErrors(schema, field, { ...options, ignoreRuleCosts }, scope));
  if (errors.length === 0 && problem !== undefined) errors.push(invalidError(field, '', problem));
  if (scope !== undefined) errors.push(...scope.total.errors(field));
  return errors;
}

function rootErrors(schema: JsonSchema, field: string): FieldError[] {
  for (const name of setFields(schema)) {
    if (name === 'Type') {
      if (schema.type === 'object') continue;
      const detail =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalidError(`${field}.type`, schema.type, detail)];
    }
    if (ROOT_FIELDS.includes(name)) continue;
    const allowed = `only [${ROOT_FIELDS.join(' ')}] fields are allowed`;
    const detail = `${allowed} at the root of the schema if the status subresource is enabled`;
    return [{ reason: 'FieldValueInvalid', field, message: `Invalid value: ${schemaText(schema)}: ${detail}` }];
  }
  return [];
}
