import fs from 'node:fs';
import path from 'node:path';
import { OrreryError } from '../base/errors.ts';

/** A data directory: created for its owner alone, and every file in it too. */
export class DataFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  /**
   * Opens the folder, creating it where it is missing. Throws `OrreryError` DATA_DIR_UNWRITABLE or DISK_FULL when
   * nothing can be written in it.
   */
  static open(folder: string): DataFolder {
    const opened = new DataFolder(folder);
    opened.#guard(folder, () => {
      createFolder(folder);
      fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    });
    return opened;
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** The file's text, or undefined when there is none. */
  read(name: string): string | undefined {
    try {
      return fs.readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new OrreryError('FILE_UNREADABLE', { file: this.file(name), cause: causeOf(error) }, { cause: error });
    }
  }

  /**
   * Makes `text` the file's content, with mode 0600: whole or not at all, and not touched when it is so already.
   * Returns whether it was written.
   */
  write(name: string, text: string): boolean {
    const file = this.file(name);
    const mode = this.#modeOf(file);
    if (mode !== undefined && this.read(name) === text) {
      if ((mode & 0o077) !== 0) fs.chmodSync(file, 0o600);
      return false;
    }
    // Named by the process, so that two of them never write into the same half-made file.
    const half = `${file}.${process.pid}.new`;
    this.#guard(file, () => {
      try {
        const handle = fs.openSync(half, 'w', 0o600);
        try {
          fs.writeFileSync(handle, text);
          fs.fsyncSync(handle);
        } finally {
          fs.closeSync(handle);
        }
        fs.renameSync(half, file);
      } catch (error) {
        fs.rmSync(half, { force: true });
        throw error;
      }
    });
    return true;
  }

  remove(name: string): void {
    fs.rmSync(this.file(name), { force: true });
  }

  #modeOf(file: string): number | undefined {
    return fs.statSync(file, { throwIfNoEntry: false })?.mode;
  }

  #guard(file: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      throw storageProblem(error, { directory: this.path, file }) ?? error;
    }
  }
}

/** Node's own recursive mkdir never returns where the system says ENOENT below a folder that exists, as in /proc. */
function createFolder(folder: string): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(folder);
  if (parent !== folder && !fs.existsSync(parent)) createFolder(parent);
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another one that starts on the same path may have been quicker.
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** The error of the table that a failed write of the file system or of SQLite is, or undefined when it is another. */
export function storageProblem(
  error: unknown,
  { directory, file }: { directory: string; file: string },
): OrreryError | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number };
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || errcode === 13; // SQLITE_FULL
  if (full) return new OrreryError('DISK_FULL', { file }, { cause: error });
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ENAMETOOLONG', 'ELOOP'].includes(
    code ?? '',
  );
  // SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN; the extended code keeps the primary one in its low byte
  const sqliteRefused = errcode !== undefined && [3, 8, 14].includes(errcode & 0xff);
  if (!refused && !sqliteRefused) return undefined;
  return new OrreryError('DATA_DIR_UNWRITABLE', { directory, cause: causeOf(error) }, { cause: error });
}

/** What the system said, in words and without the path that the message names anyway. */
export function causeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'it is a file',
    EISDIR: 'it is a folder',
    ENOENT: 'it cannot be created there',
    ENAMETOOLONG: 'the path is too long',
    ELOOP: 'the path goes round in circles',
  };
  return words[code ?? ''] ?? message ?? String(error);
}
