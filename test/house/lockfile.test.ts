import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './sources.ts';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const packages = read('package-lock.json').packages as Record<string, Entry>;

/** What `npm ci` on a fresh machine refuses, or would fetch unseen. */
describe('the lockfile', () => {
  it('has every optional package that an entry names, or npm ci refuses all of it', () => {
    // A registry that lacks some platforms' packages leaves them out without a word when the lockfile is written: take
    // their names out of the entry that asks for them.
    const known = new Set(Object.keys(packages).map((name) => name.split('node_modules/').at(-1)));
    const missing = Object.entries(packages).flatMap(([name, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).flatMap((wanted) => (known.has(wanted) ? [] : [`${wanted}, for ${name}`])),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry and has the integrity of everything', () => {
    expect(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
    const bare = Object.entries(packages).filter(([name, { integrity }]) => name !== '' && integrity === undefined);
    expect(bare).toEqual([]);
  });

  it('is of the same versions as package.json', () => {
    const { dependencies, devDependencies, optionalDependencies } = read('package.json');
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
  });
});
