import { goQuote } from '../go-format.ts';

/** An IP address as Go's net/netip reads and writes it. */
export interface IpAddress {
  /** 4 or 16 of them */
  readonly bytes: readonly number[];
  /** what follows `%`, or '' */
  readonly zone: string;
}

/** Reads an address; a string says why it is none, in the words of netip.ParseAddr. */
export function parseAddress(text: string): IpAddress | string {
  const failure = (message: string, at = ''): string =>
    `ParseAddr(${goQuote(text)}): ${message}${at === '' ? '' : ` (at ${goQuote(at)})`}`;
  const first = /[.:%]/.exec(text)?.[0];
  if (first === undefined) return failure('unable to parse IP');
  if (first === '%') return failure('missing IPv6 address');
  if (first === ':') return parseSix(text, failure);
  const bytes = parseFour(text, failure);
  return typeof bytes === 'string' ? bytes : { bytes, zone: '' };
}

type Failure = (message: string, at?: string) => string;

function parseFour(text: string, failure: Failure): number[] | string {
  const bytes: number[] = [];
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char >= '0' && char <= '9') {
      if (digits === 1 && value === 0) return failure('IPv4 field has octet with leading zero');
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) return failure('IPv4 field has value >255');
    } else if (char === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') {
        return failure('IPv4 field must have at least one digit', text.slice(i));
      }
      if (bytes.length === 3) return failure('IPv4 address too long');
      bytes.push(value);
      value = 0;
      digits = 0;
    } else return failure('unexpected character', text.slice(i));
  }
  if (bytes.length < 3) return failure('IPv4 address too short');
  bytes.push(value);
  return bytes;
}

function parseSix(text: string, failure: Failure): IpAddress | string {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') return failure('zone must be a non-empty string');
  let rest = percent < 0 ? text : text.slice(0, percent);
  const bytes: number[] = [];
  let ellipsis = -1;
  if (rest.startsWith('::')) {
    ellipsis = 0;
    rest = rest.slice(2);
    if (rest === '') return { bytes: new Array<number>(16).fill(0), zone };
  }
  while (bytes.length < 16) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0];
    if (digits.length > 4) return failure('each group must have 4 or less digits', rest);
    if (digits === '') return failure('each colon-separated field must have at least one digit', rest);
    if (rest[digits.length] === '.') {
      const four = embeddedFour(rest, bytes.length, ellipsis, failure);
      if (typeof four === 'string') return four;
      bytes.push(...four);
      rest = '';
      break;
    }
    const value = Number.parseInt(digits, 16);
    bytes.push(value >> 8, value & 0xff);
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (rest[0] !== ':') return failure('unexpected character, want colon', rest);
    if (rest.length === 1) return failure('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest[0] !== ':') continue;
    if (ellipsis >= 0) return failure('multiple :: in address', rest);
    ellipsis = bytes.length;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') return failure('trailing garbage after address', rest);
  if (bytes.length === 16) {
    return ellipsis >= 0 ? failure('the :: must expand to at least one field of zeros') : { bytes, zone };
  }
  if (ellipsis < 0) return failure('address string too short');
  bytes.splice(ellipsis, 0, ...new Array<number>(16 - bytes.length).fill(0));
  return { bytes, zone };
}

function embeddedFour(rest: string, read: number, ellipsis: number, failure: Failure): number[] | string {
  if (ellipsis < 0 && read !== 12) {
    return failure('embedded IPv4 address must replace the final 2 fields of the address', rest);
  }
  if (read + 4 > 16) {
    return failure('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
  }
  return parseFour(rest, failure);
}

export function isMappedFour(address: IpAddress): boolean {
  const { bytes } = address;
  if (bytes.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return false;
  return bytes.slice(0, 10).every((byte) => byte === 0);
}

/** The canonical text (RFC 5952). */
export function addressText(address: IpAddress): string {
  const { bytes, zone } = address;
  if (bytes.length === 4) return bytes.join('.');
  const suffix = zone === '' ? '' : `%${zone}`;
  if (isMappedFour(address)) return `::ffff:${bytes.slice(12).join('.')}${suffix}`;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  const [start, end] = longestZeros(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return `${hex(groups)}${suffix}`;
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(end))}${suffix}`;
}

function longestZeros(groups: readonly number[]): [start: number, end: number] {
  let best: [number, number] = [-1, -1];
  let length = 1;
  for (let i = 0; i < groups.length; i++) {
    let j = i;
    while (j < groups.length && groups[j] === 0) j++;
    if (j - i > length) {
      best = [i, j];
      length = j - i;
    }
    if (j > i) i = j;
  }
  return best;
}

/** A network: an address and how many of its bits are fixed. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`; a string says why it is none, in the words of netip.ParsePrefix. */
export function parsePrefix(text: string): IpPrefix | string {
  const failure = (message: string): string => `netip.ParsePrefix(${goQuote(text)}): ${message}`;
  const slash = text.lastIndexOf('/');
  if (slash < 0) return failure("no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === 'string') return failure(address);
  if (address.zone !== '') return failure('IPv6 zones cannot be present in a prefix');
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9][0-9]{0,18})$/.test(digits)) return failure(`bad bits after slash: ${goQuote(digits)}`);
  const bits = Number(digits);
  return bits > address.bytes.length * 8 ? failure('prefix length out of range') : { address, bits };
}

/** The address with everything behind the first `bits` bits set to zero. */
export function maskedAddress(address: IpAddress, bits: number): IpAddress {
  const bytes = address.bytes.map((byte, index) => {
    const kept = bits - index * 8;
    if (kept >= 8) return byte;
    return kept <= 0 ? 0 : byte & (0xff << (8 - kept));
  });
  return { bytes, zone: '' };
}

export function sameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.bytes.length === b.bytes.length && a.zone === b.zone && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

/** net.ParseIP of Go before 1.17, which Kubernetes keeps for stored data: octets may have leading zeros. */
export function isSloppyAddress(text: string): boolean {
  return typeof parseAddress(withoutLeadingZeros(text)) !== 'string' && !text.includes('%');
}

/** net.ParseCIDR of Go before 1.17. */
export function isSloppyCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const digits = text.slice(slash + 1);
  if (!isSloppyAddress(address) || !/^[0-9]+$/.test(digits)) return false;
  return Number(digits) <= (/^[^:]*\./.test(address) ? 32 : 128);
}

function withoutLeadingZeros(text: string): string {
  return text.includes('.') ? text.replace(/(^|[.:])0+(?=[0-9]+(\.|$))/g, '$1') : text;
}
