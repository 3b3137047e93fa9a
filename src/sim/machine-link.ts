/** What lies between the controllers and the datacenter: a connection that breaks when the datacenter dies. */
import {
  type Backend,
  BackendError,
  type BackendObserver,
  type HostReport,
  type MachineReport,
  type Observation,
  type Report,
} from '../hypervisor/backend.ts';
import { whileAlive } from './api-link.ts';
import type { BatchMisfortune, Chaos, Misfortune } from './chaos.ts';
import { type Incarnation, never } from './incarnation.ts';

export interface MachineLinkOptions {
  readonly chaos?: Chaos | undefined;
  readonly crash: (caller: 'controllers', downMs: number | undefined) => void;
}

/** The way to the datacenter, whichever life of it runs at the moment. */
export class MachineLink {
  readonly options: MachineLinkOptions;
  #backend: Backend | undefined;
  #open = 0;

  constructor(options: MachineLinkOptions) {
    this.options = options;
  }

  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** Calls that are being carried out: time must not move while there are any. */
  get open(): number {
    return this.#open;
  }

  connect(backend: Backend): void {
    this.#backend = backend;
  }

  /** The datacenter is no more. It has told so whoever waited for an answer. */
  disconnect(): void {
    this.#backend = undefined;
  }

  async carry<T>(run: (backend: Backend) => Promise<T>): Promise<T> {
    if (this.#backend === undefined) throw unreachable();
    this.#open++;
    try {
      return await run(this.#backend);
    } finally {
      this.#open--;
    }
  }
}

const unreachable = () => new BackendError('Unreachable', 'connect ECONNREFUSED');
const reset = () => new BackendError('Unreachable', 'connection reset by peer');

/** The controllers' way to the machines, for one life. */
export class LinkedBackend implements Backend {
  readonly #link: MachineLink;
  readonly #life: Incarnation;

  constructor(link: MachineLink, life: Incarnation) {
    this.#link = link;
    this.#life = life;
  }

  powerOn(...args: Parameters<Backend['powerOn']>) {
    return this.#call('powerOn', args[0].uid, (backend) => backend.powerOn(...args));
  }

  powerOff(...args: Parameters<Backend['powerOff']>) {
    return this.#call('powerOff', args[0].uid, (backend) => backend.powerOff(...args));
  }

  suspend(...args: Parameters<Backend['suspend']>) {
    return this.#call('suspend', args[0].uid, (backend) => backend.suspend(...args));
  }

  reset(...args: Parameters<Backend['reset']>) {
    return this.#call('reset', args[0].uid, (backend) => backend.reset(...args));
  }

  reconfigure(...args: Parameters<Backend['reconfigure']>) {
    return this.#call('reconfigure', args[0].uid, (backend) => backend.reconfigure(...args));
  }

  destroy(...args: Parameters<Backend['destroy']>) {
    return this.#call('destroy', args[0].uid, (backend) => backend.destroy(...args));
  }

  setHostPower(...args: Parameters<Backend['setHostPower']>) {
    return this.#call('setHostPower', args[0].name, (backend) => backend.setHostPower(...args));
  }

  setHostMaintenance(...args: Parameters<Backend['setHostMaintenance']>) {
    return this.#call('setHostMaintenance', args[0].name, (backend) => backend.setHostMaintenance(...args));
  }

  stats(namespace: string): Promise<readonly (HostReport | MachineReport)[]> {
    return this.#call('stats', namespace, (backend) => backend.stats(namespace));
  }

  observe(observer: BackendObserver): Observation {
    return new LinkedObservation(this.#link, this.#life, observer);
  }

  async close(): Promise<void> {}

  async #call<T>(verb: string, about: string, run: (backend: Backend) => Promise<T>): Promise<T> {
    if (this.#life.isDead) return never();
    const plain = () => this.#link.carry(run);
    const misfortune = this.#link.options.chaos?.onCall({ caller: 'controllers', port: 'Backend', verb, about });
    return whileAlive(misfortune === undefined ? plain() : this.#suffer(misfortune, plain), this.#life);
  }

  async #suffer<T>({ before, after, delayMs, downMs }: Misfortune, run: () => Promise<T>): Promise<T> {
    const { crash } = this.#link.options;
    if (delayMs !== undefined) await new Promise<void>((resolve) => this.#life.clock.after(delayMs, resolve));
    if (before === 'crash') crash('controllers', downMs);
    if (before === 'fail') throw reset();
    if (this.#life.isDead) return never();
    const answer = await (after === undefined ? run() : run().catch(() => undefined as T));
    if (after === 'crash') crash('controllers', downMs);
    if (after === 'fail') throw reset();
    return answer;
  }
}

class LinkedObservation implements Observation {
  readonly #life: Incarnation;
  readonly #link: MachineLink;
  readonly #observer: BackendObserver;
  readonly #inner: Observation | undefined;
  #isOver = false;
  #last = 0;

  constructor(link: MachineLink, life: Incarnation, observer: BackendObserver) {
    this.#link = link;
    this.#life = life;
    this.#observer = observer;
    const { backend } = link;
    life.onKill(() => this.stop());
    if (backend === undefined) this.#later(() => this.#end(unreachable()));
    else {
      this.#inner = backend.observe({
        reports: (batch) => this.#receive(batch),
        closed: (error) => this.#later(() => this.#end(error)),
      });
    }
  }

  stop(): void {
    this.#isOver = true;
    this.#inner?.stop();
  }

  #receive(batch: readonly Report[]): void {
    if (this.#isOver || this.#life.isDead) return;
    const misfortune = this.#link.options.chaos?.onBatch('controllers', 'machines');
    if (misfortune === undefined && this.#last === 0) this.#observer.reports(batch);
    else this.#suffer(misfortune ?? {}, batch);
  }

  #suffer({ breaks, dropped, delayMs }: BatchMisfortune, batch: readonly Report[]): void {
    if (dropped !== true) {
      this.#later(() => {
        if (!this.#isOver) this.#observer.reports(batch);
      }, delayMs);
    }
    if (!breaks && !dropped) return;
    this.#inner?.stop();
    this.#later(() => this.#end(reset()));
  }

  #later(run: () => void, delayMs = 0): void {
    const { clock } = this.#life;
    this.#last = Math.max(this.#last, clock.monotonic() + delayMs);
    clock.after(this.#last - clock.monotonic(), run);
  }

  #end(error: BackendError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#observer.closed(error);
  }
}
