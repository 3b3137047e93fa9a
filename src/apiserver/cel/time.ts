import { zoneOffset } from '../../base/system.ts';
import { goQuote, plainDecimal } from '../go-format.ts';
import { type Duration, EvaluationError, Timestamp } from './value.ts';

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** RFC 3339 as Go's time.Parse reads it; undefined when it is none. Years 0000 to 9999. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = epochSeconds(year, month, day);
  if (midnight === undefined) return undefined;
  const nanos = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  const zoneHours = Number(match[9] ?? 0);
  const zoneMinutes = Number(match[10] ?? 0);
  if (zoneHours > 24 || zoneMinutes > 60) return undefined;
  const offset = (match[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes);
  const seconds = midnight + hour * 3600 + minute * 60 + second - offset * 60;
  return new Timestamp(seconds, nanos, offset + 0);
}

/** Seconds from 1970 to the start of a day; undefined when there is no such day. */
export function epochSeconds(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000;
}

/** RFC 3339 with as many decimals as are needed, in the zone that the timestamp was given with. */
export function timestampText(time: Timestamp, offsetMinutes = time.offsetMinutes): string {
  const date = new Date((time.seconds + offsetMinutes * 60) * 1000);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const rest = date
    .toISOString()
    .replace(/^[+-]?\d+/, '')
    .slice(0, 15);
  const fraction = time.nanos === 0 ? '' : `.${String(time.nanos).padStart(9, '0').replace(/0+$/, '')}`;
  const two = (value: number) => String(value).padStart(2, '0');
  const ahead = Math.abs(offsetMinutes);
  const zone =
    offsetMinutes === 0 ? 'Z' : `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
  return `${year}${rest}${fraction}${zone}`;
}

/** Seconds with as many decimals as are needed, and `s`. */
export function durationText(duration: Duration): string {
  return `${plainDecimal(durationSeconds(duration))}s`;
}

/** Go's Duration.Seconds: whole seconds and the rest, added as doubles. */
export function durationSeconds(duration: Duration): number {
  const second = 1_000_000_000n;
  return Number(duration.nanos / second) + Number(duration.nanos % second) / 1e9;
}

export type TimePart =
  | 'getFullYear'
  | 'getMonth'
  | 'getDayOfYear'
  | 'getDayOfMonth'
  | 'getDate'
  | 'getDayOfWeek'
  | 'getHours'
  | 'getMinutes'
  | 'getSeconds'
  | 'getMilliseconds';

/** A part of a time in a zone: a name of the IANA database, or an offset such as `-08:00`. */
export function timePart(time: Timestamp, part: TimePart, zone = 'UTC'): number {
  const ms = time.seconds * 1000;
  const date = new Date(ms + offsetOf(zone, ms) * 60_000);
  switch (part) {
    case 'getFullYear':
      return date.getUTCFullYear();
    case 'getMonth':
      return date.getUTCMonth();
    case 'getDayOfYear':
      return Math.floor((date.getTime() - startOfYear(date)) / 86_400_000);
    case 'getDayOfMonth':
      return date.getUTCDate() - 1;
    case 'getDate':
      return date.getUTCDate();
    case 'getDayOfWeek':
      return date.getUTCDay();
    case 'getHours':
      return date.getUTCHours();
    case 'getMinutes':
      return date.getUTCMinutes();
    case 'getSeconds':
      return date.getUTCSeconds();
    case 'getMilliseconds':
      return Math.floor(time.nanos / 1_000_000);
  }
}

function startOfYear(date: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return start.getTime();
}

function offsetOf(zone: string, ms: number): number {
  if (zone === '' || zone === 'UTC') return 0;
  const colon = zone.indexOf(':');
  if (colon < 0) {
    const offset = zoneOffset(zone, ms);
    if (offset === undefined) throw new EvaluationError(`unknown time zone ${zone}`);
    return offset;
  }
  const hours = readAtoi(zone.slice(0, colon));
  const minutes = readAtoi(zone.slice(colon + 1));
  return zone.startsWith('-') ? hours * 60 - minutes : hours * 60 + minutes;
}

function readAtoi(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new EvaluationError(`strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
  }
  return Number(text);
}
