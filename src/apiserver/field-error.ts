import { goFloat, goJson, goQuote, plainDecimal } from './go-format.ts';

/** One thing wrong with one field: k8s.io/apimachinery, pkg/util/validation/field, whose texts these are. */
export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'FieldValueTooShort'
  | 'InternalError';

export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.nics[0].mac`; `<nil>` where there is no field */
  readonly field: string;
  /** What follows the field, as `Required value` or `Invalid value: 0: must be at least 1`. */
  readonly message: string;
}

/** A number that the server has made a float64 of, whole or not. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A value as field errors print it: `0`, `1.5`, `"x"`, `{"name":"e"}`. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return isInt64(value) ? plainDecimal(value) : goFloat(value);
  if (value instanceof Float) return goFloat(value.value);
  return goJson(value);
}

/** Whether the server holds the number as an int64: JSON numbers without a fraction are integers. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** A value that is undefined is left out. */
const valued = (text: string, value: unknown) => (value === undefined ? text : `${text}: ${printed(value)}`);
const detailed = (text: string, detail: string) => (detail === '' ? text : `${text}: ${detail}`);

export function requiredError(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: detailed('Required value', detail) };
}

export function invalidError(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: detailed(valued('Invalid value', value), detail) };
}

export function typeError(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueTypeInvalid', field, message: detailed(valued('Invalid value', value), detail) };
}

export function forbiddenError(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: detailed('Forbidden', detail) };
}

export function duplicateError(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: valued('Duplicate value', value) };
}

export function internalError(field: string, detail: string): FieldError {
  return { reason: 'InternalError', field, message: `Internal error: ${detail}` };
}

export function notFoundError(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueNotFound', field, message: `Not found: ${printed(value)}` };
}

/** @param supported what is allowed, in the order in which it is printed */
export function notSupportedError(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, message: detailed(`Unsupported value: ${printed(value)}`, detail) };
}

/** @param unit `byte` where upstream says bytes (its default), `character` where it counts characters */
export function tooLongError(field: string, limit: number, unit: 'byte' | 'character' = 'byte'): FieldError {
  const message = `Too long: may not be more than ${limit} ${unit}${limit === 1 ? '' : 's'}`;
  return { reason: 'FieldValueTooLong', field, message };
}

export function tooManyError(field: string, actual: number, limit: number): FieldError {
  const message = `Too many: ${actual}: must have at most ${limit} item${limit === 1 ? '' : 's'}`;
  return { reason: 'FieldValueTooMany', field, message };
}
