import fs from 'node:fs';
import path from 'node:path';

/** The folder of package.json, whether this file runs from src/ or, packed, from dist/src/. */
export function packageFolder(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
    if (path.dirname(folder) === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
  }
}

/** The version in package.json. */
export function packageVersion(): string {
  return JSON.parse(fs.readFileSync(path.join(packageFolder(), 'package.json'), 'utf8')).version;
}
