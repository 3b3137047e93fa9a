import { type FieldError, invalidError } from '../field-error.ts';
import { knownFormat } from '../formats/string-formats.ts';
import { goQuote } from '../go-format.ts';
import { type DefinitionObject, type InternalSpec, internalSpec, schemasOf } from './definition/form.ts';
import { itemsOf, type JsonSchema, LIST_TYPE, schemaHas } from './definition/json-schema.ts';
import { definitionOptions, isEstablished } from './definition/options.ts';
import { changeErrors, preservationErrors, specErrors, storedVersionsErrors } from './definition/spec.ts';
import { approvalErrors, namesErrors } from './definition/spec-parts.ts';

export interface DefinitionFindings {
  readonly errors: FieldError[];
  /** Texts for Warning headers; none beside errors. */
  readonly warnings: string[];
}

/** Fills in what a CustomResourceDefinition may leave out, in place (apiextensions.k8s.io/v1, SetDefaults). */
export function defaultDefinition(definition: object): void {
  const { spec } = definition as { spec?: Record<string, unknown> };
  if (typeof spec !== 'object' || spec === null) return;
  const names = (spec['names'] ?? {}) as Record<string, unknown>;
  const kind = typeof names['kind'] === 'string' ? names['kind'] : '';
  if (kind !== '') {
    names['singular'] ||= kind.toLowerCase();
    names['listKind'] ||= `${kind}List`;
  }
  spec['conversion'] ??= { strategy: 'None' };
  const conversion = spec['conversion'] as { webhook?: { clientConfig?: { service?: { port?: number } } } };
  const service = conversion.webhook?.clientConfig?.service;
  if (typeof service === 'object' && service !== null) service.port ??= 443;
}

/**
 * What keeps a CustomResourceDefinition from being accepted, beside its metadata: its name is checked, the rest of its
 * metadata is the registry's business. (k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation)
 * @param definition decoded and defaulted, with the status that it will have
 * @param old what is stored, on update
 */
export function validateDefinition(definition: object, old?: object): DefinitionFindings {
  const object = definition as DefinitionObject;
  const before = old as DefinitionObject | undefined;
  const spec = internalSpec(object);
  const oldSpec = before === undefined ? undefined : internalSpec(before);
  const { annotations } = object.metadata;
  const { status } = object;
  const errors = [
    ...(oldSpec === undefined ? nameErrors(object, spec) : []),
    ...specErrors(spec, definitionOptions(spec, oldSpec)),
    ...(oldSpec === undefined ? [] : changeErrors(spec, oldSpec, isEstablished(before!))),
    ...namesErrors(status?.acceptedNames ?? {}, 'status.acceptedNames'),
    ...storedVersionsErrors(status?.storedVersions ?? null, spec.versions),
    ...approvalErrors(spec.group, annotations, before === undefined ? null : before.metadata.annotations),
    ...preservationErrors(spec, oldSpec),
  ];
  return { errors, warnings: errors.length > 0 ? [] : warningsOf(spec, oldSpec) };
}

function nameErrors({ metadata }: DefinitionObject, spec: InternalSpec): FieldError[] {
  const { name = '' } = metadata;
  // That there is none is said elsewhere.
  if (name === '' || name === `${spec.names.plural ?? ''}.${spec.group}`) return [];
  return [invalidError('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

/** What is new about a definition and will not do what it seems to. */
function warningsOf(spec: InternalSpec, old: InternalSpec | undefined): string[] {
  const known = new Set(old === undefined ? [] : [...formatWarnings(old), ...setWarnings(old)]);
  const warnings = [...formatWarnings(spec), ...setWarnings(spec)];
  return [...new Set(warnings)].filter((warning) => !known.has(warning));
}

function formatWarnings(spec: InternalSpec): string[] {
  const warnings: string[] = [];
  each(spec, ({ type = '', format = '' }) => {
    if (format !== '' && knownFormat(type, format) === undefined) {
      warnings.push(`unrecognized format ${goQuote(format)}`);
    }
  });
  return warnings;
}

function setWarnings(spec: InternalSpec): string[] {
  const warnings = new Set<string>();
  each(spec, (schema) => {
    const type = itemsOf(schema)?.type;
    if (schema[LIST_TYPE] !== 'set' || (type !== 'object' && type !== 'array')) return;
    const what = 'is not supported by server-side apply or CEL validation rules';
    warnings.add(`${LIST_TYPE}: set for items of type ${goQuote(type)} ${what}`);
  });
  return [...warnings].sort();
}

function each(spec: InternalSpec, visit: (schema: JsonSchema) => void): void {
  for (const schema of schemasOf(spec)) {
    schemaHas(schema, (inner) => {
      visit(inner);
      return false;
    });
  }
}
