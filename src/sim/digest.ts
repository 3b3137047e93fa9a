import { createHash, type Hash } from 'node:crypto';
import type { Batch } from '../apiserver/store/storage.ts';
import type { JournalBatch } from '../hypervisor/journal/journal.ts';

/** Texts are handed to the hash so many characters at a time, which is several times faster than one by one. */
const GATHERED = 1 << 16;

/**
 * SHA-256 over everything that happened: every committed write (key, version, bytes) and every transition that the
 * datacenter saved, in order.
 */
export class Digest {
  readonly #hash: Hash = createHash('sha256');
  #text = '';
  #writes = 0;
  #transitions = 0;
  readonly #buckets = new Map<string, number>();

  /** Writes by bucket, as `orrery.dev/virtualmachines`. */
  get writesByBucket(): ReadonlyMap<string, number> {
    return this.#buckets;
  }

  /** Writes of objects, and rows and ledger lines of the datacenter, that went in. */
  get counts(): { readonly writes: number; readonly transitions: number } {
    return { writes: this.#writes, transitions: this.#transitions };
  }

  committed({ changes }: Pick<Batch, 'changes'>): void {
    for (const { bucket, version } of changes) {
      this.#writes++;
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
      this.#add(`${bucket} ${version.key} ${version.revision} ${version.deleted ? '-' : version.json}\n`);
    }
  }

  saved(namespace: string, { puts, deletes, ledger }: JournalBatch): void {
    this.#transitions += puts.length + deletes.length + ledger.length;
    for (const { kind, key } of deletes) this.#add(`${namespace} -${kind} ${key}\n`);
    for (const { kind, key, value } of puts) this.#add(`${namespace} ${kind} ${key} ${value}\n`);
    for (const entry of ledger) this.#add(`${namespace} ${JSON.stringify(entry)}\n`);
  }

  /** Of what went in so far, in hexadecimal. */
  value(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length >= GATHERED) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#text);
    this.#text = '';
  }
}
