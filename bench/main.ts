/**
 * Runs the benches of this folder, each in a process of its own, one after the other:
 *
 *     npm run bench                 all of them
 *     npm run bench -- start credit those
 *     npm run bench -- --list       what there is
 *
 * A bench is a file here that prints its figures and ends; its first comment says what it measures. What benches share
 * lies in support/.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nearest } from '../src/base/nearest.ts';

/** Programs for benches, which do not end by themselves. */
const helpers = new Set(['main', 'serve']);

const names = fs
  .readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'))
  .filter((name) => !helpers.has(name))
  .sort();

/** The first sentence of a file's first comment. */
function purposeOf(name: string): string {
  const text = fs.readFileSync(path.join(import.meta.dirname, `${name}.ts`), 'utf8');
  const comment = /\/\*+([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  const words = comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?[.:](?= |$)/.exec(words)?.[0].replace(/:$/, '.') ?? words;
}

function main(args: readonly string[]): number {
  if (args.includes('--list') || args.includes('--help')) {
    for (const name of names) console.log(`${name.padEnd(20)} ${purposeOf(name)}`);
    return 0;
  }
  for (const name of args) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    console.error(`there is no bench ${name}${meant === undefined ? '' : `; did you mean ${meant}?`} (see --list)`);
    return 2;
  }
  const load = os.loadavg()[0]!.toFixed(1);
  console.log(`node ${process.versions.node}, ${os.cpus().length} x ${os.cpus()[0]?.model}, load ${load}`);
  let failed = 0;
  for (const name of args.length > 0 ? args : names) {
    console.log(`\n== ${name}: ${purposeOf(name)}`);
    const file = path.join(import.meta.dirname, `${name}.ts`);
    const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: 'inherit',
    });
    if (status !== 0) failed++;
  }
  return failed > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
