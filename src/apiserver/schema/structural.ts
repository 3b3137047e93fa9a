import { type FieldError, invalidError } from '../field-error.ts';
import { byCodePoint } from '../go-format.ts';
import { type Check, compileCheck } from './check.ts';
import { Correlation } from './correlation.ts';
import { compileFill, type Fill } from './defaulting.ts';
import { coerceEmbedded, embeddedErrors, hasEmbedded } from './embedded.ts';
import { explain } from './explain.ts';
import { listTypeErrors } from './list-type.ts';
import { readSchema, type SchemaNode } from './node.ts';
import { compilePrune, finishPaths, type Prune } from './pruning.ts';
import { Rules } from './rules.ts';

type Fields = Record<string, unknown>;

export interface ValidateOptions {
  /** The update came through the status subresource: only `status` is checked against its schema. */
  readonly status?: boolean;
  /** Errors of metadata and scale, which the registry has found. They are reported where they belong among the others,
   * and may keep rules from being evaluated. */
  readonly before?: readonly FieldError[];
  readonly scale?: readonly FieldError[];
}

export interface ValidationResult {
  readonly errors: FieldError[];
  /** Texts for Warning headers: rules that an unchanged value breaks. */
  readonly warnings: string[];
}

/** What a version's schema does with objects. Compiled at first use, then fast. */
export interface Structural {
  /**
   * Removes undeclared fields, in place. Returns their paths, sorted, as in `unknown field "spec.nics[0].bar"`.
   * apiVersion, kind and metadata of the root are left alone; metadata of embedded resources is normalised.
   * @throws DecodeError when that cannot be read
   */
  prune(object: object): string[];
  /**
   * Drops nulls that are neither nullable nor defaulted, then fills in defaults, in place.
   * @param keepNulls leaves those nulls for validation to refuse, as after an apply
   */
  default(object: object, keepNulls?: boolean): void;
  /**
   * Everything the schema says about values, after `prune` and `default`. On update, `old` is what is stored:
   * errors of values that have not changed are dropped. apiVersion, kind and metadata are the registry's business.
   */
  validate(object: object, old?: object, options?: ValidateOptions): ValidationResult;
}

/** @param openAPIV3Schema of a version that CRD admission has accepted; left out: a version without a schema */
export function compileStructural(openAPIV3Schema: unknown): Structural {
  return new CompiledStructural(openAPIV3Schema);
}

class CompiledStructural implements Structural {
  readonly #source: unknown;
  #node: SchemaNode | undefined;
  #prune: Prune | undefined;
  #fill: Fill | undefined;
  #check: Check | undefined;
  #statusCheck: Check | undefined;
  #embeds: boolean | undefined;
  /** null for a schema without rules */
  #rules: Rules | null | undefined;

  constructor(source: unknown) {
    this.#source = source;
  }

  get #root(): SchemaNode {
    this.#node ??= readSchema(this.#source);
    return this.#node;
  }

  prune(object: object): string[] {
    this.#prune ??= compilePrune(this.#root, true);
    const paths = finishPaths(this.#prune(object));
    this.#embeds ??= hasEmbedded(this.#root);
    return this.#embeds ? [...paths, ...coerceEmbedded(this.#root, object).sort(byCodePoint)] : paths;
  }

  default(object: object, keepNulls = false): void {
    this.#fill ??= compileFill(this.#root) ?? (() => {});
    this.#fill(object, keepNulls);
  }

  validate(object: object, old?: object, options: ValidateOptions = {}): ValidationResult {
    let correlation: Correlation | undefined;
    const correlate = () => {
      if (old !== undefined) correlation ??= new Correlation(this.#root, object, old);
      return correlation;
    };
    const { before = [], scale = [] } = options;
    const isValid = this.#isValid(object as Fields, options);
    const errors = isValid
      ? [...before, ...scale]
      : this.#errorsOf(object as Fields, old as Fields | undefined, correlate(), options);
    if (this.#rules === undefined) this.#rules = Rules.of(this.#root) ?? null;
    if (this.#rules === null) return { errors, warnings: [] };
    if (errors.some(isBlocking)) return { errors: [...errors, SKIPPED], warnings: [] };
    const found = this.#rules.validate(object, old, correlate);
    return { errors: [...errors, ...found.errors], warnings: found.warnings };
  }

  #isValid(object: Fields, options: ValidateOptions): boolean {
    if (options.status === true) {
      const status = this.#root.properties?.get('status');
      if (status === undefined || !Object.hasOwn(object, 'status')) return true;
      this.#statusCheck ??= compileCheck(status);
      return this.#statusCheck(object['status']);
    }
    this.#check ??= compileCheck(this.#root);
    return this.#check(object);
  }

  /** The errors of schema, embedded resources and list types, in this order. */
  #errorsOf(
    object: Fields,
    old: Fields | undefined,
    correlation: Correlation | undefined,
    options: ValidateOptions,
  ): FieldError[] {
    const root = this.#root;
    const { before = [], scale = [] } = options;
    const errors: FieldError[] = [...before];
    if (options.status !== true) {
      errors.push(...explain(root, object, { correlation }), ...scale);
      errors.push(...embeddedErrors(root, object));
    } else {
      const status = root.properties?.get('status');
      if (status !== undefined && Object.hasOwn(object, 'status')) {
        errors.push(...explain(status, object['status'], { base: 'status', correlation: correlation?.key('status') }));
      }
      errors.push(...scale);
    }
    const duplicates = listTypeErrors(root, object, '');
    // An object that broke this before may go on doing so.
    if (duplicates.length === 0 || (old !== undefined && listTypeErrors(root, old, '').length > 0)) return errors;
    errors.push(...duplicates);
    return errors;
  }
}

/** Errors after which rules are not evaluated: they could stumble over what they take for granted. */
const BLOCKING: readonly FieldError['reason'][] = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];
const SKIPPED = invalidError(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

function isBlocking(error: FieldError): boolean {
  return BLOCKING.includes(error.reason);
}
