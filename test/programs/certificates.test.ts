import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificatesIn } from '../../src/programs/certificates.ts';
import { DataFolder } from '../../src/programs/data-folder.ts';
import * as der from '../../src/programs/der.ts';

const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const names = ['127.0.0.1', '::1', 'localhost'];
const newFolder = () => DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-certificates-')));

describe('certificates', () => {
  it('are an authority, and a server certificate that it signed for every name', () => {
    const made = certificatesIn(newFolder(), names, NOW);
    const [authority, server] = [new X509Certificate(made.authority), new X509Certificate(made.cert)];
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkHost('example.com')).toBeUndefined();
    expect(Date.parse(server.validFrom)).toBeLessThan(NOW);
  });

  it('let a client in that trusts the authority, and nothing but the authority', async () => {
    const made = certificatesIn(newFolder(), names, Date.now());
    const other = certificatesIn(newFolder(), names, Date.now());
    const server = tls.createServer({ cert: made.cert, key: made.key }, (socket) => socket.end('hello'));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const connect = (ca: string) =>
      new Promise<string>((resolve) => {
        const socket = tls.connect({ host: '127.0.0.1', port, ca });
        socket.on('data', (data) => resolve(data.toString()));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
    expect(await connect(made.authority)).toBe('hello');
    expect(await connect(other.authority)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    server.close();
  });

  it('stay as long as they are good', () => {
    const folder = newFolder();
    const first = certificatesIn(folder, names, NOW);
    expect(certificatesIn(folder, names, NOW + 300 * DAY)).toEqual(first);
  });

  it.each([
    ['run out soon', (folder: DataFolder) => certificatesIn(folder, names, NOW + 600 * DAY)],
    ['do not name the server', (folder: DataFolder) => certificatesIn(folder, [...names, '10.0.0.7'], NOW)],
    [
      'have lost their key',
      (folder: DataFolder) => {
        folder.remove('apiserver.key');
        return certificatesIn(folder, names, NOW);
      },
    ],
    [
      'are broken',
      (folder: DataFolder) => {
        folder.write('apiserver.crt', 'nonsense');
        return certificatesIn(folder, names, NOW);
      },
    ],
  ])('are made anew under the same authority when they %s', (_, again) => {
    const folder = newFolder();
    const first = certificatesIn(folder, names, NOW);
    const second = again(folder);
    expect(second.authority).toBe(first.authority);
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(first.authority).publicKey)).toBe(true);
  });

  it('are all made anew when the authority is lost', () => {
    const folder = newFolder();
    const first = certificatesIn(folder, names, NOW);
    folder.remove('ca.key');
    const second = certificatesIn(folder, names, NOW);
    expect(second.authority).not.toBe(first.authority);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(second.authority).publicKey)).toBe(true);
  });
});

describe('DER', () => {
  const hex = (bytes: Buffer) => bytes.toString('hex');

  it('writes identifiers, numbers and times as X.690 and RFC 5280 say', () => {
    expect(hex(der.identifier('1.2.840.10045.4.3.2'))).toBe('06082a8648ce3d040302');
    expect(hex(der.integer(Buffer.from([0, 0, 0x7f])))).toBe('02017f');
    expect(hex(der.integer(Buffer.from([0x80])))).toBe('02020080');
    expect(hex(der.integer(Buffer.from([0])))).toBe('020100');
    expect(der.time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1')).toBe('\u0017\r491231235959Z');
    expect(der.time(Date.UTC(2050, 0, 1)).toString('latin1')).toBe('\u0018\u000f20500101000000Z');
  });

  it('writes long lengths in as many bytes as they need', () => {
    expect(hex(der.octets(Buffer.alloc(127)).subarray(0, 2))).toBe('047f');
    expect(hex(der.octets(Buffer.alloc(128)).subarray(0, 3))).toBe('048180');
    expect(hex(der.octets(Buffer.alloc(256)).subarray(0, 4))).toBe('04820100');
  });
});
