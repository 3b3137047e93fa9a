import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, type Spawned, spawned } from '../../support/spawned.ts';
import { newPlace, type Place, Server } from './server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = 'application/merge-patch+json';
const map = (name: string, text = '') => ({ metadata: { name }, data: { text } });

/** Why system calls cannot be watched here, or undefined. */
function noStrace(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  if (!folders.some((folder) => fs.existsSync(path.join(folder, 'strace')))) return 'strace is not on the path';
  const scope = '/proc/sys/kernel/yama/ptrace_scope';
  const isRestricted = fs.existsSync(scope) && fs.readFileSync(scope, 'utf8').trim() !== '0';
  return isRestricted && process.getuid!() !== 0 ? 'strace may not attach to other processes here' : undefined;
}

const reason = noStrace();

/** Attaches to a server's threads; resolves when it has. */
async function traced(server: Server, ...flags: string[]): Promise<Spawned> {
  const strace = spawned('strace', ['-f', '-y', ...flags, '-p', String(server.process.pid)]);
  await strace.seen(/attached/);
  return strace;
}

async function detach(strace: Spawned): Promise<void> {
  strace.process.kill('SIGINT');
  await strace.ended;
}

describe('the disk of an API server', () => {
  let place: Place;
  let server: Server;
  beforeAll(async () => {
    place = newPlace();
    server = await Server.start(place);
    await server.ask('POST', MAPS, map('first'));
  });
  afterAll(async () => {
    await server.stop();
    place.remove();
  });

  it('has every write before it is answered', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const log = path.join(place.home, 'trace');
    const strace = await traced(server, '-e', 'trace=fsync,fdatasync,write,writev,sendto,sendmsg', '-o', log);
    const answers: number[] = [];
    for (let i = 0; i < 10; i++) {
      answers.push((await server.ask('POST', MAPS, map(`made-${i}`))).code);
      answers.push((await server.ask('PATCH', `${MAPS}/made-${i}`, { data: { i: String(i) } }, MERGE)).code);
      answers.push((await server.ask('DELETE', `${MAPS}/made-${i}`)).code);
    }
    await detach(strace);
    expect(answers).toEqual(Array.from({ length: 10 }, () => [201, 200, 200]).flat());
    // One line per call in the order of their ends; the server answers one request after the other here.
    const calls = fs.readFileSync(log, 'utf8').split('\n');
    let synced = 0;
    const before: number[] = [];
    for (const call of calls) {
      if (/(?:fsync|fdatasync)(\(.*-wal>\)| resumed>\)) += 0/.test(call)) synced++;
      if (/(write|writev|sendto|sendmsg)\(\d+<(TCP|socket)/.test(call)) {
        before.push(synced);
        synced = 0;
      }
    }
    expect(before).toHaveLength(answers.length);
    expect(Math.min(...before)).toBeGreaterThan(0);
  });

  it('that cannot keep what it is given lets no write succeed, and reads go on', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const strace = await traced(
      server,
      '-e',
      'trace=fsync,fdatasync',
      '-e',
      'inject=fsync,fdatasync:error=EIO',
      '-o',
      '/dev/null',
    );
    for (let i = 0; i < 5; i++) {
      const writes = [
        await server.ask('POST', MAPS, map(`lost-${i}`)),
        await server.ask('PATCH', `${MAPS}/first`, { data: { i: String(i) } }, MERGE),
        await server.ask('DELETE', `${MAPS}/first`),
      ];
      expect(writes.map(({ code, body }) => [code, body.kind])).toEqual(writes.map(() => [500, 'Status']));
      expect((await server.ask('GET', `${MAPS}/first`)).body.data).toEqual({ text: '' });
      expect((await server.ask('GET', `${MAPS}/lost-${i}`)).code).toBe(404);
    }
    await detach(strace);
    expect((await server.ask('POST', MAPS, map('later'))).code).toBe(201);
  });
});

describe('a disk that is full', () => {
  it('refuses writes with a Status; reads go on, and what was acknowledged stays', async () => {
    const place = newPlace();
    await (await Server.start(place)).stop();
    // 512 or 1024 bytes each, as the shell has it: the log stops growing at a few hundred KiB.
    const server = await Server.start(place, '-f 600');
    const kept: string[] = [];
    let refused: Awaited<ReturnType<Server['ask']>> | undefined;
    for (let i = 0; i < 40 && refused === undefined; i++) {
      const answer = await server.ask('POST', MAPS, map(`big-${i}`, 'x'.repeat(100_000)));
      if (answer.code === 201) kept.push(`big-${i}`);
      else refused = answer;
    }
    expect(kept.length).toBeGreaterThan(0);
    expect(refused).toMatchObject({ code: 500, body: { kind: 'Status', reason: 'InternalError' } });
    expect(refused!.body.message).toContain('no space left');
    const names = async (of: Server) => (await of.ask('GET', MAPS)).body.items!.map(({ metadata }) => metadata!.name!);
    expect(await names(server)).toEqual([...kept, 'kube-root-ca.crt'].sort());
    await server.kill();
    const again = await Server.start(place);
    expect(await names(again)).toEqual([...kept, 'kube-root-ca.crt'].sort());
    expect((await again.ask('POST', MAPS, map('after'))).code).toBe(201);
    await again.stop();
    expect(childrenOf(process.pid)).not.toContain(server.process.pid);
    place.remove();
  });
});
