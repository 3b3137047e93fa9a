/** What is in a database file, found out without changing a byte of it. */
import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OrreryError } from '../../base/errors.ts';
import { guarded, needsRollback, unwritable } from './database-problem.ts';
import type { Contents, StoredRow } from './storage.ts';

/** 'orry' in the header of the file: it is ours. */
export const APPLICATION_ID = 0x6f727279;
/** Raised with every change of the tables that an earlier version could not read. */
export const FORMAT = 1;

/** https://sqlite.org/fileformat.html, section 1.3 */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\u0000';
const FORMAT_AT = 60;
const APPLICATION_AT = 68;

export interface DatabaseContents extends Contents {
  readonly rows: readonly StoredRow[];
}

/**
 * Reads everything but the texts, and checks the structure of the file and that each text is JSON. Undefined when
 * there is nothing in it yet. Throws an OrreryError for a file that is damaged, in use, somebody else's, or of a later
 * version; the file stays as it is, its write-ahead log included.
 */
export function readDatabase(file: string): DatabaseContents | undefined {
  const header = readHeader(file);
  if (header === undefined) {
    const log = `${file}-wal`;
    if (fs.statSync(log, { throwIfNoEntry: false })?.size) {
      throw new OrreryError('DATABASE_CORRUPT', { file, cause: `it is empty, and its write-ahead log ${log} is not` });
    }
    return undefined;
  }
  judgeHeader(file, header);
  return guarded(file, () => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return readContents(file, database);
    } catch (error) {
      // Cut off while it was made: there was nothing in it.
      if (needsRollback(error) && fs.existsSync(`${file}-journal`)) return undefined;
      throw error;
    } finally {
      database.close();
    }
  });
}

/** The start of the file; undefined when there is none, or nothing in it. */
function readHeader(file: string): Buffer | undefined {
  try {
    const handle = fs.openSync(file, 'r');
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      return fs.readSync(handle, header, 0, HEADER_BYTES, 0) === 0 ? undefined : header;
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unwritable(error, file);
  }
}

function judgeHeader(file: string, header: Buffer): void {
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new OrreryError('DATABASE_FOREIGN', { file, cause: 'it is no SQLite file' });
  }
  const application = header.readUInt32BE(APPLICATION_AT);
  // Zero: not written yet, or nobody's. The tables tell.
  if (application !== 0) refuse(file, application, header.readUInt32BE(FORMAT_AT));
}

function refuse(file: string, application: number, format: number): void {
  if (application !== APPLICATION_ID) {
    throw new OrreryError('DATABASE_FOREIGN', { file, cause: 'another program made it' });
  }
  if (format > FORMAT) throw new OrreryError('DATABASE_NEWER', { file, found: format, known: FORMAT });
}

function readContents(file: string, database: DatabaseSync): DatabaseContents | undefined {
  const number = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] as number;
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get();
  if (tables?.['n'] === 0) return undefined;
  refuse(file, number('application_id'), number('user_version'));
  const damage = (cause: string) => new OrreryError('DATABASE_CORRUPT', { file, cause });
  const problem = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (problem !== 'ok') throw damage(String(problem));
  const counter = database.prepare('SELECT revision FROM counter').get() as { revision: number } | undefined;
  if (counter === undefined) throw damage('its counter of revisions is missing');
  const compacted = new Map<string, number>();
  for (const row of database.prepare('SELECT bucket, revision FROM compactions').iterate()) {
    compacted.set(row['bucket'] as string, row['revision'] as number);
  }
  const rows: StoredRow[] = [];
  const query = `SELECT revision, bucket, key, deleted, octet_length(value) AS size, deleted OR json_valid(value) AS sound
    FROM changes ORDER BY revision`;
  for (const row of database.prepare(query).iterate()) {
    const { revision, bucket, key, deleted, size, sound } = row as unknown as Omit<StoredRow, 'deleted'> & {
      readonly deleted: number;
      readonly sound: number;
    };
    if (sound === 0) throw damage(`the object ${key} of ${bucket} at revision ${revision} is no JSON`);
    rows.push({ revision, bucket, key, deleted: deleted === 1, size });
  }
  const last = rows.at(-1)?.revision ?? 0;
  if (last > counter.revision) throw damage(`revision ${last} is beyond its counter, ${counter.revision}`);
  return { revision: counter.revision, rows, compacted };
}
