import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive, spawned, until } from '../support/spawned.ts';

const project = path.resolve(import.meta.dirname, '../..');

/** A Node below 24 on the path, which is what the bootstrap is for. npm puts the packaged one before it. */
function olderNode(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, 'node');
    if (folder.includes('node_modules') || !fs.existsSync(file)) continue;
    const version = execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    if (Number(version.split('.')[0]) < 24) return file;
  }
  return undefined;
}

const older = olderNode();
const nodes = [
  { name: 'an older Node', file: older },
  { name: 'Node 24', file: process.execPath },
];

const lock = JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/thing': { version: '1.0.0' } } });

/**
 * A checkout with the real bootstrap, a main program that says how it was run, and an npm of which every call is
 * counted: it takes `npmSeconds`, then puts in place what the real one would, or fails where the folder says so.
 */
function checkout({ npmSeconds = 0.05, installed = false } = {}) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery bootstrap '));
  const root = path.join(home, 'a checkout');
  const bin = path.join(home, 'bin');
  for (const folder of [bin, path.join(root, 'src')]) fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(project, 'src/bootstrap.mjs'), path.join(root, 'src/bootstrap.mjs'));
  fs.writeFileSync(path.join(root, 'package.json'), '{"name":"orrery","version":"0.1.0","type":"module"}');
  fs.writeFileSync(path.join(root, 'package-lock.json'), lock);
  fs.writeFileSync(path.join(root, 'src/main.ts'), mainText);
  const platformNode = `node_modules/node-${process.platform}-${process.arch}`;
  const npm = `#!/bin/sh
echo "$@" >> '${home}/npm-calls'
if [ -e '${home}/registry-is-down' ]; then echo 'npm error network' >&2; exit 1; fi
mkdir -p '${platformNode}/bin'
sleep ${npmSeconds}
ln -sf '${process.execPath}' '${platformNode}/bin/node'
echo '{}' > '${platformNode}/package.json'
cp package-lock.json node_modules/.package-lock.json
`;
  fs.writeFileSync(path.join(bin, 'npm'), npm, { mode: 0o755 });
  if (installed) {
    const node = path.join(root, platformNode);
    fs.mkdirSync(path.join(node, 'bin'), { recursive: true });
    fs.symlinkSync(process.execPath, path.join(node, 'bin/node'));
    fs.writeFileSync(path.join(node, 'package.json'), '{}');
    fs.writeFileSync(path.join(root, 'node_modules/.package-lock.json'), lock);
  }
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}`, npm_execpath: '' };
  const calls = () => {
    const file = path.join(home, 'npm-calls');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const start = (args: string[], node = older ?? process.execPath, script = path.join(root, 'src/bootstrap.mjs')) =>
    spawned(node, [script, ...args], { env, cwd: home });
  return { home, root, start, calls, env, lockFile: path.join(root, '.orrery-setup.lock') };
}

const mainText = `
const how: object = { pid: process.pid, parent: process.ppid, args: process.argv.slice(2), node: process.versions.node };
const [what, value] = process.argv.slice(2);
if (what === 'warn') await import('node:sqlite').then(({ DatabaseSync }) => new DatabaseSync(':memory:').close());
if (what === 'stay') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.stdout.write('got ' + signal + '\\n'));
  process.on('disconnect', () => process.exit(9));
  setTimeout(() => process.exit(5), 15_000);
}
process.stdout.write(JSON.stringify(how) + '\\n');
if (what === 'exit') process.exit(Number(value));
`;

const how = (out: string) => JSON.parse(out.split('\n')[0]!) as { pid: number; parent: number; args: string[] };

describe('the first start', () => {
  it('installs from the lockfile, says so in a line per step, and runs', async () => {
    const { start, calls, root } = checkout();
    const first = start(['crds', '-o', 'json']);
    expect(await first.ended).toBe(0);
    expect(how(first.out()).args).toEqual(['crds', '-o', 'json']);
    expect(first.err()).toMatch(
      /^orrery: installing packages from the lockfile \(first run only, under a minute\)\norrery: packages installed in \d+ s\n$/,
    );
    expect(calls()).toEqual([expect.stringMatching(/^ci --prefer-offline/)]);
    const second = start([]);
    expect(await second.ended).toBe(0);
    expect(second.err()).toBe('');
    expect(calls()).toHaveLength(1);
    expect(fs.readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('installs once when several come at the same moment', async () => {
    const { start, calls } = checkout({ npmSeconds: 0.5 });
    const all = Array.from({ length: 4 }, (_, i) => start(['exit', String(i)]));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 1, 2, 3]);
    expect(calls()).toHaveLength(1);
    const told = all.map(({ err }) => err()).join('');
    expect(told.match(/installing packages/g)).toHaveLength(1);
    expect(told).toMatch(/waiting for another orrery command \(process \d+\) to finish installing/);
  });

  it('can fail, says what to do, and is made good by the next', async () => {
    const { start, home, lockFile } = checkout();
    fs.writeFileSync(path.join(home, 'registry-is-down'), '');
    const first = start([]);
    expect(await first.ended).toBe(1);
    expect(first.err()).toMatch(
      /orrery: npm ci failed \(exit code 1\): the first run needs npm .* run "npm ci" in .*a checkout\n$/,
    );
    expect(fs.existsSync(lockFile)).toBe(false);
    fs.rmSync(path.join(home, 'registry-is-down'));
    expect(await start([]).ended).toBe(0);
  });

  it('can be interrupted, and is made good by the next', async () => {
    const { start, lockFile, calls } = checkout({ npmSeconds: 0.4 });
    const first = start([]);
    await first.seen('installing');
    await until(() => calls().length === 1);
    first.process.kill('SIGINT');
    expect(await first.ended).toBe(130);
    expect(first.err()).toContain('stopped while installing');
    expect(fs.existsSync(lockFile)).toBe(false);
    expect(await start([]).ended).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('waits for the npm of one that was killed, and takes what that installed', async () => {
    const { start, calls, lockFile } = checkout({ npmSeconds: 1 });
    const first = start([]);
    await until(() => fs.existsSync(lockFile) && fs.readFileSync(lockFile, 'utf8').includes('npm'));
    first.process.kill('SIGKILL');
    await until(() => !isAlive(first.pid));
    const second = start([]);
    expect(await second.ended).toBe(0);
    expect(second.err()).toContain('waiting for another');
    expect(calls()).toHaveLength(1);
  });

  it('is not kept waiting by the lock of a dead process', async () => {
    const { start, lockFile } = checkout();
    const dead = spawned(process.execPath, ['-e', '']);
    await dead.ended;
    fs.writeFileSync(lockFile, JSON.stringify({ host: os.hostname(), pid: dead.pid }));
    const first = start([]);
    expect(await first.ended).toBe(0);
    expect(first.err()).not.toContain('waiting');
  });

  it('is not kept waiting by a lock that nobody has touched for long, from wherever it came', async () => {
    const { start, lockFile } = checkout();
    fs.writeFileSync(lockFile, JSON.stringify({ host: 'another-machine', pid: 1 }));
    fs.utimesSync(lockFile, new Date(0), new Date(0));
    expect(await start([]).ended).toBe(0);
  });

  it('says so when there is no npm', async () => {
    const { start, env } = checkout();
    env.PATH = '/nowhere';
    const first = start([]);
    expect(await first.ended).toBe(1);
    expect(first.err()).toMatch(
      /orrery: cannot run npm \(spawn npm ENOENT\): the first run needs npm and its registry/,
    );
  });
});

describe('an installed checkout', () => {
  it('counts as installed when npm ci was typed by hand, also where nothing can be written', async () => {
    const { start, calls, root } = checkout({ installed: true });
    fs.mkdirSync(path.join(root, 'node_modules/.orrery-installed/x'), { recursive: true }); // cannot become a file
    expect(await start([]).ended).toBe(0);
    expect(calls()).toEqual([]);
  });

  it('is installed anew when the lockfile names other versions', async () => {
    const { start, calls, root } = checkout({ installed: true });
    fs.writeFileSync(path.join(root, 'package-lock.json'), lock.replace('1.0.0', '1.0.1'));
    expect(await start([]).ended).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('is installed anew when an install was cut off', async () => {
    const { start, calls, root } = checkout({ installed: true });
    fs.rmSync(path.join(root, 'node_modules/.package-lock.json'));
    expect(await start([]).ended).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('runs its development tools and scripts', async () => {
    const { start, root, home } = checkout({ installed: true });
    const tool = path.join(root, 'node_modules/vitest');
    fs.mkdirSync(tool);
    fs.writeFileSync(path.join(tool, 'package.json'), '{"bin":{"vitest":"./run.mjs"}}');
    fs.writeFileSync(path.join(tool, 'run.mjs'), 'console.log("tool", ...process.argv.slice(2))');
    const ran = start([':exec', 'vitest', 'run', 'a b']);
    expect(await ran.ended).toBe(0);
    expect(ran.out()).toBe('tool run a b\n');
    fs.writeFileSync(path.join(root, 'script.ts'), 'const x: string = "script"; console.log(x, process.argv[2]);');
    const script = start([':run', 'script.ts', 'one']);
    expect(await script.ended).toBe(0);
    expect(script.out()).toBe('script one\n');
    expect(fs.existsSync(path.join(home, 'script.ts'))).toBe(false);
  });
});

describe.each(nodes)('under $name', ({ file }) => {
  const ready = (skip: (note: string) => void) => {
    if (file === undefined) skip('no Node below 24 is on the path');
    const made = checkout({ installed: true });
    return { ...made, start: (args: string[], script?: string) => made.start(args, file, script) };
  };

  it('hands on arguments and the exit code, and says nothing of its own', async ({ skip }) => {
    const { start } = ready(skip);
    const run = start(['exit', '7', 'a b', '--x=$y', '']);
    expect(await run.ended).toBe(7);
    expect(how(run.out()).args).toEqual(['exit', '7', 'a b', '--x=$y', '']);
    expect(run.err()).toBe('');
  });

  it('hides the warnings of what Node calls experimental', async ({ skip }) => {
    const { start } = ready(skip);
    const run = start(['warn']);
    expect(await run.ended).toBe(0);
    expect(run.err()).toBe('');
  });

  it('can be called through a link, as npx does', async ({ skip }) => {
    const { start, home, root } = ready(skip);
    const link = path.join(home, 'bin/orrery');
    fs.symlinkSync(path.join(root, 'src/bootstrap.mjs'), link);
    const run = start(['exit', '3'], link);
    expect(await run.ended).toBe(3);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('hands on %s exactly once', async (signal) => {
    const { start } = ready(() => {});
    if (file === undefined) return expect(older).toBeUndefined();
    const run = start(['stay']);
    await run.seen('"pid"');
    run.process.kill(signal);
    await run.seen(`got ${signal}`);
    // Whatever else was sent would have come before the answer to this.
    run.process.kill(signal === 'SIGHUP' ? 'SIGTERM' : 'SIGHUP');
    await run.seen(signal === 'SIGHUP' ? 'got SIGTERM' : 'got SIGHUP');
    expect(run.out().match(new RegExp(`got ${signal}`, 'g'))).toHaveLength(1);
    process.kill(how(run.out()).pid, 'SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
  });

  it('is told to end when the shell is gone in which npm ran it', async ({ skip }) => {
    const { root, env } = ready(skip);
    const line = `'${file}' '${path.join(root, 'src/bootstrap.mjs')}' stay; true`;
    const shell = spawned('sh', ['-c', line], { env: { ...env, npm_lifecycle_event: 'start' } });
    await shell.seen('"pid"');
    shell.process.kill('SIGKILL');
    await until(() => shell.out().includes('got SIGTERM'));
    const { pid } = how(shell.out());
    expect(isAlive(pid)).toBe(true); // it is asked, and decides itself
    process.kill(pid, 'SIGKILL');
  });

  it('ends everything when it is killed', async ({ skip }) => {
    const { start } = ready(skip);
    const run = start(['stay']);
    await run.seen('"pid"');
    run.process.kill('SIGKILL');
    const { pid } = how(run.out());
    await until(() => !isAlive(pid));
    expect(isAlive(pid)).toBe(false);
  });
});

describe('Node 24 itself', () => {
  it('needs no second process', async () => {
    const { start } = checkout({ installed: true });
    const run = start(['exit', '0'], process.execPath);
    await run.ended;
    expect(how(run.out()).pid).toBe(run.pid);
  });
});
