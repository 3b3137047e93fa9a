#!/usr/bin/env node
// The one file that any Node from 20 on must be able to run: it installs what the lockfile names when that is
// missing, and runs the rest under Node 24 (which strips types and carries SQLite), packaged as an npm dependency.
//
//   bootstrap.mjs ARGS          the orrery command
//   bootstrap.mjs :exec TOOL …  a development tool of this checkout (vitest, tsc, biome)
//   bootstrap.mjs :run FILE …   a script of this checkout
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fs.realpathSync(fileURLToPath(import.meta.url))));
const lockfile = path.join(root, 'package-lock.json');
const modules = path.join(root, 'node_modules');
// A package made by npm pack carries no lockfile; npm has installed what it needs.
const isCheckout = fs.existsSync(lockfile);
const WANTED_MAJOR = 24;
const PARENT_LOOK_MS = 250;
const say = (line) => process.stderr.write(`orrery: ${line}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class SetupError extends Error {}

function readOrNothing(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

// ---- What is installed -------------------------------------------------------------------------------------------

const stamp = path.join(modules, '.orrery-installed');

/** Whether node_modules holds the versions that the lockfile names. The stamp is a copy of the lockfile. */
function isInstalled() {
  const lock = fs.readFileSync(lockfile, 'utf8');
  if (readOrNothing(stamp) === lock) return true;
  // An install made by hand counts too; npm writes its hidden lockfile last, so half an install has none.
  const hidden = readOrNothing(path.join(modules, '.package-lock.json'));
  if (hidden === undefined) return false;
  const have = JSON.parse(hidden).packages;
  for (const [name, entry] of Object.entries(JSON.parse(lock).packages)) {
    if (name === '' || entry.optional || entry.devOptional) continue;
    if (have[name]?.version !== entry.version) return false;
  }
  writeStamp(lock);
  return true;
}

function writeStamp(lock) {
  try {
    fs.writeFileSync(stamp, lock);
  } catch {
    // A read-only checkout is looked through each time, which takes 2 ms.
  }
}

// ---- One install at a time ---------------------------------------------------------------------------------------

const setupLock = path.join(root, '.orrery-setup.lock');
const BEAT_MS = 1000;
/** A holder whose lock has not been touched for so long is gone, whatever machine or container it ran on. */
const STALE_MS = 15_000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The holder of the lock, or undefined when there is none that lives. A killed one's npm may still be at it. */
function holderOf(file) {
  try {
    const holder = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (Date.now() - fs.statSync(file).mtimeMs > STALE_MS) {
      return holder.host === os.hostname() && holder.npm && isAlive(holder.npm) ? holder : undefined;
    }
    if (holder.host !== os.hostname()) return holder;
    return isAlive(holder.pid) || (holder.npm && isAlive(holder.npm)) ? holder : undefined;
  } catch (error) {
    // Just gone, or just being written.
    return error.code === 'ENOENT' ? undefined : { pid: 'unknown' };
  }
}

function tryLock(file) {
  try {
    fs.writeFileSync(file, JSON.stringify({ host: os.hostname(), pid: process.pid }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new SetupError(`cannot install into ${root}: ${error.message}`);
  }
}

/** Removes a dead holder's lock. Only one process at a time looks and removes, or it might remove a new holder's. */
function breakLock() {
  const guard = `${setupLock}.break`;
  if (!tryLock(guard)) {
    if (Date.now() - (fs.statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > STALE_MS) {
      fs.rmSync(guard, { force: true });
    }
    return;
  }
  try {
    if (holderOf(setupLock) === undefined) fs.rmSync(setupLock, { force: true });
  } finally {
    fs.rmSync(guard, { force: true });
  }
}

async function withLock(act) {
  for (let told = false; !tryLock(setupLock); await pause(100)) {
    const holder = holderOf(setupLock);
    if (holder === undefined) breakLock();
    else if (!told) {
      told = true;
      say(`waiting for another orrery command (process ${holder.pid}) to finish installing`);
    }
  }
  const beat = setInterval(() => fs.utimesSync(setupLock, new Date(), new Date()), BEAT_MS);
  const unlock = () => fs.rmSync(setupLock, { force: true });
  process.once('exit', unlock);
  try {
    await act();
  } finally {
    clearInterval(beat);
    process.removeListener('exit', unlock);
    unlock();
  }
}

/** Runs `npm ci`, once, however many commands were started at the same moment. */
async function install() {
  await withLock(async () => {
    if (isInstalled()) return;
    say('installing packages from the lockfile (first run only, under a minute)');
    const started = Date.now();
    await npmCi();
    writeStamp(fs.readFileSync(lockfile, 'utf8'));
    say(`packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  });
}

function npmCi() {
  const windows = process.platform === 'win32';
  const { npm_execpath: runningNpm = '' } = process.env;
  const [file, ...first] = runningNpm.endsWith('npm-cli.js')
    ? [process.execPath, runningNpm]
    : [windows ? 'npm.cmd' : 'npm'];
  const args = [
    ...first,
    'ci',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--engine-strict=false',
  ];
  const env = { ...process.env, NODE_ENV: '' }; // the packages for development are wanted, whatever it says
  const npm = spawn(file, args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows && first.length === 0, env });
  if (npm.pid) fs.writeFileSync(setupLock, JSON.stringify({ host: os.hostname(), pid: process.pid, npm: npm.pid }));
  let stopped;
  const stop = (signal) => {
    stopped = signal;
    npm.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const help = `the first run needs npm and its registry; try again, or run "npm ci" in ${root}`;
  return new Promise((resolve, reject) => {
    npm.on('error', (error) => reject(new SetupError(`cannot run npm (${error.message}): ${help}`)));
    npm.on('close', (code, signal) => {
      for (const name of signals) process.removeListener(name, stop);
      if (stopped) {
        say('stopped while installing; the next start does it again');
        process.exitCode = 128 + os.constants.signals[stopped];
        reject(new SetupError());
      } else if (code === 0) resolve();
      else reject(new SetupError(`npm ci failed (${signal ?? `exit code ${code}`}): ${help}`));
    });
  });
}

// ---- What is run -------------------------------------------------------------------------------------------------

const isNewEnough = Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR;

/** The path of a Node that can run the sources: this one when it is new enough, else the packaged one. */
function findNode() {
  if (isNewEnough) return process.execPath;
  const require = module.createRequire(path.join(root, 'package.json'));
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const binary = path.join(path.dirname(manifest), 'bin', platform === 'win' ? 'node.exe' : 'node');
      if (fs.existsSync(binary)) return binary;
    } catch {
      // not for this machine
    }
  }
  throw new SetupError(
    `Node ${WANTED_MAJOR} is needed; this is ${process.versions.node}, and its packaged Node is not installed for ` +
      `${process.platform}-${process.arch} (npm --omit=optional leaves it out). Install Node ${WANTED_MAJOR} or newer and try again.`,
  );
}

/** The script behind a development tool's command. */
function toolScript(tool) {
  const packages = { vitest: 'vitest', tsc: 'typescript', biome: '@biomejs/biome' };
  const folder = path.join(modules, packages[tool] ?? tool);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[tool]);
}

function commandLine(args) {
  if (isCheckout && args[0] === ':exec') return [toolScript(args[1]), ...args.slice(2)];
  if (isCheckout && args[0] === ':run') return [path.resolve(root, args[1]), ...args.slice(2)];
  return [path.join(root, isCheckout ? 'src/main.ts' : 'dist/src/main.js'), ...args];
}

function cacheFolder() {
  if (process.env.NODE_COMPILE_CACHE) return process.env.NODE_COMPILE_CACHE;
  if (isCheckout) return path.join(modules, '.cache', 'orrery');
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'orrery', 'compiled');
}

/**
 * npm runs a script in a shell, and hands a signal that it gets alone to that shell, which dies of it and tells nobody.
 * So whoever was started by npm ends with its parent.
 */
function endWithNpm(end) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, PARENT_LOOK_MS);
  timer.unref();
}

/** Where Node is new enough already, no second process is needed. */
async function runHere([script, ...args]) {
  process.env.NODE_COMPILE_CACHE = cacheFolder(); // for the programs that it starts
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  process.argv = [process.execPath, script, ...args];
  endWithNpm(() => process.kill(process.pid, 'SIGTERM'));
  await import(pathToFileURL(script).href);
}

function runBeside(command, isProduct) {
  const child = spawn(findNode(), ['--disable-warning=ExperimentalWarning', ...command], {
    // The channel is how the product notices that this process was killed.
    stdio: isProduct ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: cacheFolder() },
  });
  endWithNpm(() => child.kill('SIGTERM'));
  // The terminal sends ctrl-C to every process of its group, so a tool has its own already. The product takes the two
  // for one, and must hear of it where only this process was meant.
  const isCtrlC = !isProduct && [0, 1, 2].some((descriptor) => isTerminal(descriptor));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => (signal === 'SIGINT' && isCtrlC) || child.kill(signal));
  child.on('error', (error) => {
    say(`cannot run ${child.spawnfile}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Ends as the child did, so that whoever waits for this process sees the same.
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + (os.constants.signals[signal] ?? 0)), 100);
  });
}

function isTerminal(descriptor) {
  return [process.stdin, process.stdout, process.stderr][descriptor].isTTY === true;
}

try {
  if (isCheckout && !isInstalled()) await install();
  const args = process.argv.slice(2);
  const isProduct = !args[0]?.startsWith(':');
  if (isProduct && isNewEnough) await runHere(commandLine(args));
  else runBeside(commandLine(args), isProduct);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  if (error.message) say(error.message);
  process.exitCode ||= 1;
}
