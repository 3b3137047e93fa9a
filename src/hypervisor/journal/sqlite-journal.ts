import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { messageOf, OrreryError } from '../../base/errors.ts';
import {
  type Journal,
  type JournalBatch,
  JournalFailure,
  type JournalRow,
  type JournalStore,
  type LedgerEntry,
} from './journal.ts';
import { isSqliteError, storageError } from './sqlite-errors.ts';
import { SqliteLock } from './sqlite-lock.ts';

/** `Orry`: how SQLite knows whose file it is. */
const APPLICATION = 0x4f727279;
const FORMAT = 1;
const SUFFIX = '.world';

const schema = `
  CREATE TABLE state (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key));
  CREATE TABLE ledger (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, uid TEXT NOT NULL, epoch INTEGER NOT NULL,
    host TEXT NOT NULL, act TEXT NOT NULL, cause TEXT NOT NULL, simulated INTEGER NOT NULL, real INTEGER NOT NULL
  );
  CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'append only'); END;
  CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'append only'); END;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${FORMAT};
`;

/** One namespace's journal: a database of its own, durable when `commit` returns (WAL, synchronous FULL). */
class SqliteJournal implements Journal {
  readonly #file: string;
  protected readonly database: DatabaseSync;
  readonly #lock: SqliteLock;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #append: StatementSync;

  constructor(file: string, holder: string) {
    this.#file = file;
    this.#lock = new SqliteLock(file, holder);
    try {
      this.database = openDatabase(file);
      this.#put = this.database.prepare(
        'INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value',
      );
      this.#delete = this.database.prepare('DELETE FROM state WHERE kind = ? AND key = ?');
      this.#append = this.database.prepare(
        'INSERT INTO ledger (namespace, uid, epoch, host, act, cause, simulated, real) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      );
    } catch (error) {
      this.#lock.release();
      throw storageError(error, file);
    }
  }

  load(): JournalRow[] {
    try {
      const rows = this.database.prepare('SELECT kind, key, value FROM state ORDER BY kind, key').all();
      return rows.map(({ kind, key, value }) => ({ kind: String(kind), key: String(key), value: String(value) }));
    } catch (error) {
      throw storageError(error, this.#file);
    }
  }

  commit(batch: JournalBatch): void {
    try {
      this.database.exec('BEGIN IMMEDIATE');
      for (const { kind, key } of batch.deletes) this.#delete.run(kind, key);
      for (const { kind, key, value } of batch.puts) this.#put.run(kind, key, value);
      for (const entry of batch.ledger) {
        const { namespace, uid, epoch, host, act, cause, simulated, real } = entry;
        this.#append.run(namespace, uid, epoch, host, act, cause, Math.floor(simulated), Math.floor(real));
      }
      this.database.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw new JournalFailure(messageOf(storageError(error, this.#file)), { cause: error });
    }
  }

  ledger(): LedgerEntry[] {
    return ledgerOf(this.database);
  }

  close(): void {
    this.database.close();
    this.#lock.release();
  }

  #rollBack(): void {
    try {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself.
    }
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    const isNew = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()!['tables'] === 0;
    if (isNew) {
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL');
      database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
      return database;
    }
    checkFormat(database, file);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    // Reading works on a disk that takes no writing: find out now, not at the first order.
    database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${FORMAT}; COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkFormat(database: DatabaseSync, file: string): void {
  const pragma = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]);
  if (pragma('application_id') !== APPLICATION) {
    throw new OrreryError('DATABASE_FOREIGN', { file, cause: 'it holds tables of something else' });
  }
  const found = pragma('user_version');
  if (found > FORMAT) throw new OrreryError('DATABASE_NEWER', { file, found, known: FORMAT });
}

function ledgerOf(database: DatabaseSync): LedgerEntry[] {
  const columns = 'namespace, uid, epoch, host, act, cause, simulated, real';
  const rows = database.prepare(`SELECT ${columns} FROM ledger ORDER BY serial`).all();
  return rows.map((row) => ({ ...row }) as unknown as LedgerEntry);
}

/**
 * The ledgers of all namespaces in a data directory, read beside a datacenter that may be running: what was started,
 * when, under which lock. Throws `OrreryError` when a file cannot be read.
 */
export function readLedgers(directory: string): LedgerEntry[] {
  return namespacesIn(directory).flatMap((namespace) => {
    const file = path.join(directory, namespace + SUFFIX);
    try {
      const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
      try {
        return ledgerOf(database);
      } finally {
        database.close();
      }
    } catch (error) {
      throw storageError(error, file);
    }
  });
}

function namespacesIn(directory: string): string[] {
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
}

/** Journals as files `<namespace>.world` in a directory, which is made when it is missing. */
export class SqliteJournalStore implements JournalStore {
  readonly #directory: string;
  readonly #holder: string;

  /**
   * @param holder who this is, as another process that finds the file in use will be told: `process 4711`
   * Throws `OrreryError` when the directory cannot be made.
   */
  constructor(directory: string, holder: string) {
    this.#directory = directory;
    this.#holder = holder;
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new OrreryError('DATA_DIR_UNWRITABLE', { directory, cause: messageOf(error) }, { cause: error });
    }
  }

  namespaces(): string[] {
    return namespacesIn(this.#directory);
  }

  open(namespace: string): Journal {
    const file = this.#fileOf(namespace);
    try {
      return new SqliteJournal(file, this.#holder);
    } catch (error) {
      if (isSqliteError(error)) throw storageError(error, file);
      throw error;
    }
  }

  remove(namespace: string): void {
    const file = this.#fileOf(namespace);
    for (const name of [file, `${file}-wal`, `${file}-shm`, SqliteLock.fileFor(file)]) fs.rmSync(name, { force: true });
  }

  #fileOf(namespace: string): string {
    // Names of namespaces are DNS labels; anything else must not become a path.
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
      throw new RangeError(`${JSON.stringify(namespace)} is no name of a namespace`);
    }
    return path.join(this.#directory, namespace + SUFFIX);
  }
}
