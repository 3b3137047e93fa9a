import { AGAIN, SPIN, type Work } from './work.ts';

/** What a parallel guest needs of the scheduler that runs it. */
export interface ParallelHost {
  /** Asks the vCPU's work for another burst in place of its spin. */
  restart(vcpu: number): void;
  /** Whether the vCPU has a pCPU at this moment. */
  isRunning(vcpu: number): boolean;
}

export interface ParallelSettings {
  /** ns of CPU. */
  readonly compute: number;
  readonly critical: number;
  readonly sync: 'SpinLock' | 'Barrier';
}

const COMPUTING = 0;
const SPINNING = 1;
const CRITICAL = 2;

/**
 * A guest whose vCPUs work on one thing. `SpinLock`: each computes, takes the one lock, does its critical part, and
 * again; who finds the lock taken spins. `Barrier`: each computes and spins until all have; the last does the critical
 * part and lets all go. Spinning burns CPU and is no progress, so a vCPU that is off its pCPU while others spin for it
 * costs them all its time.
 */
export class ParallelWork implements Work {
  /** Rounds done by all vCPUs together: the guest's real throughput. */
  rounds = 0;
  readonly #vcpus: readonly number[];
  readonly #settings: ParallelSettings;
  readonly #host: ParallelHost;
  readonly #phase: Map<number, number>;
  /** Who has the lock, or does the critical part of the barrier; -1: nobody. */
  #holder = -1;
  #arrived = 0;

  constructor(vcpus: readonly number[], settings: ParallelSettings, host: ParallelHost) {
    this.#vcpus = vcpus;
    this.#settings = settings;
    this.#host = host;
    this.#phase = new Map(vcpus.map((vcpu) => [vcpu, COMPUTING]));
  }

  run(vcpu: number): number {
    const phase = this.#phase.get(vcpu)!;
    if (phase === COMPUTING) return this.#settings.compute;
    return phase === CRITICAL ? this.#settings.critical : SPIN;
  }

  rest(vcpu: number): number {
    if (this.#settings.sync === 'SpinLock') this.#lockStep(vcpu);
    else this.#barrierStep(vcpu);
    return AGAIN;
  }

  /** A spinner that gets a pCPU takes the lock if it is free. */
  mayStopSpinning(vcpu: number): boolean {
    if (this.#settings.sync === 'SpinLock' && this.#phase.get(vcpu) === SPINNING && this.#holder < 0) this.#take(vcpu);
    return this.#phase.get(vcpu) !== SPINNING;
  }

  #lockStep(vcpu: number): void {
    if (this.#phase.get(vcpu) === COMPUTING) {
      if (this.#holder < 0) this.#take(vcpu);
      else this.#phase.set(vcpu, SPINNING);
      return;
    }
    this.rounds++;
    this.#phase.set(vcpu, COMPUTING);
    this.#holder = -1;
    // The lock goes to one who sees it become free; those that are off their pCPUs do not.
    for (const other of this.#vcpus) {
      if (this.#phase.get(other) !== SPINNING || !this.#host.isRunning(other)) continue;
      this.#take(other);
      this.#host.restart(other);
      return;
    }
  }

  #take(vcpu: number): void {
    this.#holder = vcpu;
    this.#phase.set(vcpu, CRITICAL);
  }

  #barrierStep(vcpu: number): void {
    if (this.#phase.get(vcpu) === COMPUTING) {
      this.#arrived++;
      this.#phase.set(vcpu, this.#arrived < this.#vcpus.length ? SPINNING : CRITICAL);
      return;
    }
    this.rounds += this.#vcpus.length;
    this.#arrived = 0;
    for (const other of this.#vcpus) {
      this.#phase.set(other, COMPUTING);
      if (other !== vcpu) this.#host.restart(other);
    }
  }
}
