/** The certificates of an embedded API server: an authority of its own, and what that signed for the server. */
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import net from 'node:net';
import type { DataFolder } from './data-folder.ts';

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

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificates in the data directory, made where they are missing, run out soon, or do not name one of `names`
 * (host names and IP addresses). The authority stays, so that kubeconfigs do.
 * @param now milliseconds since the epoch
 */
export async function certificatesIn(folder: DataFolder, names: readonly string[], now: number): Promise<Certificates> {
  const authority = readPair(folder, 'ca') ?? storePair(folder, 'ca', await makeAuthority(now));
  const present = readPair(folder, 'apiserver');
  const isGood = present !== undefined && serves(present, authority, { names, now });
  const { cert, key } = isGood ? present : storePair(folder, 'apiserver', await makeServer(authority, names, now));
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

/**
 * The library, when a certificate is to be made: importing it costs a tenth of a second, which later starts are spared.
 * It wants the polyfill of `Reflect` to be there first.
 */
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function makeAuthority(now: number): Promise<Pair> {
  const x509 = await library();
  const keys = await newKeys();
  const { KeyUsageFlags: usage } = x509;
  // Named by its key, so that two authorities are never taken for each other.
  const identifier = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=orrery-ca-${identifier.keyId.slice(0, 12).toLowerCase()}`,
    keys,
    signingAlgorithm: EC,
    notBefore: new Date(now - EARLIER_DAYS * DAY_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true),
      identifier,
    ],
  });
  return { cert: certificate.toString('pem'), key: pem(keys.privateKey) };
}

async function makeServer(authority: Pair, names: readonly string[], now: number): Promise<Pair> {
  const x509 = await library();
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = createPrivateKey(authority.key).toCryptoKey(EC, false, ['sign']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuer.subject,
    subject: 'CN=orrery-apiserver',
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: EC,
    notBefore: new Date(now - EARLIER_DAYS * DAY_MS),
    notAfter: new Date(Math.min(now + SERVER_DAYS * DAY_MS, issuer.notAfter.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: net.isIP(name) === 0 ? 'dns' : 'ip', value: name })),
      ),
    ],
  });
  return { cert: certificate.toString('pem'), key: pem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}

/** 127 random bits: positive, and never twice. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }) as string;
}
