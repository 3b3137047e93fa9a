/**
 * `npm run generate`: writes what is made from the schemas and from the racks' seed (crds/, docs/reference.md), and from the table of
 * errors (docs/errors.md).
 * `npm run generate -- --check` writes nothing, and fails when a file is not what it would write.
 */
import fs from 'node:fs';
import path from 'node:path';
import { generatedFiles } from '../api/generated-files.ts';
import { errorsDocument } from './errors-document.ts';

const root = path.resolve(import.meta.dirname, '../..');
const check = process.argv.includes('--check');

/** Files in a folder of generated files that nothing makes any more. */
function strays(files: ReadonlyMap<string, string>): string[] {
  const there = fs.readdirSync(path.join(root, 'crds')).map((name) => `crds/${name}`);
  return there.filter((file) => !files.has(file));
}

const files = generatedFiles().set('docs/errors.md', errorsDocument());
const read = (file: string) => {
  const full = path.join(root, file);
  return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : undefined;
};
const changed = [...files].filter(([file, text]) => read(file) !== text);
const gone = strays(files);

if (check && changed.length + gone.length > 0) {
  for (const [file] of changed) process.stderr.write(`${file} is not what the sources say\n`);
  for (const file of gone) process.stderr.write(`${file} is made by nothing\n`);
  process.stderr.write('run: npm run generate\n');
  process.exitCode = 1;
} else if (!check) {
  for (const [file, text] of changed) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
  for (const file of gone) {
    fs.rmSync(path.join(root, file));
    process.stdout.write(`removed ${file}\n`);
  }
}
