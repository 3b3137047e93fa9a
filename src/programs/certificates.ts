/** The certificates of an embedded API server: an authority of its own, and what that signed for the server. */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import net from 'node:net';
import type { DataFolder } from './data-folder.ts';
import * as der from './der.ts';

export interface Certificates {
  /** What clients trust, in PEM. */
  readonly authority: string;
  /** What the server shows, in PEM. */
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 730;
/** A server certificate with less left is made anew at the next start. */
const RENEW_DAYS = 180;
/** Other machines' clocks may be behind. */
const EARLIER_DAYS = 1;

const ids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificates in the data directory, made where they are missing, run out soon, or do not name one of `names`
 * (host names and IP addresses). The authority stays, so that kubeconfigs do.
 * @param now milliseconds since the epoch
 */
export function certificatesIn(folder: DataFolder, names: readonly string[], now: number): Certificates {
  const authority = readPair(folder, 'ca') ?? storePair(folder, 'ca', makeAuthority(now));
  const present = readPair(folder, 'apiserver');
  const isGood = present !== undefined && serves(present, authority, { names, now });
  const { cert, key } = isGood ? present : storePair(folder, 'apiserver', makeServer(authority, names, now));
  return { authority: authority.cert, cert, key };
}

function serves(pair: Pair, authority: Pair, { names, now }: { names: readonly string[]; now: number }): boolean {
  const cert = new X509Certificate(pair.cert);
  const issuer = new X509Certificate(authority.cert);
  const namesAll = names.every((name) => (net.isIP(name) ? cert.checkIP(name) : cert.checkHost(name)) !== undefined);
  return namesAll && Date.parse(cert.validTo) - now > RENEW_DAYS * DAY_MS && cert.verify(issuer.publicKey);
}

/** Undefined when either part is missing, broken, or does not belong to the other. */
function readPair(folder: DataFolder, name: string): Pair | undefined {
  const cert = folder.read(`${name}.crt`);
  const key = folder.read(`${name}.key`);
  if (cert === undefined || key === undefined) return undefined;
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined;
  } catch {
    return undefined;
  }
}

function storePair(folder: DataFolder, name: string, pair: Pair): Pair {
  // The key first: a certificate without its key is made anew.
  folder.write(`${name}.key`, pair.key);
  folder.write(`${name}.crt`, pair.cert);
  return pair;
}

function makeAuthority(now: number): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Named by its key, so that two authorities are never taken for each other.
  const subject = nameOf(`orrery-ca-${keyIdentifier(publicKey).toString('hex').slice(0, 12)}`);
  const certificate = signed(
    {
      issuer: subject,
      subject,
      publicKey,
      from: now - EARLIER_DAYS * DAY_MS,
      until: now + AUTHORITY_DAYS * DAY_MS,
      extensions: [
        extension(ids.basicConstraints, der.sequence(der.boolean(true)), true),
        extension(ids.keyUsage, der.bits(Buffer.from([0x06]), 1), true), // keyCertSign, cRLSign
        extension(ids.subjectKeyIdentifier, der.octets(keyIdentifier(publicKey))),
      ],
    },
    privateKey,
  );
  return { cert: certificate, key: pem(privateKey) };
}

function makeServer(authority: Pair, names: readonly string[], now: number): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = new X509Certificate(authority.cert);
  const commonName = /^CN=(.*)$/m.exec(issuer.subject)![1]!;
  const until = Math.min(now + SERVER_DAYS * DAY_MS, Date.parse(issuer.validTo));
  const certificate = signed(
    {
      issuer: nameOf(commonName),
      subject: nameOf('orrery-apiserver'),
      publicKey,
      from: now - EARLIER_DAYS * DAY_MS,
      until,
      extensions: [
        extension(ids.basicConstraints, der.sequence(), true),
        extension(ids.keyUsage, der.bits(Buffer.from([0x80]), 7), true), // digitalSignature
        extension(ids.extendedKeyUsage, der.sequence(der.identifier(ids.serverAuth))),
        extension(ids.authorityKeyIdentifier, der.sequence(der.implicit(0, keyIdentifier(issuer.publicKey)))),
        extension(ids.subjectAltName, der.sequence(...names.map(alternativeName))),
      ],
    },
    createPrivateKey(authority.key),
  );
  return { cert: certificate, key: pem(privateKey) };
}

interface Body {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Buffer[];
}

/** A version 3 certificate (RFC 5280, section 4.1) in PEM. */
function signed(body: Body, signer: KeyObject): string {
  const algorithm = der.sequence(der.identifier(ids.ecdsaWithSha256));
  const content = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    algorithm,
    body.issuer,
    der.sequence(der.time(body.from), der.time(body.until)),
    body.subject,
    body.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...body.extensions)),
  );
  const certificate = der.sequence(content, algorithm, der.bits(sign('sha256', content, signer)));
  const lines = certificate.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.identifier(ids.commonName), der.text(commonName))));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return der.sequence(der.identifier(id), ...(isCritical ? [der.boolean(true)] : []), der.octets(value));
}

function alternativeName(name: string): Buffer {
  const version = net.isIP(name);
  if (version === 0) return der.implicit(2, Buffer.from(name, 'latin1'));
  return der.implicit(7, version === 4 ? Buffer.from(name.split('.').map(Number)) : addressBytes(name));
}

/** The 16 bytes of an IPv6 address. */
function addressBytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros: string[] = tail === undefined ? [] : Array(8 - left.length - right.length).fill('0');
  const bytes = [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return Buffer.from(bytes);
}

/** Any value that is the key's own will do (RFC 5280, section 4.2.1.2). */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
