import {
  type FieldError,
  forbiddenError,
  internalError,
  invalidError,
  notSupportedError,
  requiredError,
} from '../../field-error.ts';
import { readFieldPath } from '../field-path.ts';
import { readSchema } from '../node.ts';
import {
  EMBEDDED,
  isList,
  isSchema,
  isSet,
  type JsonRule,
  type JsonSchema,
  LIST_TYPE,
  MAP_TYPE,
  PRESERVE,
  RULES,
  valuesOf,
} from './json-schema.ts';
import { listMapErrors, listTypeErrors, mapTypeErrors } from './list-rules.ts';
import { type RuleScope, ruleErrors } from './rule-errors.ts';
import { structuralProblem } from './structural-problem.ts';

/** What holds for a whole definition while its schemas are checked. */
export interface SchemaOptions {
  readonly requireValidTypes: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireListKeys: boolean;
  /** Rules of a schema that has not changed may be as expensive as they are. */
  readonly ignoreRuleCosts: boolean;
}

/** What holds for one schema because of where it is. */
interface Place {
  /** Why there must be no default, or undefined when there may. */
  readonly noDefaults: string | undefined;
  /** Within apiVersion, kind or metadata of a resource. */
  readonly insideMeta: boolean;
  /** The first schema around it whose values do not correspond to those before an update. */
  readonly uncorrelated: string | undefined;
}

/** Errors of schemas, and those of rules, which stand behind them all. */
export interface SchemaFindings {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

const ROOT: Place = { noDefaults: undefined, insideMeta: false, uncorrelated: undefined };

/**
 * What a definition's schema must not say: ValidateCustomResourceDefinitionOpenAPISchema in
 * k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation.
 * @param scope of the rules; undefined when they are not looked at because the schema is not structural
 */
export function openApiErrors(
  schema: JsonSchema,
  path: string,
  options: SchemaOptions,
  scope: RuleScope | undefined,
): FieldError[] {
  const findings = new SchemaCheck(options).check(schema, path, ROOT, scope, true);
  return [...findings.schema, ...findings.rules];
}

class SchemaCheck {
  readonly #options: SchemaOptions;

  constructor(options: SchemaOptions) {
    this.#options = options;
  }

  check(schema: JsonSchema, path: string, place: Place, scope: RuleScope | undefined, isRoot = false): SchemaFindings {
    const found: SchemaFindings = { schema: standardErrors(schema, path, place, this.#options), rules: [] };
    if (schema.uniqueItems === true) {
      const reason = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
      found.schema.push(forbiddenError(`${path}.uniqueItems`, reason));
    }
    this.#additional(schema, path, place, scope, found);
    this.#properties(schema, path, place, scope, isRoot, found);
    this.#junctors(schema, path, place, found);
    this.#items(schema, path, place, scope, found);
    for (const [name, dependency] of Object.entries(schema.dependencies ?? {})) {
      if (!isSchema(dependency)) continue;
      merge(found, this.check(dependency, `${path}.dependencies[${name}]`, place, undefined));
    }
    this.#extensions(schema, path, found.schema);
    const rules = schema[RULES] ?? [];
    rules.forEach((rule, index) => {
      found.schema.push(...ruleFormErrors(schema, rule, `${path}.${RULES}[${index}]`));
    });
    // Expressions are only looked at where the schema is in order, at this level and below.
    if (rules.length === 0 || found.schema.length > 0 || scope === undefined) return found;
    found.rules.push(...this.#rules(rules, path, place, scope));
    return found;
  }

  #rules(rules: readonly JsonRule[], path: string, place: Place, scope: RuleScope): FieldError[] {
    const info = scope.typeInfo;
    if (typeof info === 'string') return [internalError(`${path}.${RULES}`, info)];
    const { ignoreRuleCosts } = this.#options;
    return ruleErrors(rules, `${path}.${RULES}`, { info, scope, ignoreRuleCosts, uncorrelated: place.uncorrelated });
  }

  #additional(
    schema: JsonSchema,
    path: string,
    place: Place,
    scope: RuleScope | undefined,
    found: SchemaFindings,
  ): void {
    const { additionalProperties } = schema;
    if (!isSet(additionalProperties)) return;
    const field = `${path}.additionalProperties`;
    if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true) {
      found.schema.push(forbiddenError(field, 'additionalProperties and properties are mutual exclusive'));
    }
    const values = valuesOf(schema);
    if (values === undefined) return;
    const inside = place.insideMeta
      ? { ...place, noDefaults: 'inside additionalProperties applying to object metadata' }
      : place;
    merge(found, this.check(values, field, inside, scope?.values(values)));
  }

  #properties(
    schema: JsonSchema,
    path: string,
    place: Place,
    scope: RuleScope | undefined,
    isRoot: boolean,
    found: SchemaFindings,
  ): void {
    const mapType = schema[MAP_TYPE];
    const correlates = !isSet(mapType) || mapType === 'granular' || mapType === 'atomic';
    const isResource = isRoot || schema[EMBEDDED] === true;
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      let inside = correlates ? place : uncorrelated(place, path);
      if (isResource && ['metadata', 'kind', 'apiVersion'].includes(name)) {
        inside = { ...inside, insideMeta: true };
        if (isRoot) inside = { ...inside, noDefaults: `in top-level ${name}` };
      }
      merge(found, this.check(property, `${path}.properties[${name}]`, inside, scope?.property(property, name)));
    }
  }

  #junctors(schema: JsonSchema, path: string, place: Place, found: SchemaFindings): void {
    if (isSet(schema.not)) merge(found, this.check(schema.not, `${path}.not`, place, undefined));
    for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
      schema[name]?.forEach((nested, index) => {
        merge(found, this.check(nested, `${path}.${name}[${index}]`, place, undefined));
      });
    }
    for (const [name, nested] of Object.entries(schema.definitions ?? {})) {
      merge(found, this.check(nested, `${path}.definitions[${name}]`, place, undefined));
    }
  }

  #items(schema: JsonSchema, path: string, place: Place, scope: RuleScope | undefined, found: SchemaFindings): void {
    const { items } = schema;
    if (!isSet(items)) return;
    // Only items of lists of type map correspond to those before.
    const inside = schema[LIST_TYPE] === 'map' ? place : uncorrelated(place, path);
    if (!isList(items)) merge(found, this.check(items, `${path}.items`, inside, scope?.items(items)));
    else {
      items.forEach((item, index) => {
        merge(found, this.check(item, `${path}.items[${index}]`, inside, scope?.items(item)));
      });
    }
  }

  #extensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
    if (schema[PRESERVE] === false) {
      errors.push(invalidError(`${path}.${PRESERVE}`, false, 'must be true or undefined'));
    }
    errors.push(...mapTypeErrors(schema, path));
    errors.push(...listTypeErrors(schema, path, this.#options.requireAtomicSets));
    if (this.#options.requireListKeys) errors.push(...listMapErrors(schema, path));
  }
}

function merge(into: SchemaFindings, from: SchemaFindings): void {
  into.schema.push(...from.schema);
  into.rules.push(...from.rules);
}

function uncorrelated(place: Place, path: string): Place {
  return place.uncorrelated === undefined ? { ...place, uncorrelated: path } : place;
}

export const OPENAPI_TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** What no schema may say. */
function standardErrors(schema: JsonSchema, path: string, place: Place, options: SchemaOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  const forbid = (name: string, reason = `${name} is not supported`) => {
    errors.push(forbiddenError(`${path}.${name}`, reason));
  };
  if (options.requireValidTypes && type !== '' && !OPENAPI_TYPES.includes(type)) {
    errors.push(notSupportedError(`${path}.type`, type, OPENAPI_TYPES));
  }
  if (isSet(schema.default) && place.noDefaults !== undefined) forbid('default', `must not be set ${place.noDefaults}`);
  if ((schema.id ?? '') !== '') forbid('id');
  if (isSet(schema.additionalItems)) forbid('additionalItems');
  if (Object.keys(schema.patternProperties ?? {}).length > 0) forbid('patternProperties');
  if (Object.keys(schema.definitions ?? {}).length > 0) forbid('definitions');
  if (isSet(schema.dependencies)) forbid('dependencies');
  if (isSet(schema.$ref)) forbid('$ref');
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (isSet(schema.items) && isList(schema.items) && schema.items.length > 0) {
    forbid('items', 'items must be a schema object and not an array');
  }
  if (place.insideMeta && schema[EMBEDDED] === true) forbid(EMBEDDED, 'must not be used inside of resource meta');
  return errors;
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const LINE_BREAK = /[\n\r]/;

/** What is wrong with a rule before its expressions are looked at. */
function ruleFormErrors(schema: JsonSchema, rule: JsonRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const expression = (rule.rule ?? '').trim();
  const said = message.trim();
  if (expression === '') errors.push(requiredError(`${path}.rule`, 'rule is not specified'));
  else if (message !== '' && said === '') {
    errors.push(invalidError(`${path}.message`, message, 'must be non-empty if specified'));
  } else if (LINE_BREAK.test(said)) {
    errors.push(invalidError(`${path}.message`, message, 'must not contain line breaks'));
  } else if (LINE_BREAK.test(expression) && said === '') {
    errors.push(requiredError(`${path}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push(requiredError(`${path}.messageExpression`, detail));
  }
  if (isSet(reason) && !REASONS.includes(reason)) {
    errors.push(notSupportedError(`${path}.reason`, reason, REASONS));
  }
  if (fieldPath === '') return errors;
  const field = `${path}.fieldPath`;
  if (fieldPath.trim() === '') errors.push(invalidError(field, fieldPath, 'must be non-empty if specified'));
  if (LINE_BREAK.test(fieldPath)) errors.push(invalidError(field, fieldPath, 'must not contain line breaks'));
  const isReadable = structuralProblem(schema) === undefined;
  if (isReadable && 'problem' in readFieldPath(fieldPath, readSchema(schema))) {
    errors.push(invalidError(field, fieldPath, 'must be a valid path'));
  }
  return errors;
}
