import path from 'node:path';
import { messageOf, OrreryError } from '../../base/errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
export const sqliteCodes = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  AUTH: 23,
  NOTADB: 26,
} as const;

export function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && typeof (error as { errcode?: unknown }).errcode === 'number';
}

/** The low byte of the extended code, or undefined when this is no error of SQLite's. */
export function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined;
}

/** What SQLite said about `file`, as an error that a person can mend. Other errors are handed back as they are. */
export function storageError(error: unknown, file: string): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  const cause = messageOf(error);
  const because = { cause: error };
  switch (code) {
    case sqliteCodes.FULL:
      return new OrreryError('DISK_FULL', { file }, because);
    case sqliteCodes.CORRUPT:
    case sqliteCodes.NOTADB:
      return new OrreryError('DATABASE_CORRUPT', { file, cause }, because);
    case sqliteCodes.BUSY:
    case sqliteCodes.LOCKED:
      return new OrreryError('DATA_DIR_IN_USE', { holder: 'another process', directory: path.dirname(file) }, because);
    default:
      return new OrreryError('DATA_DIR_UNWRITABLE', { directory: path.dirname(file), cause }, because);
  }
}
