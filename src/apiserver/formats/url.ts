import { goQuote } from '../go-format.ts';
import { parseAddress } from './ip-address.ts';

/** A URL as Go's net/url reads it; the parts are what its methods of the same names return. */
export interface GoUrl {
  readonly scheme: string;
  /** with port and brackets */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly escapedPath: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** The text with its scheme in small letters and its path escaped, for equality. */
  readonly text: string;
}

class Refused extends Error {}

/** Reads a URL as url.ParseRequestURI does (absolute, or an absolute path); a string says why it is none. */
export function parseUrl(text: string): GoUrl | string {
  try {
    parse(text, true);
  } catch (error) {
    if (error instanceof Refused) return `parse ${goQuote(text)}: ${error.message}`;
    throw error;
  }
  // The fragment is cut off only by the second, more lenient reading, as upstream reads twice.
  const hash = text.indexOf('#');
  const rest = hash < 0 ? text : text.slice(0, hash);
  try {
    const { rawPath, ...url } = parse(rest, false);
    const query = rest.indexOf('?');
    const end = query < 0 ? rest.length : query;
    const before = text.slice(url.scheme.length, end - rawPath.length);
    return { ...url, text: `${url.scheme}${before}${url.escapedPath}${text.slice(end)}` };
  } catch (error) {
    if (error instanceof Refused) return `parse ${goQuote(rest)}: ${error.message}`;
    throw error;
  }
}

/** A URL as url.Parse reads it, which need not be absolute; a string says why it is none. */
export interface UrlReference {
  readonly scheme: string;
  readonly host: string;
  /** what is before `@`, if there is such */
  readonly user: string | undefined;
  readonly rawQuery: string;
  readonly fragment: string;
}

export function parseReference(text: string): UrlReference | string {
  const [, rest = '', fragment = ''] = /^([^#]*)(?:#([\s\S]*))?$/.exec(text)!;
  try {
    const { scheme, host } = parse(rest, false);
    const [, authority = ''] = /^[^:/?]*:?\/\/([^/?]*)/.exec(rest) ?? [];
    const at = authority.lastIndexOf('@');
    const query = rest.indexOf('?');
    return {
      scheme,
      host,
      user: at < 0 ? undefined : authority.slice(0, at),
      rawQuery: query < 0 ? '' : rest.slice(query + 1),
      fragment,
    };
  } catch (error) {
    if (error instanceof Refused) return `parse ${goQuote(text)}: ${error.message}`;
    throw error;
  }
}

type Parts = Omit<GoUrl, 'text'> & { readonly rawPath: string };

function parse(text: string, request: boolean): Parts {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Refused('net/url: invalid control character in URL');
  if (text === '' && request) throw new Refused('empty url');
  if (text === '*') return parts('', '', '*', '');
  if (text.startsWith(':')) throw new Refused('missing protocol scheme');
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text)?.[0] ?? '';
  let rest = scheme === '' ? text : text.slice(scheme.length + 1);
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme !== '') return parts(scheme.toLowerCase(), '', '', query);
    if (request) throw new Refused('invalid URI for request');
    if (rest.split('/', 1)[0]!.includes(':')) throw new Refused('first path segment in URL cannot contain colon');
  }
  let host = '';
  if ((scheme !== '' || (!request && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const end = rest.indexOf('/', 2);
    host = authority(scheme.toLowerCase(), end < 0 ? rest.slice(2) : rest.slice(2, end));
    rest = end < 0 ? '' : rest.slice(end);
  }
  percentDecode(rest, 'path');
  return parts(scheme.toLowerCase(), host, rest, query);
}

function parts(scheme: string, host: string, rawPath: string, rawQuery: string): Parts {
  const colon = host.lastIndexOf(':');
  const hasPort = colon >= 0 && /^:[0-9]*$/.test(host.slice(colon));
  const bare = hasPort ? host.slice(0, colon) : host;
  const hostname = bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
  const port = hasPort ? host.slice(colon + 1) : '';
  return { scheme, host, hostname, port, rawPath, escapedPath: escapePath(rawPath), query: readQuery(rawQuery) };
}

function authority(scheme: string, text: string): string {
  const at = text.lastIndexOf('@');
  const host = readHost(scheme, text.slice(at + 1));
  if (at >= 0) {
    const user = text.slice(0, at);
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new Refused('net/url: invalid userinfo');
    percentDecode(user, 'user');
  }
  return host;
}

function readHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new Refused('invalid IP-literal');
  if (open === 0) return readLiteral(host);
  const first = host.indexOf(':');
  if (first >= 0) {
    const strict = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(strict ? first : host.lastIndexOf(':')));
  }
  return percentDecode(host, 'host');
}

function readLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new Refused("missing ']' in host");
  checkPort(host.slice(close + 1));
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const plain =
    zone < 0
      ? percentDecode(name, 'host')
      : percentDecode(name.slice(0, zone), 'host') + percentDecode(name.slice(zone), 'zone');
  const address = parseAddress(plain);
  if (typeof address === 'string') throw new Refused(`invalid host: ${address}`);
  if (address.bytes.length === 4) throw new Refused('invalid IP-literal');
  return `[${plain}]${host.slice(close + 1)}`;
}

function checkPort(port: string): void {
  if (port !== '' && !/^:[0-9]*$/.test(port)) throw new Refused(`invalid port ${goQuote(port)} after host`);
}

type Mode = 'path' | 'user' | 'host' | 'zone' | 'query';
const HOST_BYTE = /[a-zA-Z0-9\-_.~!$&'()*+,;=:[\]<>"]/;

function percentDecode(text: string, mode: Mode): string {
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '%') {
      const triple = text.slice(i, i + 3);
      if (!/^%[0-9a-fA-F]{2}$/.test(triple)) throw new Refused(`invalid URL escape ${goQuote(triple)}`);
      const byte = Number.parseInt(triple.slice(1), 16);
      const plain = String.fromCharCode(byte);
      const forbidden =
        (mode === 'host' && byte < 0x80 && triple !== '%25') ||
        (mode === 'zone' && triple !== '%25' && byte !== 0x20 && (byte >= 0x80 || !HOST_BYTE.test(plain)));
      if (forbidden) throw new Refused(`invalid URL escape ${goQuote(triple)}`);
      i += 2;
    } else if ((mode === 'host' || mode === 'zone') && char < '\x80' && !HOST_BYTE.test(char)) {
      throw new Refused(`invalid character ${goQuote(char)} in host name`);
    }
  }
  return decode(mode === 'query' ? text.replaceAll('+', ' ') : text);
}

/** Replaces escapes by their bytes and reads these as UTF-8. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '%') {
      bytes.push(Number.parseInt(text.slice(i + 1, i + 3), 16));
      i += 2;
    } else {
      const char = String.fromCodePoint(text.codePointAt(i)!);
      bytes.push(...encoder.encode(char));
      i += char.length - 1;
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const PATH_PLAIN = /[a-zA-Z0-9\-_.~$&+,/:;=@]/;

/** url.URL.EscapedPath: the path as written when that is a valid encoding, else encoded anew. */
function escapePath(path: string): string {
  if (path === '*' || /^[a-zA-Z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(path)) return path;
  let escaped = '';
  const encoder = new TextEncoder();
  const hex = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '%') {
      const byte = Number.parseInt(path.slice(i + 1, i + 3), 16);
      const plain = String.fromCharCode(byte);
      escaped += byte < 0x80 && PATH_PLAIN.test(plain) ? plain : hex(byte);
      i += 2;
      continue;
    }
    const char = String.fromCodePoint(path.codePointAt(i)!);
    escaped += PATH_PLAIN.test(char) ? char : Array.from(encoder.encode(char), hex).join('');
    i += char.length - 1;
  }
  return escaped;
}

function readQuery(raw: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const pair of raw.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    try {
      const key = percentDecode(equals < 0 ? pair : pair.slice(0, equals), 'query');
      const value = percentDecode(equals < 0 ? '' : pair.slice(equals + 1), 'query');
      const present = values.get(key);
      if (present === undefined) values.set(key, [value]);
      else present.push(value);
    } catch (error) {
      // A pair that cannot be decoded is left out, as url.URL.Query does.
      if (!(error instanceof Refused)) throw error;
    }
  }
  return values;
}
