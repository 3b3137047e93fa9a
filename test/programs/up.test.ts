import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive, type Spawned, spawned, until } from '../support/spawned.ts';
import { newPlace, programsOf, project } from '../support/world.ts';

/** `orrery up` as a process, without kubectl: where it puts things, and what it says when it cannot. */
const started: Spawned[] = [];
afterEach(async () => {
  for (const one of started) one.process.kill('SIGINT');
  await Promise.all(started.splice(0).map(({ ended }) => ended));
});

function start(place: ReturnType<typeof newPlace>, ...args: string[]): Spawned {
  const main = ['--disable-warning=ExperimentalWarning', path.join(project, 'src/main.ts'), 'up'];
  const up = spawned(process.execPath, [...main, '--data-dir', place.data, ...args], {
    cwd: place.home,
    env: place.env,
  });
  started.push(up);
  return up;
}

async function ready(up: Spawned) {
  return JSON.parse((await up.seen(/^\{"url".*\}$/m))[0]!) as { url: string; port: number; kubeconfig: string };
}

/** Something else that listens on a port. */
async function occupy(port = 0) {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

describe('orrery up', () => {
  it('keeps port and kubeconfig over restarts, and tells where it is as JSON', async () => {
    const place = newPlace();
    const first = start(place, '--port', '0', '-o', 'json');
    const { port, kubeconfig } = await ready(first);
    const before = fs.statSync(kubeconfig);
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const again = await ready(start(place, '-o', 'json'));
    expect(again.port).toBe(port);
    const after = fs.statSync(kubeconfig);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(JSON.parse(fs.readFileSync(kubeconfig, 'utf8'))['current-context']).toBe('orrery');
  });

  it('moves to another port when that of last time is taken, and says so', async () => {
    const place = newPlace();
    const first = start(place, '--port', '0', '-o', 'json');
    const { port } = await ready(first);
    first.process.kill('SIGTERM');
    await first.ended;
    const other = await occupy(port);
    const second = start(place, '-o', 'json');
    const moved = await ready(second);
    other.close();
    expect(moved.port).not.toBe(port);
    expect(second.err()).toContain(`port ${port} is in use: this is on ${moved.port}`);
    expect(fs.readFileSync(moved.kubeconfig, 'utf8')).toContain(`127.0.0.1:${moved.port}`);
  });

  it('fails when the port that was asked for is taken', async () => {
    const other = await occupy();
    const place = newPlace();
    const up = start(place, '--port', String(other.port));
    expect(await up.ended).toBe(1);
    other.close();
    expect(up.err()).toBe(
      `orrery: port ${other.port} on 127.0.0.1 is in use (stop what listens there, or choose another with --port)\n`,
    );
    expect(fs.existsSync(place.data)).toBe(false);
  });

  it('creates nothing when a file is not there', async () => {
    const place = newPlace();
    const up = start(place, '--port', '0', '-f', '/nofile');
    expect(await up.ended).toBe(1);
    expect(up.err()).toBe('orrery: cannot read /nofile: there is no such file (check the path)\n');
    expect(fs.existsSync(place.data)).toBe(false);
  });

  it('does not start a second time on the same data directory', async () => {
    const place = newPlace();
    const first = start(place, '--port', '0', '-o', 'json');
    await ready(first);
    const second = start(place, '--port', '0');
    expect(await second.ended).toBe(1);
    expect(second.err()).toContain(`another orrery (orrery up, process ${first.pid}, since `);
    expect(isAlive(first.pid)).toBe(true);
  });

  it('waits for one that is stopping, and takes over', async () => {
    const place = newPlace();
    const first = start(place, '--port', '0', '-o', 'json');
    const { port } = await ready(first);
    first.process.kill('SIGTERM');
    const second = start(place, '-o', 'json');
    expect((await ready(second)).port).toBe(port);
    expect(await first.ended).toBe(0);
  });

  it('is stopped while it starts, and leaves nothing running', async () => {
    const place = newPlace();
    const up = start(place, '--port', '0');
    await until(() => fs.existsSync(place.data) && 'apiserver' in programsOf(place));
    const programs = Object.values(programsOf(place));
    up.process.kill('SIGINT');
    expect(await up.ended).toBe(0);
    expect(programs.filter(isAlive)).toEqual([]);
    expect(up.err()).not.toContain('defect');
  });

  it('applies what comes on standard input', async () => {
    const place = newPlace();
    const up = start(place, '--port', '0', '-f', '-');
    up.process.stdin!.end('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: made-for-it}\n');
    await up.seen(/manifests +1 file: 1 created/);
    expect(up.err()).not.toContain('refused');
  });

  it.each([
    ['a: b: c\n', 'wrong.yaml:1: Nested mappings are not allowed'],
    ['kind: Host\n', 'wrong.yaml:1: apiVersion is missing'],
  ])('reads every file before anything is applied: %j', async (text, message) => {
    const place = newPlace();
    fs.writeFileSync(path.join(place.home, 'wrong.yaml'), text);
    const up = start(place, '--port', '0', '-f', 'wrong.yaml');
    expect(await up.ended).toBe(1);
    expect(up.err()).toContain(`orrery: ${message}`);
  });

  it('names file, line and field of what the server refuses, and runs on', async () => {
    const place = newPlace();
    const vm =
      'apiVersion: orrery.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: a}\nspec:\n  memory: {size: 1Gi}\n';
    fs.writeFileSync(path.join(place.home, 'lab.yaml'), `# a lab\n---\n${vm}  cpu:\n    count: -1\n`);
    const up = start(place, '--port', '0', '-f', 'lab.yaml');
    await up.seen('ctrl-C stops it');
    expect(up.err()).toMatch(/lab\.yaml:9: VirtualMachine a: spec\.cpu\.count: Invalid value/);
    // What was refused stands below, with its line and field; a tick would say that all is well.
    expect(up.err()).toMatch(/✗ manifests +1 file: 1 refused[\s\S]*\.yaml:\d+: .*spec\./);
  });

  it.each([
    ['apiserver.db', 'garbage', 'is not an Orrery database'],
    ['apiserver.db', `SQLite format 3\0${'garbage'.repeat(2000)}`, 'database'],
  ])('says what is wrong with a broken %s in one line', async (file, content, message) => {
    const place = newPlace();
    fs.mkdirSync(place.data);
    fs.writeFileSync(path.join(place.data, file), content);
    const up = start(place, '--port', '0');
    expect(await up.ended).toBe(1);
    const last = up.err().trim().split('\n').at(-1)!;
    expect(last).toContain(`orrery: `);
    expect(last).toContain(path.join(place.data, file));
    expect(last).toContain(message);
    expect(fs.readFileSync(path.join(place.data, file), 'utf8')).toBe(content);
  });
});
