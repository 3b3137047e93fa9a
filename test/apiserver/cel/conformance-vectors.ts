import { tests as root } from '@bufbuild/cel-spec/testdata/conformance.js';
import { parseTimestamp } from '../../../src/apiserver/cel/time.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  TIMESTAMP,
  TYPE,
  type Type,
  UINT,
} from '../../../src/apiserver/cel/type.ts';
import {
  ArrayList,
  Double,
  Duration,
  EntryMap,
  TypeValue,
  toInt,
  Uint,
  type Value,
} from '../../../src/apiserver/cel/value.ts';

type Json = Record<string, unknown>;

/** A test of cel-spec, as JSON of its protobuf message. */
export interface Vector {
  readonly section: string;
  readonly name: string;
  readonly expr: string;
  readonly container?: string;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly typeEnv?: readonly Json[];
  readonly bindings?: Readonly<Record<string, { readonly value: Json }>>;
  readonly value?: Json;
  readonly evalError?: Json;
  readonly typedResult?: Json;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Omit<Vector, 'section'> }[];
}

/** Sections that are about messages, or about extensions that Kubernetes does not have. */
const OTHERS = new Set(
  'bindings_ext block_ext encoders_ext enums math_ext proto2 proto2_ext proto3 wrappers dynamic'.split(' '),
);
const MESSAGES =
  /TestAllTypes|TestRequired|GlobalEnum|google\.protobuf\.(?!Timestamp\b|Duration\b)\w+|\b(?:cel\.|proto\.|math\.|base64\.)/;

/** The tests that mean something here: without messages, and with the check that Kubernetes always makes. */
export function vectors(): Vector[] {
  const suites = (root as unknown as Suite).suites ?? [];
  return suites.filter(({ name }) => !OTHERS.has(name)).flatMap((suite) => testsOf(suite, suite.name));
}

function testsOf(suite: Suite, section: string): Vector[] {
  const own = (suite.tests ?? []).map(({ original }) => ({
    ...original,
    section,
    name: `${suite.name}/${original.name}`,
  }));
  const inner = (suite.suites ?? []).flatMap((each) => testsOf(each, section));
  return [...own, ...inner].filter(isRelevant);
}

function isRelevant({ expr, container, disableCheck, typeEnv, bindings }: Vector): boolean {
  if (disableCheck === true || (container ?? '') !== '' || MESSAGES.test(expr)) return false;
  if (typeEnv?.some((declaration) => 'function' in declaration) === true) return false;
  return !/messageType|objectValue":\{"@type":"(?!type.googleapis.com\/google.protobuf.(?:Dur|Time))|enumValue/.test(
    JSON.stringify([typeEnv, bindings]),
  );
}

const PRIMITIVES: Readonly<Record<string, Type>> = {
  BOOL,
  INT64: INT,
  UINT64: UINT,
  DOUBLE,
  STRING,
  BYTES,
};

export function declaredOf(type: Json): Type {
  const [kind, value] = Object.entries(type)[0]!;
  const inner = value as Json;
  switch (kind) {
    case 'primitive':
      return PRIMITIVES[value as string]!;
    case 'wellKnown':
      return value === 'TIMESTAMP' ? TIMESTAMP : value === 'DURATION' ? DURATION : DYN;
    case 'listType':
      return listOf(inner['elemType'] === undefined ? DYN : declaredOf(inner['elemType'] as Json));
    case 'mapType':
      return mapOf(declaredOf(inner['keyType'] as Json), declaredOf(inner['valueType'] as Json));
    case 'abstractType':
      return optionalOf(declaredOf((inner['parameterTypes'] as Json[])[0]!));
    case 'null':
      return NULL;
    case 'type':
      return TYPE;
    case 'dyn':
      return DYN;
  }
  throw new Error(`no type ${kind}`);
}

export function valueFrom(json: Json): Value {
  const [kind, value] = Object.entries(json)[0]!;
  switch (kind) {
    case 'int64Value':
      return toInt(BigInt(value as string));
    case 'uint64Value':
      return new Uint(BigInt(value as string));
    case 'doubleValue':
      return new Double(Number(value));
    case 'bytesValue':
      return new Uint8Array(Buffer.from(value as string, 'base64'));
    case 'nullValue':
      return null;
    case 'listValue':
      return new ArrayList((((value as Json)['values'] ?? []) as Json[]).map(valueFrom));
    case 'mapValue':
      return EntryMap.of(
        (((value as Json)['entries'] ?? []) as { key: Json; value: Json }[]).map((entry) => [
          valueFrom(entry.key),
          valueFrom(entry.value),
        ]),
      );
    case 'typeValue':
      return new TypeValue(value as string);
    case 'objectValue':
      return timeOf(value as { '@type': string; value: string });
    default:
      return value as Value;
  }
}

function timeOf({ '@type': type, value }: { '@type': string; value: string }): Value {
  if (type.endsWith('Timestamp')) return parseTimestamp(value)!;
  const [seconds = '0', fraction = ''] = value.replace(/s$/, '').split('.');
  const nanos = BigInt(fraction.padEnd(9, '0'));
  return new Duration(BigInt(seconds) * 1_000_000_000n + (value.startsWith('-') ? -nanos : nanos));
}
