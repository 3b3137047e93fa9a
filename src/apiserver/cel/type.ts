/** CEL's static types, and how cel-go prints them (checker/format.go). */

export type TypeKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint';

export interface Type {
  readonly kind: TypeKind;
  /** The name at run time, as `type(x)` has it and error messages show it. */
  readonly name: string;
  readonly params: readonly Type[];
}

const simple = (kind: TypeKind, name: string = kind): Type => ({ kind, name, params: [] });

export const ANY = simple('any', 'google.protobuf.Any');
export const BOOL = simple('bool');
export const BYTES = simple('bytes');
export const DOUBLE = simple('double');
export const DURATION = simple('duration', 'google.protobuf.Duration');
export const DYN = simple('dyn');
export const ERROR = simple('error', '*error*');
export const INT = simple('int');
export const NULL = simple('null', 'null_type');
export const STRING = simple('string');
export const TIMESTAMP = simple('timestamp', 'google.protobuf.Timestamp');
export const TYPE = simple('type');
export const UINT = simple('uint');

export const listOf = (element: Type): Type => ({ kind: 'list', name: 'list', params: [element] });
export const mapOf = (key: Type, value: Type): Type => ({ kind: 'map', name: 'map', params: [key, value] });
export const typeOf = (of: Type): Type => ({ kind: 'type', name: 'type', params: [of] });
export const structOf = (name: string): Type => ({ kind: 'struct', name, params: [] });
export const opaqueOf = (name: string, ...params: readonly Type[]): Type => ({ kind: 'opaque', name, params });
export const optionalOf = (of: Type): Type => opaqueOf('optional_type', of);
export const param = (name: string): Type => ({ kind: 'param', name, params: [] });

export const A = param('A');
export const B = param('B');

export function isDyn(type: Type): boolean {
  return type.kind === 'dyn' || type.kind === 'any';
}

export function isDynOrError(type: Type): boolean {
  return isDyn(type) || type.kind === 'error';
}

/** What is in an optional type, and undefined for others. */
export function unwrapOptional(type: Type): Type | undefined {
  return type.kind === 'opaque' && type.name === 'optional_type' ? type.params[0] : undefined;
}

const PRINTED: Readonly<Partial<Record<TypeKind, string>>> = {
  any: 'any',
  duration: 'duration',
  error: '!error!',
  null: 'null',
  timestamp: 'timestamp',
};

/** The type as error messages have it: `map(string, dyn)`. */
export function printType(type: Type): string {
  const fixed = PRINTED[type.kind];
  if (fixed !== undefined) return fixed;
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(printType).join(', ')})`;
}

/** Argument types as `(int, string)`, or `string.(int)` when the first is the receiver. */
export function printSignature(args: readonly Type[], isMember: boolean): string {
  const printed = args.map(printType);
  return isMember ? `${printed[0]}.(${printed.slice(1).join(', ')})` : `(${printed.join(', ')})`;
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((type, index) => sameType(type, b.params[index]!));
}
