import fs from 'node:fs';
import path from 'node:path';
import { packageFolder } from './package.ts';

/** The text of every file in crds/, one definition each, in the order of their names. */
export function definitionTexts(folder: string = path.join(packageFolder(), 'crds')): string[] {
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  if (files.length === 0) throw new Error(`${folder} holds no definition; in a checkout: npm run generate`);
  return files.sort().map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
}
