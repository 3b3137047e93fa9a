import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorTable, OrreryError } from '../../src/base/errors.ts';
import { errorsDocument } from '../../src/programs/errors-document.ts';
import { project } from '../support/world.ts';

describe('docs/errors.md', () => {
  it('lists every code of the table (npm run generate)', () => {
    const text = fs.readFileSync(path.join(project, 'docs/errors.md'), 'utf8');
    expect(text).toBe(errorsDocument());
    for (const code of Object.keys(errorTable)) expect(text).toContain(`\`${code}\``);
  });

  it('is of errors that fill in what they name, in one line', () => {
    for (const [code, { message, fix }] of Object.entries(errorTable)) {
      const names = [...`${message} ${fix}`.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      const values = Object.fromEntries(names.map((name) => [name, `<${name}>\nand more`]));
      const error = new OrreryError(code as keyof typeof errorTable, values);
      expect(error.message).not.toMatch(/[{}\n]/);
      for (const name of names) expect(error.message).toContain(`<${name}>`);
    }
  });
});
