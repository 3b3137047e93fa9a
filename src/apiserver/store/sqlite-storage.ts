import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { OrreryError } from '../../base/errors.ts';
import type { Batch, Contents, Storage, StoredRow } from './storage.ts';

/** 'orry' in the header of the file: it is ours. */
const APPLICATION_ID = 0x6f727279;
/** Raised with every change of the tables that an earlier version could not read. */
const FORMAT = 1;
const SQLITE_HEADER = 'SQLite format 3\u0000';

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
/** Of the extended codes of IOERR (10): the disk took less than it was given. */
const IOERR_WRITE = 778;

const SCHEMA = `
  CREATE TABLE changes (
    revision INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE compactions (bucket TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO counter VALUES (1, 0);
`;

interface Statements {
  readonly insert: StatementSync;
  readonly drop: StatementSync;
  readonly compact: StatementSync;
  readonly count: StatementSync;
  readonly read: StatementSync;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
}

/**
 * One SQLite file. A row per write, appended by revision; the last row of a key is its present state. WAL with
 * synchronous=FULL: `commit` returns when the disk has it. The file is locked for as long as it is open, by a lock
 * that goes with the process.
 */
export class SqliteStorage implements Storage {
  readonly #file: string;
  readonly #maxBytes: number | undefined;
  #database: DatabaseSync | undefined;
  #statements: Statements | undefined;

  /** @param options.maxBytes how large the file may become; a commit that needs more fails as on a full disk */
  constructor(file: string, options: { readonly maxBytes?: number } = {}) {
    this.#file = file;
    this.#maxBytes = options.maxBytes;
  }

  readonly read = (revision: number): string => {
    const row = this.#guard(() => this.#statements!.read.get(revision)) as { value: string } | undefined;
    if (row === undefined) throw new Error(`revision ${revision} is not in ${this.#file}`);
    return row.value;
  };

  open(): Contents {
    this.#refuseForeign();
    return this.#guard(() => {
      const database = new DatabaseSync(this.#file);
      this.#database = database;
      // The lock is taken by the first read and kept; no other process needs the shared memory of WAL.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0;');
      this.#prepareFile(database);
      this.#statements = prepare(database);
      return this.#contents(database);
    });
  }

  commit({ revision, changes, drop, compacted }: Batch): void {
    const statements = this.#statements;
    if (statements === undefined) throw new Error('the storage is closed');
    this.#guard(() => {
      statements.begin.run();
      try {
        for (const { bucket, version } of changes) {
          const { deleted } = version;
          statements.insert.run(version.revision, bucket, version.key, deleted ? 1 : 0, deleted ? '' : version.json);
        }
        for (const dropped of drop) statements.drop.run(dropped);
        for (const [bucket, upTo] of compacted) statements.compact.run(bucket, upTo);
        statements.count.run(revision);
        statements.commit.run();
      } catch (error) {
        if (this.#database!.isTransaction) this.#database!.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): void {
    this.#statements = undefined;
    this.#database?.close();
    this.#database = undefined;
  }

  /** A file that is no SQLite database is somebody else's; SQLite itself would say so only at the first read. */
  #refuseForeign(): void {
    let start: Buffer;
    try {
      const handle = fs.openSync(this.#file, 'r');
      start = Buffer.alloc(16);
      const length = fs.readSync(handle, start, 0, 16, 0);
      fs.closeSync(handle);
      if (length === 0) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw this.#unwritable(error);
    }
    if (start.toString('latin1') === SQLITE_HEADER) return;
    throw new OrreryError('DATABASE_FOREIGN', { file: this.#file, cause: 'it is no SQLite file' });
  }

  #prepareFile(database: DatabaseSync): void {
    const number = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] as number;
    const id = number('application_id');
    const format = number('user_version');
    const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get();
    const empty = tables?.['n'] === 0;
    if (!empty && id !== APPLICATION_ID) {
      throw new OrreryError('DATABASE_FOREIGN', { file: this.#file, cause: 'another program made it' });
    }
    if (format > FORMAT) throw new OrreryError('DATABASE_NEWER', { file: this.#file, found: format, known: FORMAT });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;');
    if (this.#maxBytes !== undefined) {
      const pages = Math.max(1, Math.floor(this.#maxBytes / number('page_size')));
      database.exec(`PRAGMA max_page_count = ${pages}`);
    }
    if (empty) {
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA}
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT;`);
    } else {
      // Takes the write lock now: a second server must not get as far as its first write.
      database.exec('BEGIN IMMEDIATE; COMMIT;');
    }
  }

  #contents(database: DatabaseSync): Contents {
    const counter = database.prepare('SELECT revision FROM counter').get() as { revision: number };
    const compacted = new Map<string, number>();
    for (const row of database.prepare('SELECT bucket, revision FROM compactions').iterate()) {
      compacted.set(row['bucket'] as string, row['revision'] as number);
    }
    const rows = database.prepare(
      'SELECT revision, bucket, key, deleted, octet_length(value) AS size FROM changes ORDER BY revision',
    );
    return { revision: counter.revision, rows: this.#rows(rows), compacted };
  }

  *#rows(statement: StatementSync): Generator<StoredRow> {
    const rows = statement.iterate();
    for (;;) {
      const next = this.#guard(() => rows.next());
      if (next.done === true) return;
      const { revision, bucket, key, deleted, size } = next.value as Record<string, unknown> & StoredRow;
      yield { revision, bucket, key, deleted: (deleted as unknown) === 1, size };
    }
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** SQLite's errors as those of the table, where a person can mend them. */
  #explained(error: unknown): unknown {
    if (error instanceof OrreryError) return error;
    const { errcode, message } = error as { errcode?: number; message?: string };
    if (errcode === undefined) return error;
    const file = this.#file;
    const cause = message ?? `SQLite error ${errcode}`;
    switch (errcode & 0xff) {
      case BUSY:
      case LOCKED:
        return new OrreryError(
          'DATA_DIR_IN_USE',
          { holder: 'API server', directory: path.dirname(file) },
          { cause: error },
        );
      case FULL:
        return new OrreryError('DISK_FULL', { file }, { cause: error });
      case CORRUPT:
        return new OrreryError('DATABASE_CORRUPT', { file, cause }, { cause: error });
      case NOTADB:
        return new OrreryError('DATABASE_FOREIGN', { file, cause }, { cause: error });
      case READONLY:
      case CANTOPEN:
        return this.#unwritable(error);
      default:
        return errcode === IOERR_WRITE ? new OrreryError('DISK_FULL', { file }, { cause: error }) : error;
    }
  }

  #unwritable(error: unknown): OrreryError {
    const cause = error instanceof Error ? error.message : String(error);
    return new OrreryError('DATA_DIR_UNWRITABLE', { directory: path.dirname(this.#file), cause }, { cause: error });
  }
}

function prepare(database: DatabaseSync): Statements {
  return {
    insert: database.prepare('INSERT INTO changes VALUES (?, ?, ?, ?, ?)'),
    drop: database.prepare('DELETE FROM changes WHERE revision = ?'),
    compact: database.prepare(
      'INSERT INTO compactions VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET revision = excluded.revision',
    ),
    count: database.prepare('UPDATE counter SET revision = ?'),
    read: database.prepare('SELECT value FROM changes WHERE revision = ?'),
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
  };
}
