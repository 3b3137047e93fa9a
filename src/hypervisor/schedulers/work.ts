/** Returned by `Work.run`: the vCPU spins. It burns CPU and makes no progress until `Scheduler.restart`. */
export const SPIN = Number.NEGATIVE_INFINITY;

/** Returned by `Work.rest`: the vCPU stays runnable and gives way to another. */
export const YIELD = -1;

/** Returned by `Work.rest`: the vCPU goes straight on with its next run, and keeps its pCPU. */
export const AGAIN = -2;

/**
 * An answer of `Work.rest`: for so many ns the vCPU waits for its memory to come back from swap. That is no sleep of the
 * guest and no wake-up follows it, it just goes on.
 */
export const swapWait = (ns: number): number => -3 - ns;

/**
 * What the guest does on its vCPUs: it runs, it rests, and again. The scheduler asks; the answers decide when it asks
 * next, so a guest is a function of the CPU time it gets. One object may drive any number of vCPUs.
 */
export interface Work {
  /**
   * How much the vCPU wants to do now, in ns of CPU at full speed: an integer > 0, Infinity (it never stops by itself)
   * or `SPIN`. Asked when it wakes, and after `YIELD`, `AGAIN` and a swap wait.
   */
  run(vcpu: number, now: number): number;
  /**
   * What it does now that it has done that: sleep for so many ns (an integer >= 0; Infinity: until
   * `Scheduler.wake`), `YIELD`, `AGAIN`, or `swapWait`.
   */
  rest(vcpu: number, now: number): number;
  /** A spinning vCPU has just been given a pCPU: whether what it spins for has come, so that `run` is asked again. */
  mayStopSpinning?(vcpu: number): boolean;
}

/** A guest that never does anything: each wake-up costs it 1 ns. */
export const idleWork: Work = { run: () => 1, rest: () => Number.POSITIVE_INFINITY };

/** A guest that never stops. */
export const busyWork: Work = { run: () => Number.POSITIVE_INFINITY, rest: () => 0 };

const EMPTY = new Float64Array(0);

/** Lists of [run, sleep] that each vCPU goes through in a circle: the workloads of a scenario, in flat arrays. */
export class CyclicWork implements Work {
  /** By vCPU: its list, run and sleep in turns. */
  readonly #lists: Float64Array[] = [];
  readonly #next: number[] = [];

  /** @param bursts [run ns, sleep ns] pairs; a sleep may be `YIELD` */
  set(vcpu: number, bursts: readonly (readonly [number, number])[]): void {
    while (this.#lists.length <= vcpu) {
      this.#lists.push(EMPTY);
      this.#next.push(0);
    }
    this.#lists[vcpu] = Float64Array.from(bursts.flat());
    this.#next[vcpu] = 0;
  }

  run(vcpu: number): number {
    return this.#lists[vcpu]![this.#next[vcpu]!]!;
  }

  rest(vcpu: number): number {
    const list = this.#lists[vcpu]!;
    const at = this.#next[vcpu]!;
    this.#next[vcpu] = at + 2 < list.length ? at + 2 : 0;
    return list[at + 1]!;
  }
}
