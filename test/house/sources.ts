import fs from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly file: string;
  readonly text: string;
  /** Relative imports as project paths; packages as they are written. */
  readonly imports: readonly string[];
}

/** Every TypeScript file below the folders, with what it imports. */
export function sourcesIn(...folders: string[]): Source[] {
  const sources: Source[] = [];
  const visit = (folder: string) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) visit(full);
      else if (entry.name.endsWith('.ts')) sources.push(read(full));
    }
  };
  for (const folder of folders) visit(path.join(root, folder));
  return sources;
}

function read(full: string): Source {
  const text = fs.readFileSync(full, 'utf8');
  const imports: string[] = [];
  for (const match of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)) {
    const specifier = match[1]!;
    imports.push(specifier.startsWith('.') ? relative(path.resolve(path.dirname(full), specifier)) : specifier);
  }
  return { file: relative(full), text, imports };
}

function relative(full: string): string {
  return path.relative(root, full).split(path.sep).join('/');
}

/** The text with comments and the contents of strings blanked out, so that words in prose are not taken for code. */
export function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
