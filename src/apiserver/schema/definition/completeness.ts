import { type FieldError, requiredError } from '../../field-error.ts';
import { isSet, itemsOf, type JsonSchema } from './json-schema.ts';

/**
 * Everything that is said about a value under allOf, anyOf, oneOf and not must have a schema outside of them
 * (pkg/apiserver/schema/complete.go).
 */
export function completenessErrors(schema: JsonSchema, path: string): FieldError[] {
  return junctorErrors(schema, schema, path, path);
}

/**
 * @param said what is said
 * @param schema of the same value, outside
 */
function junctorErrors(said: JsonSchema, schema: JsonSchema, schemaPath: string, saidPath: string): FieldError[] {
  const errors: FieldError[] = [];
  if (isSet(said.not)) errors.push(...nestedErrors(said.not, schema, schemaPath, `${saidPath}.not`));
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    said[name]?.forEach((nested, index) => {
      errors.push(...nestedErrors(nested, schema, schemaPath, `${saidPath}.${name}[${index}]`));
    });
  }
  return errors;
}

function nestedErrors(
  said: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  saidPath: string,
): FieldError[] {
  if (schema === undefined) return [requiredError(schemaPath, `because it is defined in ${saidPath}`)];
  const errors = junctorErrors(said, schema, schemaPath, saidPath);
  const items = itemsOf(said);
  if (items !== undefined) {
    errors.push(...nestedErrors(items, itemsOf(schema), `${schemaPath}.items`, `${saidPath}.items`));
  }
  for (const [name, property] of Object.entries(said.properties ?? {})) {
    const place = `properties[${name}]`;
    const declared = schema.properties?.[name];
    errors.push(...nestedErrors(property, declared, `${schemaPath}.${place}`, `${saidPath}.${place}`));
  }
  return errors;
}
