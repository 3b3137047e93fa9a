import { DatabaseSync } from 'node:sqlite';
import { type Clock, sleep } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { type DataFolder, storageProblem } from './data-folder.ts';

/** Who has a lock, as far as it has said so. */
export interface Holder {
  readonly program: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** It was started by `orrery up` and goes when that goes. */
  readonly supervised: boolean;
  /** It has begun to stop. */
  readonly stopping: boolean;
}

export interface LockRequest {
  readonly program: string;
  readonly supervised: boolean;
  /** How long to wait for a holder that is on its way out, in milliseconds. */
  readonly patienceMs: number;
  /** Called once when waiting begins. */
  readonly waiting?: (holder: Holder | undefined) => void;
}

const POLL_MS = 30;
/** A holder that will begin to stop has said so by then. */
const DOUBT_MS = 400;

/**
 * The right to be the only `program` on a data directory. It is an exclusive lock that SQLite takes on a file of its
 * own, which the system gives back when the process is gone, however it went; a file beside it says who holds it.
 */
export class InstanceLock {
  readonly #database: DatabaseSync;
  readonly #folder: DataFolder;
  readonly #holder: Holder;

  private constructor(database: DatabaseSync, folder: DataFolder, holder: Holder) {
    this.#database = database;
    this.#folder = folder;
    this.#holder = holder;
  }

  /**
   * Takes the lock; waits for a holder that is stopping, or whose supervisor is gone. Rejects with DATA_DIR_IN_USE
   * when another holds it and stays.
   */
  static async take(folder: DataFolder, request: LockRequest, clock: Clock): Promise<InstanceLock> {
    const start = clock.monotonic();
    for (let told = false; ; ) {
      const database = tryLock(folder, request.program);
      if (database !== undefined) {
        const { program, supervised } = request;
        const holder = { program, pid: process.pid, since: clock.now(), supervised, stopping: false };
        folder.write(holderFile(program), `${JSON.stringify(holder)}\n`);
        return new InstanceLock(database, folder, holder);
      }
      const holder = readHolder(folder, request.program);
      const waited = clock.monotonic() - start;
      // A supervised program asks only while its supervisor holds the directory: another one's child is an orphan.
      const leaving = holder === undefined || holder.stopping || (request.supervised && holder.supervised);
      if (waited > (leaving ? request.patienceMs : Math.min(DOUBT_MS, request.patienceMs))) {
        throw new OrreryError('DATA_DIR_IN_USE', { holder: describe(holder), directory: folder.path });
      }
      if (leaving && !told) {
        told = true;
        request.waiting?.(holder);
      }
      await sleep(clock, POLL_MS);
    }
  }

  /** Says that this process is on its way out, so that a successor waits instead of failing. */
  announceStop(): void {
    try {
      this.#folder.write(holderFile(this.#holder.program), `${JSON.stringify({ ...this.#holder, stopping: true })}\n`);
    } catch {
      // On a full disk the successor finds out by itself.
    }
  }

  release(): void {
    this.#folder.remove(holderFile(this.#holder.program));
    this.#database.close();
  }
}

function holderFile(program: string): string {
  return `${program}.holder`;
}

function tryLock(folder: DataFolder, program: string): DatabaseSync | undefined {
  const file = folder.file(`${program}.lock`);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === 5) return undefined; // SQLITE_BUSY
    throw storageProblem(error, { directory: folder.path, file }) ?? error;
  }
}

function readHolder(folder: DataFolder, program: string): Holder | undefined {
  try {
    const holder: Holder = JSON.parse(folder.read(holderFile(program)) ?? '');
    process.kill(holder.pid, 0); // a holder that is gone did not write for this lock
    return holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return JSON.parse(folder.read(holderFile(program)) ?? '');
    return undefined;
  }
}

function describe(holder: Holder | undefined): string {
  if (holder === undefined) return 'a process that did not say which';
  const since = new Date(holder.since).toISOString().replace('T', ' ').slice(0, 19);
  return `orrery ${holder.program}, process ${holder.pid}, since ${since} UTC`;
}
