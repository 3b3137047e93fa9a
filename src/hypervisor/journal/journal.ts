/**
 * Where a namespace's world is kept. The world hands over what changed, one batch per turn of the event loop; when
 * `commit` returns, the batch is safe, whole. Only then do answers and reports leave.
 */
export interface Journal {
  /** Everything that was put and not deleted since, in order of kind and key. */
  load(): JournalRow[];
  /** Throws `JournalFailure` when it could not; then nothing of the batch was kept. */
  commit(batch: JournalBatch): void;
  /** All of the ledger, oldest first. */
  ledger(): LedgerEntry[];
  close(): void;
}

/** The journals of a datacenter, one per namespace, so that replicas can share the namespaces out. */
export interface JournalStore {
  /** Namespaces that have a journal. */
  namespaces(): string[];
  /** Opens or begins one. Throws `OrreryError` (corrupt, foreign, in use, read-only, full). */
  open(namespace: string): Journal;
  /** Deletes a closed one, with its ledger. */
  remove(namespace: string): void;
}

export interface JournalRow {
  readonly kind: string;
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

export interface JournalBatch {
  readonly puts: readonly JournalRow[];
  readonly deletes: readonly { readonly kind: string; readonly key: string }[];
  readonly ledger: readonly LedgerEntry[];
}

/**
 * `Start`: an instance began to run under the lock of this epoch. `Stop`: it ended. `LockExpired`: its host no longer
 * keeps the lock alive. `LockRegained`: it does again, and nobody had taken it. `Destroyed`: the machine is forgotten.
 */
export type LedgerAct = 'Start' | 'Stop' | 'LockExpired' | 'LockRegained' | 'Destroyed';

/** What happened to a machine and its lock, written once and never changed: the proof that none was started twice. */
export interface LedgerEntry {
  readonly namespace: string;
  readonly uid: string;
  readonly epoch: number;
  readonly host: string;
  readonly act: LedgerAct;
  /** `PowerOn` or `Resume` for a start, an exit reason or `Suspended` for a stop. */
  readonly cause: string;
  /** Milliseconds since the Unix epoch, in the namespace's time and in real time. */
  readonly simulated: number;
  readonly real: number;
}

/** The batch is not safe: the disk is full, was taken away, or broke. */
export class JournalFailure extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'JournalFailure';
  }
}
