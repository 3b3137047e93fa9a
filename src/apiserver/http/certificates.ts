/**
 * A certificate authority of our own and the server's certificate under it. Loaded only when they are missing or about
 * to expire: the library costs more than the rest of a start.
 */
import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

export interface CertificateRequest {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Names and addresses under which the server is reached. */
  readonly names: readonly string[];
  /** 16 random bytes for each serial number, in hexadecimal. */
  readonly serial: () => string;
}

/** All in PEM. */
export interface Certificates {
  /** What clients trust: `certificate-authority-data`. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 3_600_000;
/** Long enough that nobody has to think of it, short enough that every system takes it. */
const LIFETIME_DAYS = 3650;
const SERVER_LIFETIME_DAYS = 800;

/** Makes an authority, whose key is forgotten, and a certificate for the server. Takes about half a second. */
export function makeCertificates({ now, names, serial }: CertificateRequest): Certificates {
  const authority = keyPair();
  const server = keyPair();
  const issuer = [{ name: 'commonName', value: 'orrery' }];
  const ca = certificate({ now, days: LIFETIME_DAYS, serial: serial(), subject: issuer, issuer });
  ca.publicKey = authority.publicKey;
  ca.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  ca.sign(authority.privateKey, forge.md.sha256.create());
  const cert = certificate({
    now,
    days: SERVER_LIFETIME_DAYS,
    serial: serial(),
    subject: [{ name: 'commonName', value: 'orrery-apiserver' }],
    issuer,
  });
  cert.publicKey = server.publicKey;
  cert.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
    },
  ]);
  cert.sign(authority.privateKey, forge.md.sha256.create());
  return {
    ca: forge.pki.certificateToPem(ca),
    cert: forge.pki.certificateToPem(cert),
    key: forge.pki.privateKeyToPem(server.privateKey),
  };
}

/** Node makes keys fifty times faster than the library. */
function keyPair(): forge.pki.rsa.KeyPair {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = forge.pki.privateKeyFromPem(privateKey);
  return { privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) };
}

interface Outline {
  readonly now: number;
  readonly days: number;
  readonly serial: string;
  readonly subject: forge.pki.CertificateField[];
  readonly issuer: forge.pki.CertificateField[];
}

function certificate({ now, days, serial, subject, issuer }: Outline): forge.pki.Certificate {
  const made = forge.pki.createCertificate();
  // A leading zero bit: serial numbers are positive.
  made.serialNumber = `0${serial.slice(1)}`;
  // Clocks differ a little.
  made.validity.notBefore = new Date(now - DAY_MS);
  made.validity.notAfter = new Date(now + days * DAY_MS);
  made.setSubject(subject);
  made.setIssuer(issuer);
  return made;
}
