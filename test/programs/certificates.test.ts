import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificatesIn } from '../../src/programs/certificates.ts';
import { DataFolder } from '../../src/programs/data-folder.ts';

const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const names = ['127.0.0.1', '::1', 'localhost'];
const newFolder = () => DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-certificates-')));

describe('certificates', () => {
  it('are an authority, and a server certificate that it signed for every name', async () => {
    const made = await certificatesIn(newFolder(), names, NOW);
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
    const made = await certificatesIn(newFolder(), names, Date.now());
    const other = await certificatesIn(newFolder(), names, Date.now());
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

  it('stay as long as they are good', async () => {
    const folder = newFolder();
    const first = await certificatesIn(folder, names, NOW);
    expect(await certificatesIn(folder, names, NOW + 300 * DAY)).toEqual(first);
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
  ])('are made anew under the same authority when they %s', async (_, again) => {
    const folder = newFolder();
    const first = await certificatesIn(folder, names, NOW);
    const second = await again(folder);
    expect(second.authority).toBe(first.authority);
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(first.authority).publicKey)).toBe(true);
  });

  it('are all made anew when the authority is lost', async () => {
    const folder = newFolder();
    const first = await certificatesIn(folder, names, NOW);
    folder.remove('ca.key');
    const second = await certificatesIn(folder, names, NOW);
    expect(second.authority).not.toBe(first.authority);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(second.authority).publicKey)).toBe(true);
  });
});
