import path from 'node:path';
import { OrreryError } from '../../base/errors.ts';

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
/** Of the extended codes of READONLY (8): a transaction was cut off, and only a writer may undo it. */
const READONLY_ROLLBACK = 776;

/** Runs what may fail in SQLite; what it throws is the error of the table, where a person can mend it. */
export function guarded<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explained(error, file);
  }
}

/** Whether reading failed because a transaction has to be undone first. */
export const needsRollback = (error: unknown): boolean =>
  (error as { errcode?: number } | undefined)?.errcode === READONLY_ROLLBACK;

export function unwritable(error: unknown, file: string): OrreryError {
  const cause = error instanceof Error ? error.message : String(error);
  return new OrreryError('DATA_DIR_UNWRITABLE', { directory: path.dirname(file), cause }, { cause: error });
}

/** The error of the table for what SQLite, or the disk itself, has said. */
export function explained(error: unknown, file: string): unknown {
  if (error instanceof OrreryError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  if (code === 'ENOSPC' || code === 'EDQUOT') return new OrreryError('DISK_FULL', { file }, { cause: error });
  if (errcode === undefined) return error;
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
      return unwritable(error, file);
    default:
      return errcode === IOERR_WRITE ? new OrreryError('DISK_FULL', { file }, { cause: error }) : error;
  }
}
