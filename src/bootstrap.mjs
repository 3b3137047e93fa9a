#!/usr/bin/env node
// The one file that any Node from 20 on must be able to run: it installs what the lockfile names when that is
// missing, and runs the rest under Node 24 (which strips types and carries SQLite), packaged as an npm dependency.
//
//   bootstrap.mjs ARGS          the orrery command
//   bootstrap.mjs :exec TOOL …  a development tool of this checkout (vitest, tsc, biome)
//   bootstrap.mjs :run FILE …   a script of this checkout
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fs.realpathSync(fileURLToPath(import.meta.url))));
// A package made by npm pack carries no lockfile; npm has installed what it needs.
const isCheckout = fs.existsSync(path.join(root, 'package-lock.json'));
const WANTED_MAJOR = 24;
const say = (line) => process.stderr.write(`orrery: ${line}\n`);

/** Whether node_modules already holds the versions that the lockfile names. */
function isInstalled() {
  const modules = path.join(root, 'node_modules');
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const stamp = path.join(modules, '.orrery-stamp');
  const digest = createHash('sha256').update(lock).digest('hex');
  const read = (file) => {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
  if (read(stamp) === digest) return true;
  // An install made by hand counts too; npm writes its hidden lockfile last, so half an install has none.
  const hidden = read(path.join(modules, '.package-lock.json'));
  if (hidden === undefined) return false;
  const wanted = JSON.parse(lock).packages;
  const have = JSON.parse(hidden).packages;
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.optional || entry.devOptional) continue;
    if (have[name]?.version !== entry.version) return false;
  }
  fs.writeFileSync(stamp, digest);
  return true;
}

/** Runs `npm ci` once, however many commands were started at the same moment. */
function install() {
  const name = `orrery-setup-${createHash('sha256').update(root).digest('hex').slice(0, 12)}.lock`;
  const lock = path.join(os.tmpdir(), name);
  const alive = (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return error.code === 'EPERM';
    }
  };
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let told = false; ; ) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      let holder = Number.NaN;
      try {
        holder = Number(fs.readFileSync(lock, 'utf8'));
      } catch {}
      if (holder > 0 && alive(holder)) {
        if (!told) say(`waiting for another orrery command (process ${holder}) to finish installing`);
        told = true;
        Atomics.wait(pause, 0, 0, 200);
      } else fs.rmSync(lock, { force: true });
    }
  }
  const unlock = () => fs.rmSync(lock, { force: true });
  process.once('exit', unlock);
  try {
    if (isInstalled()) return;
    say('installing packages from the lockfile (first run only, under a minute)');
    const started = Date.now();
    const windows = process.platform === 'win32';
    const result = spawnSync(
      windows ? 'npm.cmd' : 'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'],
      { cwd: root, stdio: ['ignore', 2, 2], shell: windows, env: { ...process.env, NODE_ENV: '' } },
    );
    if (result.error || result.status !== 0) {
      say(
        `npm ci failed${result.error ? ` (${result.error.message})` : ''}: the first run needs npm and its registry; try again, or run "npm ci" in ${root}`,
      );
      process.exit(1);
    }
    const digest = createHash('sha256')
      .update(fs.readFileSync(path.join(root, 'package-lock.json')))
      .digest('hex');
    fs.writeFileSync(path.join(root, 'node_modules', '.orrery-stamp'), digest);
    say(`packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  } finally {
    unlock();
    process.removeListener('exit', unlock);
  }
}

/** The path of a Node that can run the sources: this one when it is new enough, else the packaged one. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  const require = createRequire(path.join(root, 'package.json'));
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const binary = path.join(path.dirname(manifest), 'bin', platform === 'win' ? 'node.exe' : 'node');
      if (fs.existsSync(binary)) return binary;
    } catch {}
  }
  say(
    `Node ${WANTED_MAJOR} is needed; this is ${process.versions.node}, and no packaged Node exists for ${process.platform}-${process.arch}. Install Node ${WANTED_MAJOR} or newer and try again.`,
  );
  process.exit(1);
}

/** The script behind a development tool's command. */
function toolScript(tool) {
  const packages = { vitest: 'vitest', tsc: 'typescript', biome: '@biomejs/biome' };
  const folder = path.join(root, 'node_modules', packages[tool] ?? tool);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[tool]);
}

function commandLine(args) {
  if (isCheckout && args[0] === ':exec') return [toolScript(args[1]), ...args.slice(2)];
  if (isCheckout && args[0] === ':run') return [path.join(root, args[1]), ...args.slice(2)];
  return [path.join(root, isCheckout ? 'src/main.ts' : 'dist/src/main.js'), ...args];
}

if (isCheckout && !isInstalled()) install();
const isProduct = !process.argv[2]?.startsWith(':');
const cache = isCheckout
  ? path.join(root, 'node_modules', '.cache', 'orrery')
  : path.join(os.homedir(), '.cache', 'orrery', 'compiled');
const child = spawn(findNode(), ['--disable-warning=ExperimentalWarning', ...commandLine(process.argv.slice(2))], {
  stdio: isProduct ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit', // the channel tells the child when this process is killed
  env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  say(`cannot run ${child.spawnfile}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + (os.constants.signals[signal] ?? 0) : (code ?? 1));
});
