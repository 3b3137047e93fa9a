import { goJson } from '../../go-format.ts';
import type { Column, Shared, Version } from './form.ts';
import { isSet, type JsonRule, type JsonSchema } from './json-schema.ts';

/**
 * Parts of a definition as errors print them: as JSON of upstream's internal types, whose fields have the names of the
 * source code and their order, and are never left out.
 */
type Print = (value: unknown) => string;

function struct(fields: readonly (readonly [name: string, text: string])[]): string {
  return `{${fields.map(([name, text]) => `"${name}":${text}`).join(',')}}`;
}

const text: Print = (value) => goJson(value ?? '');
const flag: Print = (value) => String(value === true);
const pointer: Print = (value) => goJson(value ?? null);
const list =
  (item: Print): Print =>
  (value) =>
    Array.isArray(value) ? `[${value.map(item).join(',')}]` : 'null';
const orNull =
  (print: Print): Print =>
  (value) =>
    isSet(value) ? print(value) : 'null';
const mapOf = (print: Print): Print =>
  orNull((value) => {
    const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${goJson(key)}:${print(entry)}`).join(',')}}`;
  });

const nested: Print = (value) => schemaText(value as JsonSchema);
const schemaOrBool: Print = orNull((value) =>
  typeof value === 'boolean'
    ? struct([
        ['Allows', String(value)],
        ['Schema', 'null'],
      ])
    : struct([
        ['Allows', 'true'],
        ['Schema', nested(value)],
      ]),
);
const schemaOrList: Print = orNull((value) =>
  struct([
    ['Schema', Array.isArray(value) ? 'null' : nested(value)],
    ['JSONSchemas', Array.isArray(value) ? list(nested)(value) : 'null'],
  ]),
);
const dependency: Print = (value) =>
  struct([
    ['Schema', Array.isArray(value) ? 'null' : nested(value)],
    ['Property', Array.isArray(value) ? list(text)(value) : 'null'],
  ]);
const externalDocs: Print = orNull((value) => {
  const { description, url } = value as { description?: string; url?: string };
  return struct([
    ['Description', text(description)],
    ['URL', text(url)],
  ]);
});

/** The fields of a schema: the names in the source code, in JSON, and how they are printed. */
const SCHEMA_FIELDS: readonly (readonly [name: string, key: string, print: Print])[] = [
  ['ID', 'id', text],
  ['Schema', '$schema', text],
  ['Ref', '$ref', pointer],
  ['Description', 'description', text],
  ['Type', 'type', text],
  ['Nullable', 'nullable', flag],
  ['Format', 'format', text],
  ['Title', 'title', text],
  ['Default', 'default', pointer],
  ['Maximum', 'maximum', pointer],
  ['ExclusiveMaximum', 'exclusiveMaximum', flag],
  ['Minimum', 'minimum', pointer],
  ['ExclusiveMinimum', 'exclusiveMinimum', flag],
  ['MaxLength', 'maxLength', pointer],
  ['MinLength', 'minLength', pointer],
  ['Pattern', 'pattern', text],
  ['MaxItems', 'maxItems', pointer],
  ['MinItems', 'minItems', pointer],
  ['UniqueItems', 'uniqueItems', flag],
  ['MultipleOf', 'multipleOf', pointer],
  ['Enum', 'enum', list(pointer)],
  ['MaxProperties', 'maxProperties', pointer],
  ['MinProperties', 'minProperties', pointer],
  ['Required', 'required', list(text)],
  ['Items', 'items', schemaOrList],
  ['AllOf', 'allOf', list(nested)],
  ['OneOf', 'oneOf', list(nested)],
  ['AnyOf', 'anyOf', list(nested)],
  ['Not', 'not', orNull(nested)],
  ['Properties', 'properties', mapOf(nested)],
  ['AdditionalProperties', 'additionalProperties', schemaOrBool],
  ['PatternProperties', 'patternProperties', mapOf(nested)],
  ['Dependencies', 'dependencies', mapOf(dependency)],
  ['AdditionalItems', 'additionalItems', schemaOrBool],
  ['Definitions', 'definitions', mapOf(nested)],
  ['ExternalDocs', 'externalDocs', externalDocs],
  ['Example', 'example', pointer],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', pointer],
  ['XEmbeddedResource', 'x-kubernetes-embedded-resource', flag],
  ['XIntOrString', 'x-kubernetes-int-or-string', flag],
  ['XListMapKeys', 'x-kubernetes-list-map-keys', list(text)],
  ['XListType', 'x-kubernetes-list-type', pointer],
  ['XMapType', 'x-kubernetes-map-type', pointer],
  ['XValidations', 'x-kubernetes-validations', list((rule) => ruleText(rule as JsonRule))],
];

export function schemaText(schema: JsonSchema): string {
  const record = schema as Readonly<Record<string, unknown>>;
  return struct(SCHEMA_FIELDS.map(([name, key, print]) => [name, print(record[key])]));
}

/** The names of the fields that are set, in their order. */
export function setFields(schema: JsonSchema): string[] {
  const record = schema as Readonly<Record<string, unknown>>;
  return SCHEMA_FIELDS.filter(([, key]) => {
    const value = record[key];
    return value !== undefined && value !== null && value !== '' && value !== false;
  }).map(([name]) => name);
}

export function itemsText(items: JsonSchema['items']): string {
  return schemaOrList(items);
}

export function ruleText(rule: JsonRule): string {
  return struct([
    ['Rule', text(rule.rule)],
    ['Message', text(rule.message)],
    ['MessageExpression', text(rule.messageExpression)],
    ['Reason', pointer(rule.reason)],
    ['FieldPath', text(rule.fieldPath)],
    ['OptionalOldSelf', pointer(rule.optionalOldSelf)],
  ]);
}

const schemaHolder: Print = orNull((value) => {
  const { openAPIV3Schema } = value as NonNullable<Shared['schema']>;
  return struct([['OpenAPIV3Schema', orNull(nested)(openAPIV3Schema)]]);
});

const subresources: Print = orNull((value) => {
  const { status, scale } = value as NonNullable<Shared['subresources']>;
  const scaleFields = (): [string, string][] => [
    ['SpecReplicasPath', text(scale!.specReplicasPath)],
    ['StatusReplicasPath', text(scale!.statusReplicasPath)],
    ['LabelSelectorPath', pointer(scale!.labelSelectorPath)],
  ];
  return struct([
    ['Status', isSet(status) ? '{}' : 'null'],
    ['Scale', isSet(scale) ? struct(scaleFields()) : 'null'],
  ]);
});

const column: Print = (value) => {
  const { name, type, format, description, priority, jsonPath } = value as Column;
  return struct([
    ['Name', text(name)],
    ['Type', text(type)],
    ['Format', text(format)],
    ['Description', text(description)],
    ['Priority', goJson(priority ?? 0)],
    ['JSONPath', text(jsonPath)],
  ]);
};

export function versionsText(versions: readonly Version[]): string {
  return list((value) => {
    const version = value as Version;
    return struct([
      ['Name', text(version.name)],
      ['Served', flag(version.served)],
      ['Storage', flag(version.storage)],
      ['Deprecated', flag(version.deprecated)],
      ['DeprecationWarning', pointer(version.deprecationWarning)],
      ['Schema', schemaHolder(version.schema)],
      ['Subresources', subresources(version.subresources)],
      ['AdditionalPrinterColumns', list(column)(version.additionalPrinterColumns)],
      [
        'SelectableFields',
        list((field) => struct([['JSONPath', text((field as { jsonPath?: string }).jsonPath)]]))(
          version.selectableFields,
        ),
      ],
    ]);
  })(versions);
}
