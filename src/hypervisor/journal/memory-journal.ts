import type { Journal, JournalBatch, JournalRow, JournalStore, LedgerEntry } from './journal.ts';

/** Keeps what it is given for as long as the store lives: for simulations, where only the datacenter is restarted. */
class MemoryJournal implements Journal {
  readonly #rows = new Map<string, JournalRow>();
  readonly #ledger: LedgerEntry[] = [];

  load(): JournalRow[] {
    return [...this.#rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  commit(batch: JournalBatch): void {
    for (const { kind, key } of batch.deletes) this.#rows.delete(`${kind}\u0000${key}`);
    for (const row of batch.puts) this.#rows.set(`${row.kind}\u0000${row.key}`, row);
    for (const entry of batch.ledger) this.#ledger.push(entry);
  }

  ledger(): LedgerEntry[] {
    return [...this.#ledger];
  }

  close(): void {}
}

export class MemoryJournalStore implements JournalStore {
  readonly #journals = new Map<string, Journal>();

  namespaces(): string[] {
    return [...this.#journals.keys()].sort();
  }

  open(namespace: string): Journal {
    let journal = this.#journals.get(namespace);
    if (journal === undefined) {
      journal = new MemoryJournal();
      this.#journals.set(namespace, journal);
    }
    return journal;
  }

  remove(namespace: string): void {
    this.#journals.delete(namespace);
  }
}
