import fs from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { APPLICATION_ID, FORMAT, readDatabase } from './database-file.ts';
import { explained, guarded } from './database-problem.ts';
import type { Batch, Contents, Storage } from './storage.ts';

const NOTHING: Contents = { revision: 0, rows: [], compacted: new Map() };

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
 * One SQLite file. A row per write, appended by revision; the last row of a key is its present state. A write-ahead log
 * with synchronous=NORMAL, and after each commit the fdatasync of the log that synchronous=FULL would add: it is done
 * beside the event loop, which would stand still for it inside SQLite. The file is locked for as long as it is open, by
 * a lock that goes with the process.
 */
export class SqliteStorage implements Storage {
  readonly #file: string;
  readonly #maxBytes: number | undefined;
  #database: DatabaseSync | undefined;
  #statements: Statements | undefined;
  /** The write-ahead log, for fdatasync. */
  #log: number | undefined;
  #syncing = false;
  /** Rows that were written and not made durable: they are taken out again. */
  #unsynced: number[] = [];
  /** Whether the log may have lost what it was given, so that nothing after it would be found again. */
  #suspect = false;

  /** @param options.maxBytes how large the file may become; a commit that needs more fails as on a full disk */
  constructor(file: string, options: { readonly maxBytes?: number } = {}) {
    this.#file = file;
    this.#maxBytes = options.maxBytes;
  }

  readonly read = (revision: number): string => {
    const row = guarded(this.#file, () => this.#statements!.read.get(revision)) as { value: string } | undefined;
    if (row === undefined) throw new Error(`revision ${revision} is not in ${this.#file}`);
    return row.value;
  };

  open(): Contents {
    // Looked through before it is opened for writing: what cannot be used is left as it is.
    const contents = readDatabase(this.#file);
    return guarded(this.#file, () => {
      const database = new DatabaseSync(this.#file);
      this.#database = database;
      // The lock is taken by the first read and kept; no other process needs the shared memory of WAL.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0;');
      this.#prepareFile(database, contents === undefined);
      this.#statements = prepare(database);
      return contents ?? NOTHING;
    });
  }

  commit({ revision, changes, drop, compacted }: Batch): void {
    const statements = this.#statements;
    if (statements === undefined) throw new Error('the storage is closed');
    if (this.#suspect) this.#recover();
    guarded(this.#file, () => {
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
        this.#unsynced = changes.map(({ version }) => version.revision);
      } catch (error) {
        if (this.#database!.isTransaction) this.#database!.exec('ROLLBACK');
        throw error;
      }
    });
  }

  readonly durable = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let log: number;
      try {
        log = this.#openLog();
      } catch (error) {
        reject(this.#lost(error));
        return;
      }
      this.#syncing = true;
      fs.fdatasync(log, (error) => {
        this.#syncing = false;
        if (this.#database === undefined) this.#closeLog();
        if (error === null) resolve();
        else reject(this.#lost(error));
      });
    });

  readonly durableNow = (): void => {
    try {
      fs.fdatasyncSync(this.#openLog());
    } catch (error) {
      throw this.#lost(error);
    }
  };

  #openLog(): number {
    this.#log ??= fs.openSync(`${this.#file}-wal`, 'r+');
    return this.#log;
  }

  #closeLog(): void {
    if (this.#log !== undefined) fs.closeSync(this.#log);
    this.#log = undefined;
  }

  /** What was committed last may not be on the disk: it has to go, at once or before the next commit. */
  #lost(error: unknown): unknown {
    this.#suspect = true;
    try {
      this.#takeBack();
    } catch {
      // The next commit tries again, and fails as long as this does.
    }
    return explained(error, this.#file);
  }

  #takeBack(): void {
    const { begin, drop, commit } = this.#statements!;
    begin.run();
    try {
      for (const revision of this.#unsynced) drop.run(revision);
      commit.run();
    } catch (error) {
      if (this.#database!.isTransaction) this.#database!.exec('ROLLBACK');
      throw error;
    }
    this.#unsynced = [];
  }

  /**
   * A later fdatasync says nothing about pages that an earlier one has failed to write. So everything moves from the log
   * to the database itself, and the log begins anew.
   */
  #recover(): void {
    guarded(this.#file, () => {
      if (this.#unsynced.length > 0) this.#takeBack();
      const { busy } = this.#database!.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
      if (busy !== 0) throw new Error('the write-ahead log could not be emptied');
      this.#suspect = false;
    });
  }

  close(): void {
    if (this.#suspect && this.#unsynced.length > 0) {
      try {
        this.#takeBack();
      } catch {
        // The disk takes nothing: what was refused may be there at the next start.
      }
    }
    this.#statements = undefined;
    this.#database?.close();
    this.#database = undefined;
    if (!this.#syncing) this.#closeLog();
  }

  #prepareFile(database: DatabaseSync, isNew: boolean): void {
    // Before the write-ahead log begins, so that the file says from its first byte on whose it is.
    if (isNew) {
      database.exec(`PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ${SCHEMA}
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT;`);
    }
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216;');
    if (this.#maxBytes !== undefined) {
      const [pageSize] = Object.values(database.prepare('PRAGMA page_size').get() ?? {});
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(this.#maxBytes / Number(pageSize)))}`);
    }
    // Takes the write lock now: a second server must not get as far as its first write.
    database.exec('BEGIN IMMEDIATE; COMMIT;');
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
