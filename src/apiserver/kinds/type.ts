/**
 * How the built-in kinds are described. One description says how a body is read and normalised (decode.ts), what
 * OpenAPI and explain show, how patches merge and who owns which field (schema.ts).
 */

export type ScalarName =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'time'
  | 'microTime'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  /** Any JSON, kept as it is. */
  | 'any';

export interface Scalar {
  readonly is: ScalarName;
}

export interface MapOf {
  readonly is: 'map';
  readonly of: Type;
  readonly atomic?: boolean;
}

export interface ListOf {
  readonly is: 'list';
  readonly of: Type;
  /** Who owns what in it, under server-side apply; left out: atomic. */
  readonly listType?: 'set' | 'map' | 'atomic';
  readonly keys?: readonly string[];
  /** How a strategic merge patch treats it; left out: replaced whole. */
  readonly patchKey?: string;
  readonly patchMerge?: boolean;
  /** Its name in Go, where it has one: `v1.ValidationRules`. */
  readonly goName?: string;
}

export interface Struct {
  readonly is: 'struct';
  /** Its name in Go, which error messages show: `ObjectReference`. */
  readonly name: string;
  /** Its name in OpenAPI: `io.k8s.api.core.v1.ObjectReference`. */
  readonly model: string;
  readonly doc: string;
  /** Evaluated late, so that a type can contain itself. */
  readonly fields: () => Readonly<Record<string, Field>>;
  readonly atomic?: boolean;
}

/** A JSON schema where upstream also takes a boolean, or a list of schemas. */
export interface SchemaOr {
  readonly is: 'schemaOr';
  readonly of: Struct;
  readonly other: 'bool' | 'list';
}

export type Type = Scalar | MapOf | ListOf | Struct | SchemaOr;

export interface Field {
  readonly type: Type;
  readonly doc: string;
  /**
   * What is written when the value is empty. `omit`: nothing. `pointer`: the empty value, if it was given. `always`: the
   * empty value, given or not (null for lists, maps and times). Structs are always written unless they are pointers.
   */
  readonly empty?: 'omit' | 'pointer' | 'always';
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  /** Its model in OpenAPI, where the type has none of its own. */
  readonly model?: string;
}

const scalar = (is: ScalarName): Scalar => ({ is });
export const string = scalar('string');
export const bool = scalar('bool');
export const int32 = scalar('int32');
export const int64 = scalar('int64');
export const float64 = scalar('float64');
export const time = scalar('time');
export const microTime = scalar('microTime');
export const bytes = scalar('bytes');
export const quantity = scalar('quantity');
export const intOrString = scalar('intOrString');
export const any = scalar('any');

export const mapOf = (of: Type, options: Partial<MapOf> = {}): MapOf => ({ ...options, is: 'map', of });
export const listOf = (of: Type, options: Partial<ListOf> = {}): ListOf => ({ ...options, is: 'list', of });
export const setOf = (of: Type): ListOf => ({ is: 'list', of, listType: 'set', patchMerge: true });

/** A field: its type, what it means, and how it is written when it is empty. */
export const field = (type: Type, doc: string, options: Partial<Field> = {}): Field => ({ ...options, type, doc });

/** A struct with fields that do not refer back to it. */
export function struct(
  model: string,
  doc: string,
  fields: Readonly<Record<string, Field>> | (() => Readonly<Record<string, Field>>),
  options: { readonly atomic?: boolean } = {},
): Struct {
  const name = model.slice(model.lastIndexOf('.') + 1);
  return { ...options, is: 'struct', name, model, doc, fields: typeof fields === 'function' ? fields : () => fields };
}

/** The type as Go names it in messages: `map[string]string`, `[]v1.OwnerReference`. */
export function goTypeName(type: Type): string {
  switch (type.is) {
    case 'map':
      return `map[string]${goTypeName(type.of)}`;
    case 'list':
      return type.goName ?? `[]${goTypeName(type.of)}`;
    case 'struct': {
      const [version = 'v1'] = type.model.split('.').slice(-2);
      return `${version}.${type.name}`;
    }
    case 'schemaOr':
      return type.other === 'bool' ? 'apiextensions.JSONSchemaPropsOrBool' : 'apiextensions.JSONSchemaPropsOrArray';
    case 'bytes':
      return '[]uint8';
    case 'time':
    case 'microTime':
    case 'quantity':
      return 'string';
    default:
      return type.is;
  }
}
