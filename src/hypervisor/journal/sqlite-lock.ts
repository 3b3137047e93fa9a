import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OrreryError } from '../../base/errors.ts';
import { primaryCode, sqliteCodes, storageError } from './sqlite-errors.ts';

/**
 * Keeps every other process from the same file, and cannot outlive its own: a transaction that is begun and never
 * ended on a small database beside it. The operating system drops the lock when the process dies, however it dies.
 */
export class SqliteLock {
  readonly #database: DatabaseSync;

  /** @param holder told to whoever comes too late. Throws `DATA_DIR_IN_USE`. */
  constructor(file: string, holder: string) {
    const lockFile = SqliteLock.fileFor(file);
    try {
      this.#database = new DatabaseSync(lockFile, { timeout: 0 });
    } catch (error) {
      throw storageError(error, lockFile);
    }
    try {
      this.#database.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (name TEXT); DELETE FROM holder;');
      this.#database.prepare('INSERT INTO holder VALUES (?)').run(holder);
      this.#database.exec('COMMIT; BEGIN IMMEDIATE;');
    } catch (error) {
      const other = primaryCode(error) === sqliteCodes.BUSY ? this.#holder() : undefined;
      this.#database.close();
      if (other === undefined) throw storageError(error, lockFile);
      throw new OrreryError('DATA_DIR_IN_USE', { holder: other, directory: path.dirname(file) }, { cause: error });
    }
  }

  static fileFor(file: string): string {
    return `${file}.lock`;
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #holder(): string {
    try {
      return String(this.#database.prepare('SELECT name FROM holder').get()?.['name'] ?? 'another process');
    } catch {
      return 'another process';
    }
  }
}
