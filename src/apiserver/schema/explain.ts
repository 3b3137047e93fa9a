import { deepEqual } from '../../base/json.ts';
import {
  type FieldError,
  invalidError,
  notSupportedError,
  requiredError,
  tooLongError,
  tooManyError,
  typeError,
} from '../field-error.ts';
import { compilePattern } from '../formats/regular-expression.ts';
import { stringFormats } from '../formats/string-formats.ts';
import { goJson, goQuote } from '../go-format.ts';
import type { Correlation } from './correlation.ts';
import { equalsEnum, formatOf, kindOf, runeCount, typeMismatch } from './kinds.ts';
import { type SchemaNode, typesOf } from './node.ts';
import { numberProblems } from './number-bounds.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is wrong with a value that `check.ts` has refused, in the order, the number and the words of
 * k8s.io/kube-openapi, pkg/validation/validate. Paths are `spec.cpu`; a message with no field of its own has `<nil>`.
 */
export function explain(node: SchemaNode, value: unknown, place: Place): FieldError[] {
  return new Explanation(place.base ?? '').validate(node, value, place.path ?? '', place.correlation).errors;
}

export interface Place {
  /** Where the messages' paths begin: `status` when the status is validated by itself, and paths are relative to it. */
  readonly base?: string;
  readonly path?: string;
  /** Errors of values that have not changed since are dropped. */
  readonly correlation?: Correlation | undefined;
}

/** Errors, and how many checks a value went through: the alternative that came furthest is the one that is reported. */
class Findings {
  /** By text: the same thing is said once. */
  readonly #byText = new Map<string, FieldError>();
  matches = 0;

  get errors(): FieldError[] {
    return [...this.#byText.values()];
  }

  get isValid(): boolean {
    return this.#byText.size === 0;
  }

  add(text: string, error: FieldError): this {
    if (!this.#byText.has(text)) this.#byText.set(text, error);
    return this;
  }

  merge(other: Findings): this {
    for (const [text, error] of other.#byText) this.add(text, error);
    this.matches += other.matches;
    return this;
  }
}

class Explanation {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  validate(node: SchemaNode, value: unknown, path: string, correlation: Correlation | undefined): Findings {
    const found = this.#validateNew(node, value, path, correlation);
    if (found.isValid || correlation?.isEqual !== true) return found;
    const ratcheted = new Findings();
    ratcheted.matches = found.matches;
    return ratcheted;
  }

  #validateNew(node: SchemaNode, value: unknown, path: string, correlation: Correlation | undefined): Findings {
    const found = new Findings();
    if (value === null || value === undefined) {
      found.merge(this.#type(node, null, path));
      const allowed = this.#enum(node, null, path);
      return allowed === undefined ? found : found.merge(allowed);
    }
    const kind = kindOf(value);
    const run = (check: Findings | undefined): void => {
      if (check !== undefined) found.merge(check);
      found.matches++;
    };
    if (typesOf(node).length > 0 || formatOf(node) !== '') run(this.#type(node, value, path));
    run(this.#junctors(node, value, path));
    if (typeof value === 'string') {
      run(this.#text(node, value, path));
      if (stringFormats.has(formatName(node))) run(this.#format(node, value, path));
    }
    if (kind === 'integer' || kind === 'number') run(this.#number(node, value as number, path));
    if (Array.isArray(value)) run(this.#array(node, value, path, correlation));
    run(this.#enum(node, value, path));
    if (kind === 'object') run(this.#object(node, value as Fields, path, correlation));
    found.matches++;
    return found;
  }

  #type(node: SchemaNode, value: unknown, path: string): Findings {
    const found = new Findings();
    const mismatch = typeMismatch(node, value);
    if (mismatch === undefined) found.matches++;
    else this.#addType(found, path, mismatch.expected, mismatch.actual);
    return found;
  }

  #addType(found: Findings, path: string, expected: string, actual: string): void {
    const text = `${path} in body must be of type ${expected}: ${goQuote(actual)}`;
    found.add(text, typeError(this.#field(path), actual, text));
  }

  #junctors(node: SchemaNode, value: unknown, path: string): Findings {
    const found = new Findings();
    if (node.anyOf.length > 0) this.#anyOf(node, value, path, found);
    if (node.oneOf.length > 0) this.#oneOf(node, value, path, found);
    if (node.allOf.length > 0) this.#allOf(node, value, path, found);
    if (node.not !== undefined && this.validate(node.not, value, path, undefined).isValid) {
      this.#addPlain(found, `${goQuote(path)} must not validate the schema (not)`);
    }
    found.matches++;
    return found;
  }

  #anyOf(node: SchemaNode, value: unknown, path: string, found: Findings): void {
    let best: Findings | undefined;
    for (const schema of node.anyOf) {
      const result = this.validate(schema, value, path, undefined);
      if (result.isValid) {
        found.merge(result);
        return;
      }
      if (best === undefined || result.matches > best.matches) best = result;
    }
    this.#addPlain(found, `${goQuote(path)} must validate at least one schema (anyOf)`);
    if (best !== undefined) found.merge(best);
  }

  #oneOf(node: SchemaNode, value: unknown, path: string, found: Findings): void {
    let best: Findings | undefined;
    let first: Findings | undefined;
    let valid = 0;
    for (const schema of node.oneOf) {
      const result = this.validate(schema, value, path, undefined);
      if (result.isValid) {
        valid++;
        best = undefined;
        first ??= result;
      } else if (valid === 0 && (best === undefined || result.matches > best.matches)) best = result;
    }
    if (valid === 1) {
      if (first !== undefined) found.merge(first);
      return;
    }
    const how = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    this.#addPlain(found, `${goQuote(path)} must validate one and only one schema (oneOf). ${how}`);
    if (best !== undefined) found.merge(best);
  }

  #allOf(node: SchemaNode, value: unknown, path: string, found: Findings): void {
    let valid = 0;
    for (const schema of node.allOf) {
      const result = this.validate(schema, value, path, undefined);
      if (result.isValid) valid++;
      found.merge(result);
    }
    if (valid === node.allOf.length) return;
    const how = valid === 0 ? '. None validated' : '';
    this.#addPlain(found, `${goQuote(path)} must validate all the schemas (allOf)${how}`);
  }

  /** Only the first of these is reported. */
  #text(node: SchemaNode, value: string, path: string): Findings | undefined {
    const found = new Findings();
    const { maxLength, minLength, pattern } = node;
    if (maxLength !== undefined && runeCount(value) > maxLength) {
      const text = `${path} in body should be at most ${maxLength} chars long`;
      return found.add(text, tooLongError(this.#field(path), maxLength));
    }
    if (minLength !== undefined && runeCount(value) < minLength) {
      return this.#addInvalid(found, path, value, `${path} in body should be at least ${minLength} chars long`);
    }
    if (pattern === '') return undefined;
    const broken = brokenPattern(pattern, value);
    return broken === undefined
      ? undefined
      : this.#addInvalid(found, path, value, `${path} in body should match '${broken}'`);
  }

  #format(node: SchemaNode, value: string, path: string): Findings | undefined {
    if (stringFormats.get(formatName(node))!(value)) return undefined;
    const found = new Findings();
    this.#addType(found, path, formatOf(node), value);
    return found;
  }

  #number(node: SchemaNode, value: number | bigint, path: string): Findings {
    const found = new Findings();
    for (const problem of numberProblems(node, value, path)) {
      if (problem.value === undefined) this.#addPlain(found, problem.text);
      else this.#addInvalid(found, path, problem.value, problem.text);
    }
    found.matches++;
    return found;
  }

  #array(node: SchemaNode, items: readonly unknown[], path: string, correlation: Correlation | undefined): Findings {
    const found = new Findings();
    if (node.items !== undefined) {
      for (let i = 0; i < items.length; i++) {
        found.merge(this.validate(node.items, items[i], `${path}[${i}]`, correlation?.index(i)));
      }
    }
    const { minItems, maxItems } = node;
    if (minItems !== undefined && items.length < minItems) {
      this.#addInvalid(found, path, items.length, `${path} in body should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && items.length > maxItems) {
      const text = `${path} in body should have at most ${maxItems} items`;
      found.add(text, tooManyError(this.#field(path), items.length, maxItems));
    }
    if (node.uniqueItems && items.some((item, i) => items.slice(0, i).some((other) => deepEqual(item, other)))) {
      this.#addInvalid(found, path, '', `${path} in body shouldn't contain duplicates`);
    }
    found.matches++;
    return found;
  }

  #enum(node: SchemaNode, value: unknown, path: string): Findings | undefined {
    const allowed = node.enum ?? [];
    if (allowed.length === 0 || allowed.some((item) => equalsEnum(value, item, deepEqual))) return undefined;
    const supported = allowed.map((item) => (typeof item === 'string' ? item : goJson(item)));
    const text = `${path} in body should be one of [${supported.join(' ')}]`;
    return new Findings().add(text, notSupportedError(this.#field(path), value, supported));
  }

  #object(node: SchemaNode, value: Fields, path: string, correlation: Correlation | undefined): Findings {
    const found = new Findings();
    const keys = Object.keys(value);
    const { minProperties, maxProperties, additionalProperties, properties } = node;
    if (minProperties !== undefined && keys.length < minProperties) {
      this.#addInvalid(found, path, keys.length, `${path} in body should have at least ${minProperties} properties`);
    }
    if (maxProperties !== undefined && keys.length > maxProperties) {
      const text = `${path} in body should have at most ${maxProperties} properties`;
      found.add(text, tooManyError(this.#field(path), keys.length, maxProperties));
    }
    for (const key of keys) {
      const declared = properties?.get(key);
      if (declared !== undefined) continue;
      if (additionalProperties === false) {
        this.#addInvalid(found, path, key, `${path}.${key} in body is a forbidden property`);
      } else if (typeof additionalProperties === 'object') {
        const below = this.#counterpart(path, key, correlation);
        found.merge(this.validate(additionalProperties, value[key], `${path}.${key}`, below));
      }
    }
    for (const [name, child] of properties ?? []) {
      if (!Object.hasOwn(value, name)) continue;
      const below = this.#counterpart(path, name, correlation);
      found.merge(this.validate(child, value[name], path === '' ? name : `${path}.${name}`, below));
    }
    for (const name of node.required) {
      if (Object.hasOwn(value, name)) continue;
      found.add(`${path}.${name} in body is required`, requiredError(this.#field(`${path}.${name}`)));
    }
    return found;
  }

  /** apiVersion and kind of the root never ratchet: their change is not visible to the schema. */
  #counterpart(path: string, key: string, correlation: Correlation | undefined): Correlation | undefined {
    return path === '' && (key === 'kind' || key === 'apiVersion') ? undefined : correlation?.key(key);
  }

  #addInvalid(found: Findings, path: string, value: unknown, text: string): Findings {
    return found.add(text, invalidError(this.#field(path), value, text));
  }

  #addPlain(found: Findings, text: string): void {
    found.add(text, invalidError(this.#base === '' ? '<nil>' : this.#base, '', text));
  }

  #field(path: string): string {
    const relative = path.startsWith('.') ? path.slice(1) : path;
    if (relative === '') return this.#base === '' ? '<nil>' : this.#base;
    return this.#base === '' ? relative : `${this.#base}.${relative}`;
  }
}

function formatName(node: SchemaNode): string {
  return formatOf(node).replaceAll('-', '');
}

/** What the message says of a pattern that does not match, or undefined when it does. */
function brokenPattern(pattern: string, value: string): string | undefined {
  try {
    return compilePattern(pattern).test(value) ? undefined : pattern;
  } catch (error) {
    if (error instanceof Error) return `${pattern}, but pattern is invalid: ${error.message}`;
    throw error;
  }
}
