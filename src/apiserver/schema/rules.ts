import { escapeField } from '../cel/field-name.ts';
import { CALL_LIMIT } from '../cel/program.ts';
import { type DeclaredType, declaredType, withObjectMeta } from '../cel/schema-type.ts';
import { type Convert, compileConvert } from '../cel/schema-value.ts';
import { EvaluationError, NONE, Optional, type Value } from '../cel/value.ts';
import { duplicateError, type FieldError, forbiddenError, invalidError, requiredError } from '../field-error.ts';
import type { Correlation } from './correlation.ts';
import { keyed, mapKey } from './correlation.ts';
import { hasRules, type SchemaNode } from './node.ts';
import { Place } from './place.ts';
import { type CompiledRule, RuleCompiler } from './rule.ts';
import { runMessage } from './rule-message.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the rules of an object may cost together (k8s.io/apiserver, pkg/apis/cel/config.go). */
const BUDGET = 10_000_000;

export interface RuleFindings {
  readonly errors: FieldError[];
  readonly warnings: string[];
}

/** The rules of a schema: k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go. */
export class Rules {
  readonly #root: RuleNode;

  private constructor(root: RuleNode) {
    this.#root = root;
  }

  /**
   * undefined for a schema without rules
   * @param isResource whether the schema is that of a whole resource, which has a name and kind whatever it says
   */
  static of(schema: SchemaNode, isResource = true): Rules | undefined {
    if (!hasRules(schema)) return undefined;
    const root = RuleNode.of(schema, declaredType(schema, isResource), isResource);
    return root === undefined ? undefined : new Rules(root);
  }

  /**
   * Evaluates them on an object.
   * @param old what is stored, on update
   * @param correlation of both, asked for when an error may be dropped because nothing has changed
   * @param path of the object, when it is a part of something larger
   */
  validate(object: unknown, old: unknown, correlation: () => Correlation | undefined, path = ''): RuleFindings {
    const run = new Run(correlation);
    run.node(this.#root, object, old, Place.root(path));
    return run;
  }
}

/** A schema that has rules, or has some below it. */
class RuleNode {
  readonly schema: SchemaNode;
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly #declared: DeclaredType | undefined;
  readonly #isRoot: boolean;
  #rules: readonly CompiledRule[] | undefined;
  #convert: Convert | undefined;

  private constructor(
    schema: SchemaNode,
    declared: DeclaredType | undefined,
    isRoot: boolean,
    below: Pick<RuleNode, 'items' | 'values' | 'properties'>,
  ) {
    this.schema = schema;
    this.#declared = declared;
    this.#isRoot = isRoot;
    this.items = below.items;
    this.values = below.values;
    this.properties = below.properties;
  }

  /** Fields that expressions cannot see have no rules either. */
  static of(schema: SchemaNode, declared: DeclaredType | undefined, isRoot: boolean): RuleNode | undefined {
    if (!hasRules(schema)) return undefined;
    const child = (node: SchemaNode | boolean | undefined) =>
      typeof node === 'object' ? RuleNode.of(node, declared?.element, node.embeddedResource) : undefined;
    const properties = new Map<string, RuleNode>();
    for (const [name, property] of schema.properties ?? []) {
      const escaped = escapeField(name);
      const isRootOfOne = property.embeddedResource;
      const type = escaped === undefined ? declaredType(property, isRootOfOne) : declared?.fields?.get(escaped);
      const node = type === undefined ? undefined : RuleNode.of(property, type, isRootOfOne);
      if (node !== undefined) properties.set(name, node);
    }
    const values = child(schema.additionalProperties);
    return new RuleNode(schema, declared, isRoot, { items: child(schema.items), values, properties });
  }

  /** Why the rules cannot be compiled at all. */
  get problem(): string | undefined {
    if (this.#declared !== undefined || this.schema.validations.length === 0) return undefined;
    return 'rule compiler initialization error: failed to convert to declType for CEL validation rules';
  }

  get rules(): readonly CompiledRule[] {
    if (this.#rules === undefined) {
      const { validations } = this.schema;
      if (validations.length === 0 || this.#declared === undefined) this.#rules = [];
      else {
        const compiler = new RuleCompiler(this.schema, this.#declared, 'selfType');
        this.#rules = validations.map((rule) => compiler.compile(rule));
      }
    }
    return this.#rules;
  }

  /** The value; or why there is none, which is what every rule that asks for it then says. */
  convert(json: unknown): Value | EvaluationError {
    this.#convert ??= compileConvert(this.#isRoot ? withObjectMeta(this.schema) : this.schema);
    try {
      return this.#convert(json);
    } catch (error) {
      if (error instanceof EvaluationError) return error;
      throw error;
    }
  }
}

const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** One object's evaluation. */
class Run implements RuleFindings {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  readonly #correlation: () => Correlation | undefined;
  /** Negative when nothing more is evaluated. */
  #budget = BUDGET;

  constructor(correlation: () => Correlation | undefined) {
    this.#correlation = correlation;
  }

  node(node: RuleNode, value: unknown, old: unknown, place: Place): void {
    if (value === null || value === undefined) return;
    if (node.schema.validations.length > 0) this.#rules(node, value, old ?? undefined, place);
    if (this.#budget < 0 || typeof value !== 'object') return;
    if (Array.isArray(value)) {
      if (node.items !== undefined) this.#items(node, node.items, value, old, place);
      return;
    }
    const before = typeof old === 'object' && old !== null && !Array.isArray(old) ? (old as Fields) : undefined;
    const { values, properties } = node;
    if (values === undefined && properties.size === 0) return;
    const oldValue = (name: string) => (before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined);
    for (const name of Object.keys(value)) {
      const property = values ?? properties.get(name);
      if (property === undefined) continue;
      const at = values === undefined ? place.field(name) : place.key(name);
      this.node(property, (value as Fields)[name], oldValue(name), at);
      if (this.#budget < 0) return;
    }
  }

  /** Items of lists of type map correspond to the old ones with their keys; those of other lists to none. */
  #items(node: RuleNode, items: RuleNode, list: readonly unknown[], old: unknown, place: Place): void {
    const byKey = Array.isArray(old) ? keyed(node.schema, old) : undefined;
    for (const [index, item] of list.entries()) {
      const key = byKey === undefined || byKey.size === 0 ? undefined : mapKey(node.schema.listMapKeys, item);
      this.node(items, item, key === undefined ? undefined : byKey!.get(key), place.index(index));
      if (this.#budget < 0) return;
    }
  }

  #rules(node: RuleNode, value: unknown, old: unknown, place: Place): void {
    const { problem } = node;
    if (problem !== undefined) {
      this.#invalid(node, place, problem);
      return;
    }
    if (this.#budget === 0) {
      this.#invalid(node, place, OUT_OF_BUDGET);
      this.#budget = -1;
      return;
    }
    const self = node.convert(value);
    let oldSelf: Value | EvaluationError | undefined;
    for (const rule of node.rules) {
      if (rule.error !== undefined) this.#invalid(node, place, `rule compile error: ${rule.error}`);
      if (rule.program === undefined) continue;
      const isOptional = rule.source.optionalOldSelf === true;
      if (rule.usesOldSelf && old === undefined && !isOptional) continue;
      if (old !== undefined && rule.usesOldSelf) oldSelf ??= node.convert(old);
      this.#rule(node, rule, { json: value, self, oldSelf, isOptional }, place);
      if (this.#budget < 0) return;
    }
  }

  #rule(node: RuleNode, rule: CompiledRule, values: RuleValues, place: Place): void {
    const { self, oldSelf } = values;
    const outcome = rule.program!.run([self, values.isOptional ? optionally(oldSelf) : oldSelf], CALL_LIMIT);
    if (outcome.cost > this.#budget) {
      this.#invalid(node, place, OUT_OF_BUDGET);
      this.#budget = -1;
      return;
    }
    this.#budget -= outcome.cost;
    if (outcome.value === true) return;
    if ('error' in outcome) this.#failed(node, rule, outcome.error, place);
    else this.#broken(node, rule, values, place);
  }

  /** The rule has no value. Such errors stay even when nothing has changed. */
  #failed(node: RuleNode, rule: CompiledRule, error: string, place: Place): void {
    const named = ruleText(rule);
    if (error.startsWith('no such overload')) {
      const what = 'call arguments did not match a supported operator, function or macro signature for rule';
      this.#invalid(node, place, `'${error}': ${what}: ${named}`);
    } else if (error.startsWith('operation cancelled: actual cost limit exceeded')) {
      const what = 'no further validation rules will be run due to call cost exceeds limit for rule';
      this.#invalid(node, place, `'${error}': ${what}: ${named}`);
      this.#budget = -1;
    } else this.#invalid(node, place, `${error} evaluating rule: ${named}`);
  }

  /** The rule says no. */
  #broken(node: RuleNode, rule: CompiledRule, values: RuleValues, place: Place): void {
    const { source } = rule;
    const path =
      rule.fieldPath === '' ? place.path : [place.path, rule.fieldPath].filter((part) => part !== '').join('.');
    const field = path === '' ? '<nil>' : path;
    let detail = source.message === '' ? `failed rule: ${ruleText(rule)}` : source.message.trim();
    if (rule.message !== undefined) {
      const message = runMessage(rule.message, source.messageExpression, [values.self, values.oldSelf], this.#budget);
      this.#budget = message.budget;
      if (message.fatal !== undefined) {
        this.#add(rule, invalidError(field, node.schema.type, message.fatal), place);
        return;
      }
      detail = message.text ?? detail;
    }
    const { type } = node.schema;
    const value = type === 'object' || type === 'array' ? undefined : values.json;
    this.#add(rule, errorFor(source.reason, field, value, detail), place);
  }

  /** What an update leaves as it was only earns a warning. */
  #add(rule: CompiledRule, error: FieldError, place: Place): void {
    if (!rule.usesOldSelf && place.isUnchanged(this.#correlation())) {
      this.warnings.push(`${error.field}: ${error.message}`);
    } else this.errors.push(error);
  }

  #invalid(node: RuleNode, place: Place, message: string): void {
    const { path } = place;
    this.errors.push(invalidError(path === '' ? '<nil>' : path, node.schema.type, message));
  }
}

interface RuleValues {
  readonly json: unknown;
  readonly self: Value | EvaluationError;
  readonly oldSelf: Value | EvaluationError | undefined;
  readonly isOptional: boolean;
}

function optionally(old: Value | EvaluationError | undefined): Value | EvaluationError {
  if (old === undefined) return NONE;
  return old instanceof EvaluationError ? old : new Optional(old);
}

function ruleText({ source }: CompiledRule): string {
  return (source.message === '' ? source.rule : source.message).trim();
}

function errorFor(reason: string | undefined, field: string, value: unknown, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenError(field, detail);
    case 'FieldValueRequired':
      return requiredError(field, detail);
    case 'FieldValueDuplicate':
      return duplicateError(field, value);
    default:
      return invalidError(field, value, detail);
  }
}
