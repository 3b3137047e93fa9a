/** `orrery apiserver --check`: what is in the database, read without changing it. */
import fs from 'node:fs';
import { type DatabaseContents, FORMAT, readDatabase } from '../apiserver/store/database-file.ts';
import { formatBytes } from '../base/quantity.ts';
import { count } from '../base/units.ts';

export interface DatabaseReport {
  readonly file: string;
  /** Of the file and its write-ahead log. */
  readonly bytes: number;
  readonly format: number;
  /** The last revision that was given out. */
  readonly revision: number;
  readonly resources: readonly ResourceReport[];
}

export interface ResourceReport {
  /** `virtualmachines.orrery.dev` */
  readonly resource: string;
  readonly objects: number;
  /** Superseded states and deletions, which watches can resume from. */
  readonly history: number;
  readonly bytes: number;
  /** Watches may resume from this revision or a later one. */
  readonly since: number;
}

/** Undefined when there is no database. Throws an OrreryError for a file that cannot be used. */
export function reportOn(file: string): DatabaseReport | undefined {
  const contents = readDatabase(file);
  if (contents === undefined) return undefined;
  const bytes = [file, `${file}-wal`].reduce(
    (sum, each) => sum + (fs.statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return { file, bytes, format: FORMAT, revision: contents.revision, resources: resourcesOf(contents) };
}

function resourcesOf({ rows, compacted }: DatabaseContents): ResourceReport[] {
  const buckets = new Map<string, { readonly live: Map<string, boolean>; rows: number; bytes: number }>();
  for (const { bucket, key, deleted, size } of rows) {
    const known = buckets.get(bucket) ?? { live: new Map(), rows: 0, bytes: 0 };
    buckets.set(bucket, known);
    // By revision: the last row of a key is its present state.
    known.live.set(key, !deleted);
    known.rows++;
    known.bytes += size;
  }
  return [...buckets]
    .map(([bucket, { live, rows: all, bytes }]) => {
      const objects = [...live.values()].filter(Boolean).length;
      const [group = '', plural = ''] = bucket.split('/');
      const resource = group === '' ? plural : `${plural}.${group}`;
      return { resource, objects, history: all - objects, bytes, since: compacted.get(bucket) ?? 0 };
    })
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

export function reportText({ file, bytes, format, revision, resources }: DatabaseReport): string {
  const rows = resources.map(({ resource, objects, history, bytes: size, since }) => [
    resource,
    String(objects),
    String(history),
    formatBytes(size),
    String(since),
  ]);
  const all = [['RESOURCE', 'OBJECTS', 'HISTORY', 'SIZE', 'SINCE'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const table = all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  const objects = resources.reduce((sum, each) => sum + each.objects, 0);
  return [
    `${file}: format ${format}, ${formatBytes(bytes)}, revision ${revision}`,
    ...(rows.length > 0 ? table : []),
    `${count(objects, 'object')}; all of it can be read`,
    '',
  ].join('\n');
}
