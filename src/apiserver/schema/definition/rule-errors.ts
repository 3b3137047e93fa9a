import { escapeField } from '../../cel/field-name.ts';
import { type DeclaredType, declaredType, REQUEST_LIMIT } from '../../cel/schema-type.ts';
import { estimateCost } from '../../cel/static-cost.ts';
import { type FieldError, forbiddenError, invalidError } from '../../field-error.ts';
import { readSchema, type SchemaNode } from '../node.ts';
import { RuleCompiler } from '../rule.ts';
import { EMBEDDED, isSet, type JsonRule, type JsonSchema, RULES } from './json-schema.ts';
import { ruleText } from './print.ts';
import { costMessage, RULE_LIMIT, TotalCost } from './rule-cost.ts';

/** A schema and its type as expressions see it. */
export interface TypeInfo {
  readonly node: SchemaNode;
  /** undefined where expressions cannot see it */
  readonly declared: DeclaredType | undefined;
}

const UNCONVERTIBLE =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

/**
 * What is known about a schema when its rules are checked: its type, and how often its values can be there
 * (pkg/apis/apiextensions/validation/cel_validation.go).
 */
export class RuleScope {
  readonly schema: JsonSchema;
  readonly total: TotalCost;
  /** How many values there can be in one object; undefined where nothing bounds them. */
  readonly cardinality: bigint | undefined;
  /** Whether rules stand here or around it. */
  readonly isWithinRules: boolean;
  readonly #parent: RuleScope | undefined;
  /** Finds the type within that of the schema around it. */
  readonly #within: (parent: TypeInfo) => TypeInfo | undefined;
  #info: TypeInfo | string | undefined;

  private constructor(
    schema: JsonSchema,
    parent: RuleScope | undefined,
    within: (parent: TypeInfo) => TypeInfo | undefined,
  ) {
    this.schema = schema;
    this.#parent = parent;
    this.#within = within;
    this.isWithinRules = parent?.isWithinRules === true || (schema[RULES] ?? []).length > 0;
    this.total = parent?.total ?? new TotalCost();
    this.cardinality = parent === undefined ? 1n : product(parent.cardinality, childFactor(parent.schema));
  }

  static root(schema: JsonSchema): RuleScope {
    return new RuleScope(schema, undefined, () => undefined);
  }

  property(schema: JsonSchema, name: string): RuleScope {
    return new RuleScope(schema, this, ({ node, declared }) => {
      const property = node.properties?.get(name);
      const escaped = escapeField(name);
      const type = escaped === undefined ? undefined : declared?.fields?.get(escaped);
      return property === undefined || type === undefined ? undefined : { node: property, declared: type };
    });
  }

  items(schema: JsonSchema): RuleScope {
    return new RuleScope(schema, this, ({ node, declared }) =>
      node.items === undefined ? undefined : { node: node.items, declared: declared?.element },
    );
  }

  values(schema: JsonSchema): RuleScope {
    return new RuleScope(schema, this, ({ node, declared }) =>
      typeof node.additionalProperties === 'object'
        ? { node: node.additionalProperties, declared: declared?.element }
        : undefined,
    );
  }

  /** A text says why there is none. */
  get typeInfo(): TypeInfo | string {
    this.#info ??= this.#find();
    return this.#info;
  }

  #find(): TypeInfo | string {
    if (this.#parent?.isWithinRules === true) {
      const around = this.#parent.typeInfo;
      if (typeof around === 'string') return around;
      const found = this.#within(around);
      if (found !== undefined) return found;
    }
    const node = readSchema(this.schema);
    const declared = declaredType(node, this.#parent === undefined || this.schema[EMBEDDED] === true);
    return declared === undefined ? UNCONVERTIBLE : { node, declared };
  }
}

/** How many values of a child there can be for each value of the schema; undefined for no bound. */
function childFactor({ type, additionalProperties, maxProperties, maxItems }: JsonSchema): bigint | undefined {
  const bound = (limit: number | null | undefined) => (isSet(limit) ? BigInt(Math.max(limit, 0)) : undefined);
  if (type === 'object') return isSet(additionalProperties) ? bound(maxProperties) : 1n;
  return type === 'array' ? bound(maxItems) : 1n;
}

const LARGEST = 2n ** 64n - 1n;

function product(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a * b > LARGEST ? LARGEST : a * b;
}

interface RulesToCheck {
  readonly info: TypeInfo;
  readonly scope: RuleScope;
  readonly ignoreRuleCosts: boolean;
  readonly uncorrelated: string | undefined;
}

/** What is wrong with the expressions of a schema's rules. */
export function ruleErrors(rules: readonly JsonRule[], path: string, context: RulesToCheck): FieldError[] {
  const { info, scope } = context;
  const { node, declared } = info;
  if (declared === undefined) {
    const message = 'Internal error: failed to convert to declType for CEL validation rules';
    return [{ reason: 'InternalError', field: path, message }];
  }
  const compiler = new RuleCompiler(node, declared, 'selfType1');
  const often = scope.cardinality ?? BigInt(Math.floor(REQUEST_LIMIT / (declared.minSize + 1)));
  const errors: FieldError[] = [];
  rules.forEach((rule, index) => {
    errors.push(
      ...expressionErrors(compiler, rule, node.validations[index]!, declared, often, `${path}[${index}]`, context),
    );
  });
  return errors;
}

function expressionErrors(
  compiler: RuleCompiler,
  rule: JsonRule,
  source: SchemaNode['validations'][number],
  declared: DeclaredType,
  often: bigint,
  path: string,
  { scope, ignoreRuleCosts, uncorrelated }: RulesToCheck,
): FieldError[] {
  const errors: FieldError[] = [];
  const compiled = compiler.compile(source);
  const { program, message, usesOldSelf } = compiled;
  const refuse = (field: string, detail: string) => {
    errors.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${ruleText(rule)}: ${detail}` });
  };
  const observe = (field: string, cost: bigint, what: string) => {
    if (!ignoreRuleCosts && cost > RULE_LIMIT) {
      errors.push(forbiddenError(field, costMessage(`estimated ${what} cost`, cost, RULE_LIMIT)));
    }
    scope.total.observe(field, cost);
  };
  const rulePath = `${path}.rule`;
  const broken = program?.instantiate();
  const isRunnable = program !== undefined && broken === undefined;
  const cost = isRunnable ? product(estimateCost(program, declared).max, often)! : 0n;
  observe(rulePath, cost, 'rule');
  const failure = broken === undefined ? compiled.error : `program instantiation failed: ${broken}`;
  if (failure !== undefined) refuse(rulePath, failure);
  if (isRunnable) {
    const messagePath = `${path}.messageExpression`;
    const unusable = message?.instantiate();
    const problem =
      unusable === undefined ? compiled.messageError : `messageExpression instantiation failed: ${unusable}`;
    if (problem !== undefined) refuse(messagePath, problem);
    else if (message !== undefined) observe(messagePath, estimateCost(message, declared).max, 'messageExpression');
  }
  if (usesOldSelf && uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    errors.push(invalidError(rulePath, source.rule, detail));
  } else if (!usesOldSelf && source.optionalOldSelf !== undefined) {
    const detail = 'may not be set if oldSelf is not used in rule';
    errors.push(invalidError(`${path}.optionalOldSelf`, source.optionalOldSelf, detail));
  }
  return errors;
}
