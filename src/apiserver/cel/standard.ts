import { runeCount } from '../schema/kinds.ts';
import { add, compare, divide, modulo, multiply, negate, subtract } from './arithmetic.ts';
import {
  toBoolValue,
  toBytesValue,
  toDoubleValue,
  toDurationValue,
  toIntValue,
  toStringValue,
  toTimestampValue,
  toUintValue,
} from './conversion.ts';
import { type FunctionDeclaration, fn, type Implementation, member, type Overload, overload } from './declaration.ts';
import { matches, withPattern } from './pattern.ts';
import { type TimePart, timePart } from './time.ts';
import {
  A,
  B,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  TIMESTAMP,
  type Type,
  typeOf,
  UINT,
} from './type.ts';
import {
  type Duration,
  ListValue,
  MapValue,
  noSuchOverload,
  type Timestamp,
  TypeValue,
  toInt,
  typeName,
  type Value,
} from './value.ts';

const LIST = listOf(A);
const MAP = mapOf(A, B);

/** Signatures of an operator: the id's ending, the operands' types, the result's. */
function operators(prefix: string, rows: readonly (readonly [string, readonly Type[], Type])[]): Overload[] {
  return rows.map(([suffix, args, result]) => overload(`${prefix}_${suffix}`, args, result));
}

const COMPARED: readonly (readonly [string, readonly Type[]])[] = [
  ['bool', [BOOL, BOOL]],
  ['int64', [INT, INT]],
  ['int64_double', [INT, DOUBLE]],
  ['int64_uint64', [INT, UINT]],
  ['uint64', [UINT, UINT]],
  ['uint64_double', [UINT, DOUBLE]],
  ['uint64_int64', [UINT, INT]],
  ['double', [DOUBLE, DOUBLE]],
  ['double_int64', [DOUBLE, INT]],
  ['double_uint64', [DOUBLE, UINT]],
  ['string', [STRING, STRING]],
  ['bytes', [BYTES, BYTES]],
  ['timestamp', [TIMESTAMP, TIMESTAMP]],
  ['duration', [DURATION, DURATION]],
];

function comparison(name: string, prefix: string, holds: (order: number) => boolean): FunctionDeclaration {
  const rows = COMPARED.map(([suffix, args]) => [suffix, args, BOOL] as const);
  return fn(name, operators(prefix, rows), { single: (a, b) => holds(compare(a!, b!, name)) });
}

const OPERATORS: readonly FunctionDeclaration[] = [
  fn('_?_:_', [overload('conditional', [BOOL, A, A], A)]),
  fn('_&&_', [overload('logical_and', [BOOL, BOOL], BOOL)]),
  fn('_||_', [overload('logical_or', [BOOL, BOOL], BOOL)]),
  fn('!_', [overload('logical_not', [BOOL], BOOL)], {
    single: (value) => {
      if (typeof value !== 'boolean') throw noSuchOverload();
      return !value;
    },
  }),
  fn('@not_strictly_false', [overload('not_strictly_false', [BOOL], BOOL)]),
  fn('_==_', [overload('equals', [A, A], BOOL)]),
  fn('_!=_', [overload('not_equals', [A, A], BOOL)]),
  fn(
    '_+_',
    operators('add', [
      ['bytes', [BYTES, BYTES], BYTES],
      ['double', [DOUBLE, DOUBLE], DOUBLE],
      ['duration_duration', [DURATION, DURATION], DURATION],
      ['duration_timestamp', [DURATION, TIMESTAMP], TIMESTAMP],
      ['timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP],
      ['int64', [INT, INT], INT],
      ['list', [LIST, LIST], LIST],
      ['string', [STRING, STRING], STRING],
      ['uint64', [UINT, UINT], UINT],
    ]),
    { single: (a, b) => add(a!, b!) },
  ),
  fn(
    '_/_',
    operators('divide', [
      ['double', [DOUBLE, DOUBLE], DOUBLE],
      ['int64', [INT, INT], INT],
      ['uint64', [UINT, UINT], UINT],
    ]),
    { single: (a, b) => divide(a!, b!) },
  ),
  fn(
    '_%_',
    operators('modulo', [
      ['int64', [INT, INT], INT],
      ['uint64', [UINT, UINT], UINT],
    ]),
    { single: (a, b) => modulo(a!, b!) },
  ),
  fn(
    '_*_',
    operators('multiply', [
      ['double', [DOUBLE, DOUBLE], DOUBLE],
      ['int64', [INT, INT], INT],
      ['uint64', [UINT, UINT], UINT],
    ]),
    { single: (a, b) => multiply(a!, b!) },
  ),
  fn(
    '-_',
    operators('negate', [
      ['double', [DOUBLE], DOUBLE],
      ['int64', [INT], INT],
    ]),
    { single: (a) => negate(a!) },
  ),
  fn(
    '_-_',
    operators('subtract', [
      ['double', [DOUBLE, DOUBLE], DOUBLE],
      ['duration_duration', [DURATION, DURATION], DURATION],
      ['int64', [INT, INT], INT],
      ['timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP],
      ['timestamp_timestamp', [TIMESTAMP, TIMESTAMP], DURATION],
      ['uint64', [UINT, UINT], UINT],
    ]),
    { single: (a, b) => subtract(a!, b!) },
  ),
  comparison('_<_', 'less', (order) => order < 0),
  comparison('_<=_', 'less_equals', (order) => order <= 0),
  comparison('_>_', 'greater', (order) => order > 0),
  comparison('_>=_', 'greater_equals', (order) => order >= 0),
  fn('_[_]', [overload('index_list', [LIST, INT], A), overload('index_map', [MAP, A], B)]),
  fn('@in', [overload('in_list', [A, LIST], BOOL), overload('in_map', [A, MAP], BOOL)], {
    single: (value, range) => isIn(value!, range!),
  }),
];

function isIn(value: Value, range: Value): boolean {
  if (range instanceof ListValue) return range.contains(value);
  if (range instanceof MapValue) return range.find(value) !== undefined;
  throw noSuchOverload();
}

/** `size()` counts characters, not UTF-16 units. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return runeCount(value);
  if (value instanceof ListValue || value instanceof MapValue) return value.size;
  return value instanceof Uint8Array ? value.length : undefined;
}

const ID_NAMES: ReadonlyMap<Type, string> = new Map([
  [INT, 'int64'],
  [UINT, 'uint64'],
  [TIMESTAMP, 'timestamp'],
  [DURATION, 'duration'],
]);

const same: Implementation = (value) => value!;

const CONVERSIONS: readonly FunctionDeclaration[] = [
  fn(
    'size',
    [
      overload('size_bytes', [BYTES], INT),
      member('bytes_size', [BYTES], INT),
      overload('size_list', [LIST], INT),
      member('list_size', [LIST], INT),
      overload('size_map', [MAP], INT),
      member('map_size', [MAP], INT),
      overload('size_string', [STRING], INT),
      member('string_size', [STRING], INT),
    ],
    { single: (value) => sizeOf(value!)!, accepts: (value) => sizeOf(value) !== undefined },
  ),
  fn('type', [overload('type', [A], typeOf(A))], { single: (value) => new TypeValue(typeName(value!)) }),
  fn('bool', [
    overload('bool_to_bool', [BOOL], BOOL, same),
    overload('string_to_bool', [STRING], BOOL, (value) => toBoolValue(value!)),
  ]),
  fn('bytes', [
    overload('bytes_to_bytes', [BYTES], BYTES, same),
    overload('string_to_bytes', [STRING], BYTES, (value) => toBytesValue(value!)),
  ]),
  fn('double', [
    overload('double_to_double', [DOUBLE], DOUBLE, same),
    ...conversions('double', DOUBLE, toDoubleValue, [INT, STRING, UINT]),
  ]),
  fn('duration', [
    overload('duration_to_duration', [DURATION], DURATION, same),
    overload('string_to_duration', [STRING], DURATION, (value) => toDurationValue(value!)),
  ]),
  fn('dyn', [overload('to_dyn', [A], DYN)], { single: same }),
  fn('int', [
    overload('int64_to_int64', [INT], INT, same),
    ...conversions('int64', INT, toIntValue, [DOUBLE, DURATION, STRING, TIMESTAMP, UINT]),
  ]),
  fn('string', [
    overload('string_to_string', [STRING], STRING, same),
    ...conversions('string', STRING, toStringValue, [BOOL, BYTES, DOUBLE, DURATION, INT, TIMESTAMP, UINT]),
  ]),
  fn('timestamp', [
    overload('timestamp_to_timestamp', [TIMESTAMP], TIMESTAMP, same),
    ...conversions('timestamp', TIMESTAMP, toTimestampValue, [INT, STRING]),
  ]),
  fn('uint', [
    overload('uint64_to_uint64', [UINT], UINT, same),
    ...conversions('uint64', UINT, toUintValue, [DOUBLE, INT, STRING]),
  ]),
];

function conversions(to: string, result: Type, convert: (value: Value) => Value, from: readonly Type[]): Overload[] {
  return from.map((type) =>
    overload(`${ID_NAMES.get(type) ?? type.name}_to_${to}`, [type], result, (value) => convert(value!)),
  );
}

function textTest(name: string, test: (text: string, part: string) => boolean): FunctionDeclaration {
  const call: Implementation = (text, part) => {
    if (typeof text !== 'string' || typeof part !== 'string') throw noSuchOverload();
    return test(text, part);
  };
  const id = name === 'contains' ? 'contains_string' : name === 'endsWith' ? 'ends_with_string' : 'starts_with_string';
  return fn(name, [member(id, [STRING, STRING], BOOL, call)], { unguarded: true });
}

const TEXTS: readonly FunctionDeclaration[] = [
  textTest('contains', (text, part) => text.includes(part)),
  textTest('endsWith', (text, part) => text.endsWith(part)),
  textTest('startsWith', (text, part) => text.startsWith(part)),
  fn('matches', [overload('matches', [STRING, STRING], BOOL), member('matches_string', [STRING, STRING], BOOL)], {
    single: (text, pattern) => matches(text!, pattern!),
    specialize: withPattern((text, pattern) => pattern.test(text as string)),
  }),
];

const PART_IDS: Readonly<Record<TimePart, string>> = {
  getFullYear: 'year',
  getMonth: 'month',
  getDayOfYear: 'day_of_year',
  getDayOfMonth: 'day_of_month',
  getDate: 'day_of_month_1_based',
  getDayOfWeek: 'day_of_week',
  getHours: 'hours',
  getMinutes: 'minutes',
  getSeconds: 'seconds',
  getMilliseconds: 'milliseconds',
};

const DURATION_PARTS: Readonly<Partial<Record<TimePart, (duration: Duration) => Value>>> = {
  getHours: (duration) => toInt(duration.nanos / 3_600_000_000_000n),
  getMinutes: (duration) => toInt(duration.nanos / 60_000_000_000n),
  getSeconds: (duration) => toInt(duration.nanos / 1_000_000_000n),
  getMilliseconds: (duration) => toInt(duration.nanos / 1_000_000n),
};

const TIMES: readonly FunctionDeclaration[] = (Object.keys(PART_IDS) as TimePart[]).map((part) => {
  const id = `timestamp_to_${PART_IDS[part]}`;
  const ofDuration = DURATION_PARTS[part];
  const extra =
    ofDuration === undefined
      ? []
      : [member(`duration_to_${PART_IDS[part]}`, [DURATION], INT, (value) => ofDuration(value as Duration))];
  return fn(part, [
    member(id, [TIMESTAMP], INT, (time) => timePart(time as Timestamp, part)),
    member(`${id}_with_tz`, [TIMESTAMP, STRING], INT, (time, zone) =>
      timePart(time as Timestamp, part, zone as string),
    ),
    ...extra,
  ]);
});

/** The language's own functions (cel-go, common/stdlib). */
export const standardFunctions: readonly FunctionDeclaration[] = [...OPERATORS, ...CONVERSIONS, ...TEXTS, ...TIMES];
