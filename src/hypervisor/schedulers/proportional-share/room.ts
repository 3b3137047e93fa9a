import { CpuSet } from '../cpu-set.ts';
import { type Engine, IDLE } from '../engine.ts';
import { FAR_LAG, LITTLE_LOAD, LONG_WAIT } from './constants.ts';
import type { Machine, ShareVcpus } from './machines.ts';

/** Which vCPU may run on which pCPU: affinity, home node, who may share a core with whom, and what a move is worth. */
export class Room {
  readonly #engine: Engine;
  readonly #vcpus: ShareVcpus;
  readonly #machineOf: (vcpu: number) => Machine;
  readonly #throttles: boolean;
  readonly #hasThreads: boolean;
  /** By core: the vCPU that waits until the core is its own; -1: nobody. */
  readonly claims: Int32Array;
  readonly #all: CpuSet;
  readonly #scratch: CpuSet;

  constructor(engine: Engine, vcpus: ShareVcpus, machineOf: (vcpu: number) => Machine, throttles: boolean) {
    const { topology } = engine;
    this.#engine = engine;
    this.#vcpus = vcpus;
    this.#machineOf = machineOf;
    this.#throttles = throttles;
    this.#hasThreads = topology.coreSets.length < topology.pcpus;
    this.claims = new Int32Array(topology.coreSets.length).fill(-1);
    this.#all = new CpuSet(topology.pcpus);
    for (let cpu = 0; cpu < topology.pcpus; cpu++) this.#all.add(cpu);
    this.#scratch = new CpuSet(topology.pcpus);
  }

  /** The pCPUs where a waking vCPU may be put: its affinity within its home node. To be read only, and before the next call. */
  placesOf(vcpu: number): CpuSet {
    const { topology } = this.#engine;
    const { allowed } = this.#machineOf(vcpu);
    const node = this.#vcpus.homeNode[vcpu]!;
    if (allowed === undefined) return node >= 0 ? topology.nodeSets[node]! : this.#all;
    if (node < 0) return allowed;
    const places = this.#scratch;
    places.copyFrom(topology.nodeSets[node]!);
    places.retain(allowed);
    return places.isEmpty ? allowed : places;
  }

  /** Whether the affinity of the vCPU's machine allows the pCPU. */
  isAllowed(vcpu: number, cpu: number): boolean {
    return this.#machineOf(vcpu).allowed?.has(cpu) !== false;
  }

  /** Whether the pCPU is on the home node of the vCPU, if that has one. */
  isHome(vcpu: number, cpu: number): boolean {
    const node = this.#vcpus.homeNode[vcpu]!;
    return node < 0 || node === this.#engine.topology.nodeOf[cpu];
  }

  /** Whether an idle pCPU may fetch the vCPU: from its home node when it has waited for long. */
  mayBeFetched(vcpu: number, cpu: number): boolean {
    return this.isAllowed(vcpu, cpu) && (this.isHome(vcpu, cpu) || this.#waited(vcpu) >= LONG_WAIT);
  }

  /** How far behind (ns of CPU) the vCPU must be to be put before another there: far from home, more. */
  marginAt(vcpu: number, cpu: number, usual: number): number {
    return this.isHome(vcpu, cpu) ? usual : Math.max(usual, FAR_LAG);
  }

  /** Whether a move to the pCPU's cache is more than the vCPU's little load is worth. */
  isThrottled(vcpu: number, cpu: number): boolean {
    if (!this.#throttles || this.#vcpus.load[vcpu]! >= LITTLE_LOAD) return false;
    const { cacheOf } = this.#engine.topology;
    const last = this.#engine.vcpus.lastPcpu[vcpu]!;
    if (last < 0 || cacheOf[last] === cacheOf[cpu]) return false;
    return this.#waited(vcpu) < LONG_WAIT;
  }

  /** Whether what runs on the core's other threads bears the vCPU, and the vCPU them. */
  fitsCore(vcpu: number, cpu: number): boolean {
    if (!this.#hasThreads) return true;
    const { topology, current } = this.#engine;
    const core = topology.coreOf[cpu]!;
    const claimant = this.claims[core]!;
    if (claimant >= 0 && claimant !== vcpu) return false;
    const machine = this.#machineOf(vcpu);
    const threads = topology.coreSets[core]!;
    for (let other = threads.nextAfter(cpu); other !== cpu; other = threads.nextAfter(other)) {
      const neighbour = current[other]!;
      if (neighbour === IDLE) continue;
      const host = this.#machineOf(neighbour);
      if (machine.sharing === 'None' || host.sharing === 'None') return false;
      if (machine !== host && (machine.sharing === 'Internal' || host.sharing === 'Internal')) return false;
    }
    return true;
  }

  /** How long it has been off its pCPU; a limit that lets it go for an instant now and then does not make that shorter. */
  #waited(vcpu: number): number {
    return this.#engine.now - this.#vcpus.offSince[vcpu]!;
  }
}
