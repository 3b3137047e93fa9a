/** The disks of the programs that have one: what is on them outlives the program that wrote it. */
import type { KubeObject } from '../api/meta.ts';
import type { Batch, Contents, Storage, StoredRow } from '../apiserver/store/storage.ts';
import {
  type Journal,
  type JournalBatch,
  JournalFailure,
  type JournalStore,
  type LedgerEntry,
} from '../hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../hypervisor/journal/memory-journal.ts';
import type { Digest } from './digest.ts';
import type { Incarnation } from './incarnation.ts';

interface Row {
  readonly bucket: string;
  readonly key: string;
  readonly deleted: boolean;
  readonly text: string;
}

/** What stands on the API server's disk: rows by revision, as its SQLite file has them. */
export interface ApiImage {
  readonly revision: number;
  readonly rows: ReadonlyMap<number, Row>;
}

export interface DiskOptions {
  readonly digest: Digest;
  /**
   * Called before (`isDone` false) and after each commit reaches the disk. Throws what the program is to be told in
   * place of success; it may also kill the program.
   */
  readonly onCommit?: ((life: Incarnation, isDone: boolean) => void) | undefined;
  /** Told of what the API server has on its disk now. */
  readonly committed?: ((batch: Batch) => void) | undefined;
  /** Told of what the datacenter has on its disk now. */
  readonly saved?: ((namespace: string, batch: JournalBatch) => void) | undefined;
}

/** The API server's disk. Each life of the server opens it anew. */
export class ApiDisk {
  readonly #options: DiskOptions;
  readonly #rows: Map<number, Row>;
  readonly #compacted = new Map<string, number>();
  #revision: number;
  #isRecording = false;

  constructor(options: DiskOptions, image: ApiImage | undefined) {
    this.#options = options;
    this.#rows = new Map(image?.rows);
    this.#revision = image?.revision ?? 0;
  }

  /** Commits from now on go into the digest. */
  record(): void {
    this.#isRecording = true;
  }

  /** A copy of what stands on it now. */
  image(): ApiImage {
    return { revision: this.#revision, rows: new Map(this.#rows) };
  }

  /** The objects that stand on it now, of the API group. */
  objects(group: string): KubeObject[] {
    const last = new Map<string, Row>();
    for (const revision of [...this.#rows.keys()].sort((a, b) => a - b)) {
      const row = this.#rows.get(revision)!;
      if (row.bucket.startsWith(`${group}/`)) last.set(`${row.bucket} ${row.key}`, row);
    }
    return [...last.values()].filter(({ deleted }) => !deleted).map(({ text }) => JSON.parse(text) as KubeObject);
  }

  open(life: Incarnation): Storage {
    return {
      open: () => this.#contents(),
      read: (revision) => {
        const row = this.#rows.get(revision);
        if (row === undefined) throw new Error(`revision ${revision} is not on the disk`);
        return row.text;
      },
      commit: (batch) => this.#commit(life, batch),
      close: () => {},
    };
  }

  #contents(): Contents {
    const rows: StoredRow[] = [];
    for (const revision of [...this.#rows.keys()].sort((a, b) => a - b)) {
      const { bucket, key, deleted, text } = this.#rows.get(revision)!;
      rows.push({ revision, bucket, key, deleted, size: text.length });
    }
    return { revision: this.#revision, rows, compacted: new Map(this.#compacted) };
  }

  #commit(life: Incarnation, batch: Batch): void {
    if (life.isDead) throw new Error('the API server was killed');
    const { digest, onCommit } = this.#options;
    onCommit?.(life, false);
    for (const { bucket, version } of batch.changes) {
      const { key, deleted } = version;
      this.#rows.set(version.revision, { bucket, key, deleted, text: deleted ? '' : version.json });
    }
    for (const revision of batch.drop) this.#rows.delete(revision);
    for (const [bucket, upTo] of batch.compacted) this.#compacted.set(bucket, upTo);
    this.#revision = batch.revision;
    if (this.#isRecording) digest.committed(batch);
    this.#options.committed?.(batch);
    onCommit?.(life, true);
  }
}

/** The datacenter's disk: a journal per namespace. */
export class DatacenterDisk {
  readonly #options: DiskOptions;
  readonly #store = new MemoryJournalStore();
  readonly #ledgers = new Map<string, LedgerEntry[]>();

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  open(life: Incarnation): JournalStore {
    return {
      namespaces: () => this.#store.namespaces(),
      open: (namespace) => this.#journal(life, namespace),
      remove: (namespace) => this.#store.remove(namespace),
    };
  }

  /** All of the ledger that there ever was, also of namespaces that are gone. */
  ledger(): readonly LedgerEntry[] {
    return [...this.#ledgers.values()].flat();
  }

  #journal(life: Incarnation, namespace: string): Journal {
    const { digest, onCommit } = this.#options;
    const journal = this.#store.open(namespace);
    let ledger = this.#ledgers.get(namespace);
    if (ledger === undefined) {
      ledger = [];
      this.#ledgers.set(namespace, ledger);
    }
    const lines = ledger;
    return {
      load: () => journal.load(),
      ledger: () => journal.ledger(),
      close: () => journal.close(),
      commit: (batch: JournalBatch) => {
        if (life.isDead) throw new JournalFailure('the datacenter was killed');
        onCommit?.(life, false);
        journal.commit(batch);
        digest.saved(namespace, batch);
        for (const entry of batch.ledger) lines.push(entry);
        this.#options.saved?.(namespace, batch);
        onCommit?.(life, true);
      },
    };
  }
}
