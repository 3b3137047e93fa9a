import { durationText, timestampText } from '../../../src/apiserver/cel/time.ts';
import {
  Double,
  Duration,
  ListValue,
  MapValue,
  Optional,
  Timestamp,
  TypeValue,
  typeName,
  Uint,
  type Value,
} from '../../../src/apiserver/cel/value.ts';

/** A value as text that tells 1 from 1u and from 1.0, with maps in order. */
export function show(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Double) return showDouble(value.value);
  if (value instanceof Uint8Array) return `b${JSON.stringify(Buffer.from(value).toString('latin1'))}`;
  if (value instanceof Duration) return `duration(${durationText(value)})`;
  if (value instanceof Timestamp) return `timestamp(${timestampText(value, 0)})`;
  if (value instanceof TypeValue) return `type(${value.name})`;
  if (value instanceof Optional) return `optional(${value.value === undefined ? '' : show(value.value)})`;
  if (value instanceof ListValue) return `[${[...value.items()].map(show).join(', ')}]`;
  if (value instanceof MapValue)
    return showEntries([...value.keys()].map((key) => [show(key), show(value.find(key)!)]));
  return typeName(value);
}

export function showDouble(value: number): string {
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
}

export function showEntries(entries: readonly (readonly [string, string])[]): string {
  return `{${entries
    .map(([key, value]) => `${key}: ${value}`)
    .sort()
    .join(', ')}}`;
}
