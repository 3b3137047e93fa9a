import { CpuSet } from '../cpu-set.ts';
import type { Topology } from '../topology.ts';
import type { VcpuTable } from '../vcpu-table.ts';
import { widened } from '../widened.ts';
import type { ShareAllocation, SkewMode, ThreadSharing } from './settings.ts';
import { OFF, type Stand } from './share-tree.ts';

/** A machine as the scheduler holds it; its number is its node in the share tree. */
export interface Machine {
  readonly node: number;
  allocation: ShareAllocation;
  readonly vcpus: number[];
  skewMode: SkewMode;
  sharing: ThreadSharing;
  /** The pCPUs that its affinity and node affinity allow; undefined: all. */
  allowed: CpuSet | undefined;
  /** It has an affinity to pCPUs, which takes it out of NUMA management. */
  isPinned: boolean;
}

/** What the policy knows of each vCPU beside the engine's table, in flat arrays by slot. */
export class ShareVcpus {
  /** Node of its machine. */
  machine = new Int32Array(0);
  stand = new Uint8Array(0);
  /** Since when it wants to run and does not, in ns: waiting or kept off. */
  offSince = new Float64Array(0);
  /** CPU charged, in eighths of a ns. */
  charged = new Float64Array(0);
  /** CPU charged as its siblings compare it: who has had less goes first. */
  turn = new Float64Array(0);
  /** Part of a pCPU that it uses, in percent, smoothed; and `running` when that was last reckoned. */
  load = new Float64Array(0);
  ranBefore = new Float64Array(0);
  /** ns lost on shared cores, in eighths, slowly forgotten. */
  stolen = new Float64Array(0);
  /** The node that it should run on; -1: any. */
  homeNode = new Int32Array(0);
  /** Moves by distance, by slot x DISTANCES. */
  moves = new Float64Array(0);
  /** ns run on each pCPU, by slot x pCPUs. */
  ranOn = new Float64Array(0);
  /** VMkernel time on its behalf, and time that its runs lost to such of others, in ns. */
  system = new Float64Array(0);
  overlapped = new Float64Array(0);
  readonly #pcpus: number;
  readonly #distances: number;

  constructor(pcpus: number, distances: number) {
    this.#pcpus = pcpus;
    this.#distances = distances;
  }

  /** Makes room and starts a slot afresh. */
  create(vcpu: number, machine: number, { capacity }: VcpuTable): void {
    this.#grow(capacity);
    this.machine[vcpu] = machine;
    this.stand[vcpu] = OFF;
    this.offSince[vcpu] = 0;
    this.homeNode[vcpu] = -1;
    const sums = [this.charged, this.turn, this.load, this.ranBefore, this.stolen, this.system, this.overlapped];
    for (const column of sums) column[vcpu] = 0;
    this.moves.fill(0, vcpu * this.#distances, (vcpu + 1) * this.#distances);
    this.ranOn.fill(0, vcpu * this.#pcpus, (vcpu + 1) * this.#pcpus);
  }

  standOf(vcpu: number): Stand {
    return this.stand[vcpu]! as Stand;
  }

  #grow(capacity: number): void {
    if (capacity <= this.machine.length) return;
    this.machine = widened(this.machine, capacity);
    this.stand = widened(this.stand, capacity);
    this.offSince = widened(this.offSince, capacity);
    this.charged = widened(this.charged, capacity);
    this.turn = widened(this.turn, capacity);
    this.load = widened(this.load, capacity);
    this.ranBefore = widened(this.ranBefore, capacity);
    this.stolen = widened(this.stolen, capacity);
    this.homeNode = widened(this.homeNode, capacity, -1);
    this.moves = widened(this.moves, capacity * this.#distances);
    this.ranOn = widened(this.ranOn, capacity * this.#pcpus);
    this.system = widened(this.system, capacity);
    this.overlapped = widened(this.overlapped, capacity);
  }
}

/** What an allocation says, with the defaults of ESX 4. */
export function applyAllocation(machine: Machine, allocation: ShareAllocation, topology: Topology): void {
  const { affinity = [], nodeAffinity = [] } = allocation;
  machine.allocation = allocation;
  machine.skewMode = allocation.maxSkew ?? 'Individual';
  machine.sharing = allocation.htSharing ?? 'Any';
  machine.isPinned = affinity.length > 0;
  machine.allowed = undefined;
  if (affinity.length === 0 && nodeAffinity.length === 0) return;
  const allowed = new CpuSet(topology.pcpus);
  for (let cpu = 0; cpu < topology.pcpus; cpu++) {
    const isNamed = affinity.length === 0 || affinity.includes(cpu);
    if (isNamed && (nodeAffinity.length === 0 || nodeAffinity.includes(topology.nodeOf[cpu]!))) allowed.add(cpu);
  }
  // An affinity to what this host does not have is none.
  if (!allowed.isEmpty) machine.allowed = allowed;
}
