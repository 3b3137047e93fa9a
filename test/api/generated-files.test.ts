import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { generatedFiles } from '../../src/api/generated-files.ts';
import { definitions } from '../../src/api/kinds.ts';
import { root } from '../house/sources.ts';

const files = generatedFiles();

describe('generated files', () => {
  it('are what the sources say (else: npm run generate)', () => {
    const stale = [...files].filter(([file, text]) => fs.readFileSync(path.join(root, file), 'utf8') !== text);
    expect(stale.map(([file]) => file)).toEqual([]);
    const there = fs.readdirSync(path.join(root, 'crds')).map((file) => `crds/${file}`);
    expect(there.sort()).toEqual([...files.keys()].filter((file) => file.startsWith('crds/')).sort());
  });

  it('are the same whenever they are made', () => {
    expect([...generatedFiles()]).toEqual([...files]);
  });

  it('read the same in YAML 1.1, as kubectl does, and 1.2', () => {
    for (const definition of definitions) {
      const text = files.get(`crds/orrery.dev_${definition.type.plural}.yaml`)!;
      const wanted = JSON.parse(JSON.stringify(customResourceDefinition(definition)));
      expect(parse(text, { version: '1.1' })).toEqual(wanted);
      expect(parse(text, { version: '1.2' })).toEqual(wanted);
    }
  });

  it('tell in the reference of every kind and its fields', () => {
    const text = files.get('docs/reference.md')!;
    for (const { type } of definitions) expect(text).toContain(`\n## ${type.kind}\n`);
    expect(text).toContain('| `spec.cpu.shares` |');
    expect(text).toContain('| `status.rounds[].sent` | quantity | migration |');
    expect(text).not.toContain('undefined');
  });
});
