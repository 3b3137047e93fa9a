import {
  addressText,
  type IpAddress,
  type IpPrefix,
  isMappedFour,
  maskedAddress,
  parseAddress,
  parsePrefix,
  sameAddress,
} from '../../formats/ip-address.ts';
import { goQuote } from '../../go-format.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { BOOL, INT, opaqueOf, STRING } from '../type.ts';
import { EvaluationError, noSuchOverload, Opaque, type Value } from '../value.ts';

/** `net.IP` */
class Ip extends Opaque {
  readonly typeName = 'net.IP';
  readonly address: IpAddress;

  constructor(address: IpAddress) {
    super();
    this.address = address;
  }

  equals(other: Opaque): boolean {
    return other instanceof Ip && sameAddress(this.address, other.address);
  }

  /** bytes, for costs */
  get size(): number {
    return this.address.bytes.length;
  }
}

/** `net.CIDR` */
class Cidr extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly prefix: IpPrefix;

  constructor(prefix: IpPrefix) {
    super();
    this.prefix = prefix;
  }

  equals(other: Opaque): boolean {
    if (!(other instanceof Cidr) || this.prefix.bits !== other.prefix.bits) return false;
    return sameAddress(this.prefix.address, other.prefix.address);
  }

  /** bytes of the mask, for costs */
  get size(): number {
    return Math.ceil(this.prefix.bits / 8);
  }
}

export const IP_TYPE = opaqueOf('net.IP');
export const CIDR_TYPE = opaqueOf('net.CIDR');
const bytesOf = (value: Value | undefined) => (value as Ip).address.bytes;
const prefixOf = (value: Value | undefined) => (value as Cidr).prefix;

/** An address without a zone that is no IPv4 address in disguise; a text says what it is instead. */
function readIp(text: string): IpAddress | string {
  const address = parseAddress(text);
  if (typeof address === 'string') {
    return `IP Address ${goQuote(text)} parse error during conversion from string: ${address}`;
  }
  if (address.zone !== '') return `IP address ${goQuote(text)} with zone value is not allowed`;
  return isMappedFour(address) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : address;
}

function toIp(text: Value | undefined): IpAddress {
  const address = readIp(text as string);
  if (typeof address === 'string') throw new EvaluationError(address);
  return address;
}

const NO_CIDR = 'network address parse error during conversion from string: ';

function readCidr(text: string): IpPrefix | string {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') return `${NO_CIDR}${prefix}`;
  return isMappedFour(prefix.address) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : prefix;
}

function toCidr(text: Value | undefined): IpPrefix {
  const prefix = readCidr(text as string);
  if (typeof prefix === 'string') throw new EvaluationError(`${NO_CIDR}${prefix}`);
  return prefix;
}

function containsIp({ address, bits }: IpPrefix, other: IpAddress): boolean {
  if (address.bytes.length !== other.bytes.length) return false;
  return sameAddress(maskedAddress(address, bits), maskedAddress(other, bits));
}

/** What is no address is an argument of the wrong type, as upstream. */
function containsIpText(prefix: IpPrefix, text: Value): boolean {
  const address = readIp(text as string);
  if (typeof address === 'string') throw noSuchOverload();
  return containsIp(prefix, address);
}

function containsCidr(outer: IpPrefix, inner: IpPrefix): boolean {
  return outer.bits <= inner.bits && containsIp(outer, inner.address);
}

function isUnspecified(bytes: readonly number[]): boolean {
  return bytes.every((byte) => byte === 0);
}

function isLoopback(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return bytes[0] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function isMulticast(bytes: readonly number[]): boolean {
  return bytes.length === 4 ? (bytes[0]! & 0xf0) === 0xe0 : bytes[0] === 0xff;
}

function isLinkLocalMulticast(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
  return bytes[0] === 0xff && (bytes[1]! & 0x0f) === 0x02;
}

function isLinkLocalUnicast(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return bytes[0] === 169 && bytes[1] === 254;
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function isGlobalUnicast(bytes: readonly number[]): boolean {
  if (bytes.length === 4 && bytes.every((byte) => byte === 255)) return false;
  return !isUnspecified(bytes) && !isLoopback(bytes) && !isMulticast(bytes) && !isLinkLocalUnicast(bytes);
}

function ofIp(name: string, id: string, test: (bytes: readonly number[]) => boolean): FunctionDeclaration {
  return fn(name, [member(id, [IP_TYPE], BOOL, (ip) => test(bytesOf(ip)))]);
}

function cidrText({ address, bits }: IpPrefix): string {
  return `${addressText(address)}/${bits}`;
}

/** k8s.io/apiserver, pkg/cel/library/ip.go and cidr.go */
export const networkFunctions: readonly FunctionDeclaration[] = [
  fn('ip', [
    overload('string_to_ip', [STRING], IP_TYPE, (text) => new Ip(toIp(text))),
    member('cidr_ip', [CIDR_TYPE], IP_TYPE, (cidr) => new Ip(prefixOf(cidr).address)),
  ]),
  fn('isIP', [overload('is_ip', [STRING], BOOL, (text) => typeof readIp(text as string) !== 'string')]),
  fn('ip.isCanonical', [overload('ip_is_canonical', [STRING], BOOL, (text) => addressText(toIp(text)) === text)]),
  fn('family', [member('ip_family', [IP_TYPE], INT, (ip) => (bytesOf(ip).length === 4 ? 4 : 6))]),
  ofIp('isUnspecified', 'ip_is_unspecified', isUnspecified),
  ofIp('isLoopback', 'ip_is_loopback', isLoopback),
  ofIp('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  ofIp('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  ofIp('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  fn('string', [
    overload('ip_to_string', [IP_TYPE], STRING, (ip) => addressText((ip as Ip).address)),
    overload('cidr_to_string', [CIDR_TYPE], STRING, (cidr) => cidrText(prefixOf(cidr))),
  ]),
  fn('cidr', [overload('string_to_cidr', [STRING], CIDR_TYPE, (text) => new Cidr(toCidr(text)))]),
  fn('isCIDR', [overload('is_cidr', [STRING], BOOL, (text) => typeof readCidr(text as string) !== 'string')]),
  fn('containsIP', [
    member('cidr_contains_ip_string', [CIDR_TYPE, STRING], BOOL, (a, b) => containsIpText(prefixOf(a), b!)),
    member('cidr_contains_ip_ip', [CIDR_TYPE, IP_TYPE], BOOL, (a, b) => containsIp(prefixOf(a), (b as Ip).address)),
  ]),
  fn('containsCIDR', [
    member('cidr_contains_cidr_string', [CIDR_TYPE, STRING], BOOL, (a, b) => containsCidr(prefixOf(a), toCidr(b))),
    member('cidr_contains_cidr', [CIDR_TYPE, CIDR_TYPE], BOOL, (a, b) => containsCidr(prefixOf(a), prefixOf(b))),
  ]),
  fn('prefixLength', [member('cidr_prefix_length', [CIDR_TYPE], INT, (cidr) => prefixOf(cidr).bits)]),
  fn('masked', [
    member('cidr_masked', [CIDR_TYPE], CIDR_TYPE, (cidr) => {
      const { address, bits } = prefixOf(cidr);
      return new Cidr({ address: maskedAddress(address, bits), bits });
    }),
  ]),
];
