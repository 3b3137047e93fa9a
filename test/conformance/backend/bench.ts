import { expect } from 'vitest';
import { VirtualClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { macrotask } from '../../../src/base/system.ts';
import type { Backend, BackendError, MachineReport } from '../../../src/hypervisor/backend.ts';
import { Datacenter } from '../../../src/hypervisor/datacenter.ts';
import type { Journal, JournalStore } from '../../../src/hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../../../src/hypervisor/journal/memory-journal.ts';

/** A transport onto a datacenter; opened anew for every incarnation of it. */
export interface Transport {
  readonly backend: Backend;
  /** What dies with the datacenter's process. */
  die(): Promise<void>;
}

export const NAMESPACE = 'lab';

/** A datacenter that can be killed at chosen moments, seen through a transport. The world's clock is virtual. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly #store = new MemoryJournalStore();
  readonly #open: (datacenter: Datacenter) => Promise<Transport>;
  datacenter!: Datacenter;
  transport!: Transport;
  #isToDieAfterCommit = false;

  constructor(open: (datacenter: Datacenter) => Promise<Transport>) {
    this.#open = open;
  }

  get backend(): Backend {
    return this.transport.backend;
  }

  get world() {
    return this.datacenter.world(NAMESPACE);
  }

  async start(): Promise<void> {
    const options = { clock: this.clock, store: this.#killing(), seed: '1', logger: silentLogger };
    this.datacenter = new Datacenter({ ...options, gapMs: Number.POSITIVE_INFINITY, heartbeatMs: 60_000 });
    this.transport = await this.#open(this.datacenter);
  }

  /** The process is gone from one moment to the next. */
  async die(): Promise<void> {
    this.datacenter.kill();
    await this.transport.die();
  }

  /** The process will die when the next turn with a start is safe, before anybody is answered. */
  dieAfterCommit(): void {
    this.#isToDieAfterCommit = true;
  }

  async restart(): Promise<void> {
    await this.die();
    this.#isToDieAfterCommit = false;
    await this.start();
  }

  ledger() {
    return this.#store.open(NAMESPACE).ledger();
  }

  /** Simulated milliseconds pass. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms, macrotask);
  }

  /** Lets the world work, at its present instant, until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    promise.then(note, note);
    while (!isSettled) {
      await macrotask();
      this.clock.runNext(this.clock.monotonic());
    }
    return promise;
  }

  /** Lets the world work until something has come about; the test's own timeout ends it. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await macrotask();
      this.clock.runNext(this.clock.monotonic());
    }
  }

  async reasonOf(promise: Promise<unknown>): Promise<string> {
    try {
      await this.settle(promise);
      return 'resolved';
    } catch (error) {
      expect((error as Error).name).toBe('BackendError');
      return (error as BackendError).reason;
    }
  }

  async machine(uid: string): Promise<MachineReport | undefined> {
    const all = await this.settle(this.backend.stats(NAMESPACE));
    return all.find((report): report is MachineReport => report.kind === 'Machine' && report.uid === uid);
  }

  #killing(): JournalStore {
    const store = this.#store;
    const wrap = (journal: Journal): Journal => ({
      load: () => journal.load(),
      ledger: () => journal.ledger(),
      close: () => journal.close(),
      commit: (batch) => {
        journal.commit(batch);
        if (this.#isToDieAfterCommit && batch.ledger.length > 0) void this.die();
      },
    });
    return {
      namespaces: () => store.namespaces(),
      open: (namespace) => wrap(store.open(namespace)),
      remove: (namespace) => store.remove(namespace),
    };
  }
}
