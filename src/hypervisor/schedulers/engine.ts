import { COMPLETION, Timeline, WAKE_UP } from './timeline.ts';
import type { Topology } from './topology.ts';
import {
  BLOCKED,
  COSTOPPED,
  FLAG_BLOCKED,
  FLAG_COSTOPPED,
  FLAG_LIMITED,
  FLAG_PAUSED,
  FLAG_SWAPPING,
  FLAG_YIELDING,
  LIMITED,
  NOT_RUNNABLE,
  READY,
  RUNNING,
  STATES,
  SWAPPING,
  VcpuTable,
} from './vcpu-table.ts';
import { AGAIN, SPIN, swapWait, type Work, YIELD } from './work.ts';

/** `Engine.current` of a pCPU that runs no guest. */
export const IDLE = -1;

/** So many passes at one instant are a defect of the policy: it would never end. */
const MOST_PASSES = 100_000;

/** What a scheduler decides. The engine calls; the policy moves vCPUs with `requestPass` and `switchTo`. */
export interface Policy {
  /** A timer of the policy's own is due. It requests passes; it must not switch. */
  fire(timer: number): void;
  /** A vCPU has become runnable because its guest woke it. */
  wake(vcpu: number): void;
  /** Decides what the pCPU runs from now on. */
  pass(cpu: number): void;
  /** A vCPU is not runnable any more, by a flag that has just been set: off its pCPU with it, or out of its queue. */
  sleep(vcpu: number): void;
}

/** Told of every decision, while it is made. */
export interface DecisionObserver {
  /** @param stolenFrom the pCPU from whose queue the vCPU was taken in this pass, or -1 */
  decided(cpu: number, vcpu: number, stolenFrom: number): void;
}

/**
 * The machine under a scheduler: time, pCPUs, vCPUs and what their guests do; it knows no policy. Everything happens
 * at exact instants, deciding and switching take no time. At each instant, until nothing is due: all completed bursts
 * in the order they were armed; else all timers of the policy; else one wake-up; and after each of these every
 * requested scheduling pass (xen-credit.md section 11).
 */
export class Engine {
  readonly topology: Topology;
  readonly timeline: Timeline;
  readonly vcpus = new VcpuTable();
  /** ns since the host came up, without what was skipped. */
  now = 0;
  /** ns that `skip` let pass. Guests are told `now + skipped`. */
  skipped = 0;
  /** By pCPU: the vCPU that runs there, or IDLE, and since when. */
  readonly current: Int32Array;
  readonly since: Float64Array;
  idlePcpus: number;
  /** How many vCPUs are READY. */
  waiting = 0;
  decisions = 0;
  contextSwitches = 0;
  /** Integral over time of min(idle pCPUs, waiting vCPUs), in ns. */
  idleWhileWaiting = 0;
  /** When something happened last, in ns. */
  lastEvent = 0;
  observer: DecisionObserver | undefined;
  readonly #policyTimers: number;
  readonly #work: (Work | undefined)[] = [];
  #policy!: Policy;
  #idleNs = 0;
  /** Ring of the pCPUs that wait for a pass. */
  readonly #passes: Int32Array;
  readonly #isAwaiting: Uint8Array;
  #firstPass = 0;
  #passCount = 0;

  /** @param policyTimers the policy's own timers are 0 up to this */
  constructor(topology: Topology, policyTimers: number) {
    this.topology = topology;
    this.timeline = new Timeline(policyTimers);
    this.#policyTimers = policyTimers;
    this.current = new Int32Array(topology.pcpus).fill(IDLE);
    this.since = new Float64Array(topology.pcpus);
    this.idlePcpus = topology.pcpus;
    this.#passes = new Int32Array(topology.pcpus);
    this.#isAwaiting = new Uint8Array(topology.pcpus);
  }

  /** Called once, by the policy that this engine serves. */
  serve(policy: Policy): void {
    this.#policy = policy;
  }

  /** ns that pCPUs have idled, summed. */
  get idleNs(): number {
    let sum = this.#idleNs;
    for (let cpu = 0; cpu < this.current.length; cpu++) {
      if (this.current[cpu] === IDLE) sum += this.now - this.since[cpu]!;
    }
    return sum;
  }

  /** Does all that is due before `end` (ns) and stands at `end`, where what is due then is still to be done. */
  advance(end: number): void {
    const { timeline } = this;
    for (;;) {
      const time = timeline.nextTime;
      if (time >= end) break;
      this.#elapse(time);
      this.lastEvent = time;
      const rank = timeline.nextRank;
      if (rank === WAKE_UP) {
        this.#wakeUp(timeline.pop() - this.#policyTimers);
      } else if (rank === COMPLETION) {
        do this.#complete(timeline.pop() - this.#policyTimers);
        while (timeline.nextTime === time && timeline.nextRank === COMPLETION);
      } else {
        do this.#policy.fire(timeline.pop());
        while (timeline.nextTime === time && timeline.nextRank === rank);
      }
      this.drain();
    }
    this.#elapse(end);
  }

  /** Carries out the passes that were requested, and those that they request. */
  drain(): void {
    for (let made = 0; this.#passCount > 0; made++) {
      if (made > MOST_PASSES) throw new Error(`the scheduler does not come to rest at ${this.now} ns`);
      const cpu = this.#passes[this.#firstPass]!;
      this.#firstPass = this.#firstPass + 1 === this.#passes.length ? 0 : this.#firstPass + 1;
      this.#passCount--;
      this.#isAwaiting[cpu] = 0;
      this.decisions++;
      this.#policy.pass(cpu);
    }
  }

  /** Whether a pass on the pCPU has been requested and not been made. */
  awaitsPass(cpu: number): boolean {
    return this.#isAwaiting[cpu] === 1;
  }

  /** A pass on the pCPU, after those that were requested before; one at most waits for each pCPU. */
  requestPass(cpu: number): void {
    if (this.#isAwaiting[cpu] === 1) return;
    this.#isAwaiting[cpu] = 1;
    const end = this.#firstPass + this.#passCount++;
    this.#passes[end < this.#passes.length ? end : end - this.#passes.length] = cpu;
  }

  /** A new vCPU, blocked until `wakeAt` or `changeWork`. */
  createVcpu(work: Work): number {
    const vcpu = this.vcpus.create(this.now);
    this.timeline.grow(this.#policyTimers + this.vcpus.capacity);
    this.#work[vcpu] = work;
    return vcpu;
  }

  /** Forgets a vCPU that does not run. */
  removeVcpu(vcpu: number): void {
    this.timeline.cancel(this.#policyTimers + vcpu);
    if (this.vcpus.state[vcpu] === READY) this.waiting--;
    this.vcpus.state[vcpu] = BLOCKED;
    this.#work[vcpu] = undefined;
    this.vcpus.remove(vcpu);
  }

  /** Wakes a blocked vCPU at `time` (ns), instead of when it would have woken. */
  wakeAt(vcpu: number, time: number): void {
    if ((this.vcpus.flags[vcpu]! & FLAG_BLOCKED) === 0) return;
    this.timeline.arm(this.#policyTimers + vcpu, time, WAKE_UP);
  }

  /** Stops a vCPU where it is, until `resume`. Time goes on for its guest: sleeps end meanwhile. */
  pause(vcpu: number): void {
    const { flags } = this.vcpus;
    if ((flags[vcpu]! & FLAG_PAUSED) !== 0) return;
    flags[vcpu]! |= FLAG_PAUSED;
    this.#policy.sleep(vcpu);
    this.drain();
  }

  resume(vcpu: number): void {
    const { flags } = this.vcpus;
    if ((flags[vcpu]! & FLAG_PAUSED) === 0) return;
    flags[vcpu]! &= ~FLAG_PAUSED;
    this.settle(vcpu);
    if ((flags[vcpu]! & NOT_RUNNABLE) === 0) this.#policy.wake(vcpu);
    this.drain();
  }

  /** Gives the vCPU other work: what it was doing is dropped. The new work is asked at `time` (ns) or when it runs. */
  changeWork(vcpu: number, work: Work, time: number): void {
    this.#work[vcpu] = work;
    if ((this.vcpus.flags[vcpu]! & FLAG_BLOCKED) !== 0) this.wakeAt(vcpu, time);
    else this.restartBurst(vcpu);
  }

  /** Asks the work of a vCPU for a new burst that replaces the present one; one that sleeps is left alone. */
  restartBurst(vcpu: number): void {
    if ((this.vcpus.flags[vcpu]! & FLAG_BLOCKED) !== 0) return;
    if (this.vcpus.state[vcpu] === RUNNING) this.vcpus.settle(vcpu, this.now);
    this.#beginBurst(vcpu);
    if (this.vcpus.state[vcpu] === RUNNING) this.armCompletion(vcpu);
  }

  /** Puts another vCPU (or IDLE) on the pCPU and keeps the books. The caller arms the completion. */
  switchTo(cpu: number, next: number): void {
    const { now } = this;
    const previous = this.current[cpu]!;
    this.contextSwitches++;
    if (previous === IDLE) {
      this.idlePcpus--;
      this.#idleNs += now - this.since[cpu]!;
    } else {
      // The timer of a blocked one is its wake-up.
      if ((this.vcpus.flags[previous]! & FLAG_BLOCKED) === 0) {
        this.vcpus.settle(previous, now);
        this.timeline.cancel(this.#policyTimers + previous);
      }
      this.#setState(previous, restingState(this.vcpus.flags[previous]!));
    }
    this.current[cpu] = next;
    this.since[cpu] = now;
    if (next === IDLE) this.idlePcpus++;
    else this.#dispatch(cpu, next);
  }

  /** Arms the end of the burst of a vCPU that has just been put on a pCPU, or whose speed is another from now on. */
  armCompletion(vcpu: number): void {
    if (this.vcpus.spins[vcpu] === 1 && this.#work[vcpu]!.mayStopSpinning?.(vcpu) === true) this.#beginBurst(vcpu);
    this.timeline.arm(this.#policyTimers + vcpu, this.now + this.vcpus.timeLeft(vcpu), COMPLETION);
  }

  /** A running vCPU goes on at another speed, of FULL_SPEED. */
  setSpeed(vcpu: number, speed: number): void {
    if (this.vcpus.speed[vcpu] === speed) return;
    this.vcpus.settle(vcpu, this.now);
    this.vcpus.speed[vcpu] = speed;
    if (this.timeline.timeOf(this.#policyTimers + vcpu) < Number.POSITIVE_INFINITY) this.armCompletion(vcpu);
  }

  /** A running vCPU gets nothing done for the next `ns` of its CPU time, beyond what it stalls for already. */
  addStall(vcpu: number, ns: number): void {
    this.vcpus.settle(vcpu, this.now);
    this.vcpus.stall[vcpu]! += ns;
    if (this.timeline.timeOf(this.#policyTimers + vcpu) < Number.POSITIVE_INFINITY) this.armCompletion(vcpu);
  }

  /** Books the state that follows from the flags of a vCPU that does not run; called when a policy has changed them. */
  settle(vcpu: number): void {
    if (this.vcpus.state[vcpu] === RUNNING) return;
    this.#setState(vcpu, restingState(this.vcpus.flags[vcpu]!));
  }

  /** Lets `delta` ns pass in which nothing happens to anybody: every pending instant moves along. */
  skip(delta: number): void {
    this.skipped += delta;
  }

  #dispatch(cpu: number, vcpu: number): void {
    const { vcpus, now } = this;
    this.#setState(vcpu, RUNNING);
    vcpus.settledAt[vcpu] = now;
    vcpus.dispatches[vcpu]!++;
    const last = vcpus.lastPcpu[vcpu]!;
    if (last >= 0 && last !== cpu) vcpus.migrations[vcpu]!++;
    vcpus.lastPcpu[vcpu] = cpu;
    const woken = vcpus.wokenAt[vcpu]!;
    if (woken < 0) return;
    const latency = now - woken;
    vcpus.wokenAt[vcpu] = -1;
    vcpus.latencySum[vcpu]! += latency;
    vcpus.latencyCount[vcpu]!++;
    if (latency > vcpus.latencyMax[vcpu]!) vcpus.latencyMax[vcpu] = latency;
  }

  /** The burst of a running vCPU is over. */
  #complete(vcpu: number): void {
    const { flags } = this.vcpus;
    this.vcpus.settle(vcpu, this.now);
    const rest = this.#work[vcpu]!.rest(vcpu, this.now + this.skipped);
    if (rest === AGAIN) {
      this.#beginBurst(vcpu);
      this.armCompletion(vcpu);
      return;
    }
    if (rest === YIELD) {
      flags[vcpu]! |= FLAG_YIELDING;
      this.#beginBurst(vcpu);
      this.armCompletion(vcpu);
    } else {
      const isSwap = rest <= swapWait(0);
      const sleep = isSwap ? swapWait(rest) : rest;
      if (!(sleep >= 0)) throw new RangeError(`the work of vCPU ${vcpu} wants to sleep for ${rest} ns`);
      flags[vcpu]! |= isSwap ? FLAG_BLOCKED | FLAG_SWAPPING : FLAG_BLOCKED;
      this.timeline.arm(this.#policyTimers + vcpu, this.now + sleep, WAKE_UP);
    }
    this.requestPass(this.vcpus.home[vcpu]!);
  }

  #wakeUp(vcpu: number): void {
    const { vcpus } = this;
    if ((vcpus.flags[vcpu]! & FLAG_SWAPPING) === 0) {
      vcpus.wakes[vcpu]!++;
      vcpus.wokenAt[vcpu] = this.now;
    }
    vcpus.flags[vcpu]! &= ~(FLAG_BLOCKED | FLAG_SWAPPING);
    this.#beginBurst(vcpu);
    this.settle(vcpu);
    if ((vcpus.flags[vcpu]! & NOT_RUNNABLE) === 0) this.#policy.wake(vcpu);
  }

  #beginBurst(vcpu: number): void {
    const run = this.#work[vcpu]!.run(vcpu, this.now + this.skipped);
    this.vcpus.spins[vcpu] = run === SPIN ? 1 : 0;
    if (!(run > 0) && run !== SPIN) throw new RangeError(`the work of vCPU ${vcpu} wants to run for ${run} ns`);
    this.vcpus.remaining[vcpu] = run === SPIN ? Number.POSITIVE_INFINITY : run;
  }

  #setState(vcpu: number, state: number): void {
    const { vcpus, now } = this;
    const old = vcpus.state[vcpu]!;
    if (old === state) return;
    vcpus.times[vcpu * STATES + old]! += now - vcpus.stateSince[vcpu]!;
    vcpus.stateSince[vcpu] = now;
    vcpus.state[vcpu] = state;
    if (old === READY) this.waiting--;
    else if (state === READY) this.waiting++;
  }

  #elapse(time: number): void {
    if (this.waiting > 0 && this.idlePcpus > 0) {
      this.idleWhileWaiting += (time - this.now) * Math.min(this.idlePcpus, this.waiting);
    }
    this.now = time;
  }
}

/** What a vCPU that does not run is doing. One that blocked before it was parked counts as blocked. */
function restingState(flags: number): number {
  if ((flags & (FLAG_BLOCKED | FLAG_PAUSED)) !== 0) return (flags & FLAG_SWAPPING) !== 0 ? SWAPPING : BLOCKED;
  if ((flags & FLAG_LIMITED) !== 0) return LIMITED;
  if ((flags & FLAG_COSTOPPED) !== 0) return COSTOPPED;
  return READY;
}
