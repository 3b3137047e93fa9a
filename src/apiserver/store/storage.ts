import type { Version } from './version.ts';

/** A row as it is found when the storage is opened. */
export interface StoredRow {
  readonly revision: number;
  /** Which resource: `group/plural`. */
  readonly bucket: string;
  readonly key: string;
  readonly deleted: boolean;
  /** Bytes of its text. */
  readonly size: number;
}

export interface Contents {
  /** The last revision that was given out. */
  readonly revision: number;
  /** Every row that was not dropped, by revision. */
  readonly rows: Iterable<StoredRow>;
  /** Per bucket, the last revision whose history was dropped. */
  readonly compacted: ReadonlyMap<string, number>;
}

export interface Change {
  readonly bucket: string;
  readonly version: Version;
}

/** The writes that are committed together: all of them become durable, or none. */
export interface Batch {
  readonly revision: number;
  readonly changes: readonly Change[];
  /** Revisions of superseded rows that nobody can ask for any more. */
  readonly drop: readonly number[];
  /** What dropping them does to the history of their buckets. */
  readonly compacted: ReadonlyMap<string, number>;
}

/**
 * Where the store keeps its rows. One row per write: its revision, key and text. The present state of a key is its
 * last row; earlier rows stay for watches that resume and lists of old revisions, until they are dropped.
 */
export interface Storage {
  /** Reads what is there; throws an OrreryError when it cannot be used. Called once, first. */
  open(): Contents;
  /**
   * Writes the batch, which is durable when it returns, or, where there is `durable`, when that resolves. Throws when
   * nothing of the batch is kept; a later one may succeed.
   */
  commit(batch: Batch): void;
  /**
   * Resolves when the last batch is durable; until then there is no other. Rejects when it is not, and then nothing of
   * it is kept. Others can use the event loop while the disk works.
   */
  readonly durable?: () => Promise<void>;
  /** The same, at once. */
  readonly durableNow?: () => void;
  /** The text of a row that was not dropped; undefined where rows are not kept (memory). */
  readonly read: ((revision: number) => string) | undefined;
  close(): void;
}
