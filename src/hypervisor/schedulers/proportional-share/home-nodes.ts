import type { Topology } from '../topology.ts';
import { NUMA_STAY_PERIODS, PAGE_SIZE, PAGES_PER_SECOND } from './constants.ts';
import type { Machine, ShareVcpus } from './machines.ts';
import type { NumaMode } from './settings.ts';
import type { NumaTuning } from './tuning.ts';

const GiB = 1024 ** 3;
/** A machine whose memory nobody told. */
const USUAL_MEMORY = GiB;

/** A machine, or a part of a wide one, that has a home node. */
interface Client {
  readonly machine: Machine;
  readonly vcpus: readonly number[];
  node: number;
  /** The period in which it moved last. */
  movedIn: number;
  /** What its vCPUs wanted so far, in ns (-1: not looked at yet); and in the last period. */
  wantedBefore: number;
  wanted: number;
}

/** A machine's memory and the parts that it is scheduled in. */
interface Resident {
  readonly pages: Float64Array;
  readonly total: number;
  clients: Client[];
}

/**
 * NUMA home nodes (algorithms.md 2.5): each machine, or each part of a wide one, runs on one node, where its memory
 * is; every 2 s one of them may move to a node that has less to do, and its pages follow.
 */
export class HomeNodes {
  readonly #topology: Topology;
  readonly #vcpus: ShareVcpus;
  readonly #mode: NumaMode;
  readonly #tuning: NumaTuning;
  readonly #coresPerNode: number;
  /** vCPUs that a part of a machine may have. */
  readonly #widest: number;
  readonly #residents = new Map<number, Resident>();
  #period = 0;
  #nextNode = 0;
  /** Moves of clients so far. */
  moves = 0;

  constructor(topology: Topology, vcpus: ShareVcpus, { mode, tuning }: { mode: NumaMode; tuning: NumaTuning }) {
    this.#topology = topology;
    this.#vcpus = vcpus;
    this.#tuning = tuning;
    this.#coresPerNode = Math.floor(topology.coreSets.length / topology.nodes);
    this.#widest = tuning.countsThreads ? Math.floor(topology.pcpus / topology.nodes) : this.#coresPerNode;
    const isLarge = topology.coreSets.length >= tuning.coresTotal && this.#coresPerNode >= tuning.coresPerNode;
    this.#mode = tuning.isOn && topology.nodes > 1 && isLarge ? mode : 'Off';
  }

  get isOn(): boolean {
    return this.#mode !== 'Off';
  }

  /** Gives a machine its home nodes, anew when its vCPUs have changed. */
  settle(machine: Machine): void {
    const old = this.#residents.get(machine.node);
    const groups = this.#groupsOf(machine);
    const clients = groups.map((vcpus, index): Client => {
      const node = old?.clients[index]?.node ?? this.#leastBusy(machine);
      this.#place(vcpus, node);
      return { machine, vcpus, node, movedIn: Number.NEGATIVE_INFINITY, wantedBefore: -1, wanted: 0 };
    });
    if (clients.length === 0) this.#place(machine.vcpus, -1);
    const total = Math.max(1, Math.ceil((machine.allocation.memory ?? USUAL_MEMORY) / PAGE_SIZE));
    const pages = old !== undefined && old.total === total ? old.pages : this.#spread(clients, total);
    this.#residents.set(machine.node, { pages, total, clients });
  }

  forget(machine: Machine): void {
    this.#residents.delete(machine.node);
  }

  /** Part of the machine's memory that is not on the pCPU's node, 0 to 1. */
  remotePart(node: number, cpu: number): number {
    if (this.#topology.nodes === 1) return 0;
    const resident = this.#residents.get(node);
    if (resident === undefined) return 0;
    return 1 - resident.pages[this.#topology.nodeOf[cpu]!]! / resident.total;
  }

  /**
   * Every 2 s: moves pages after their machines, and one client, or two against each other, where that evens the load
   * of the nodes.
   * @param wantedOf ns that a vCPU has run or waited since it was created
   */
  balance(wantedOf: (vcpu: number) => number): void {
    this.#period++;
    for (const resident of this.#residents.values()) this.#migratePages(resident);
    const clients = [...this.#residents.values()].flatMap((resident) => resident.clients);
    const loads = new Float64Array(this.#topology.nodes);
    for (const client of clients) {
      const wanted = client.vcpus.reduce((sum, vcpu) => sum + wantedOf(vcpu), 0);
      client.wanted = client.wantedBefore < 0 ? 0 : wanted - client.wantedBefore;
      client.wantedBefore = wanted;
      loads[client.node]! += client.wanted;
    }
    const [busiest, idlest] = extremes(loads);
    const gap = loads[busiest]! - loads[idlest]!;
    if (gap <= (this.#tuning.imbalance / 100) * this.#coresPerNode * this.#tuning.period) return;
    const movable = clients.filter(({ movedIn }) => this.#period - movedIn >= NUMA_STAY_PERIODS);
    const from = movable.filter(({ node }) => node === busiest);
    const alone = best(from, (client) => (mayUse(client, idlest) ? evened(gap, client.wanted) : 0));
    if (alone !== undefined) this.#move(alone, idlest);
    else if (this.#period % this.#tuning.swapPeriods === 0)
      this.#swap(
        from,
        movable.filter(({ node }) => node === idlest),
        gap,
      );
  }

  #swap(from: readonly Client[], to: readonly Client[], gap: number): void {
    const pairs = from.flatMap((heavy) => to.map((light) => ({ heavy, light })));
    const pair = best(pairs, ({ heavy, light }) =>
      mayUse(heavy, light.node) && mayUse(light, heavy.node) ? evened(gap, heavy.wanted - light.wanted) : 0,
    );
    if (pair === undefined) return;
    const { node } = pair.heavy;
    this.#move(pair.heavy, pair.light.node);
    this.#move(pair.light, node);
  }

  #move(client: Client, node: number): void {
    client.node = node;
    client.movedIn = this.#period;
    this.moves++;
    this.#place(client.vcpus, node);
  }

  #place(vcpus: readonly number[], node: number): void {
    for (const vcpu of vcpus) this.#vcpus.homeNode[vcpu] = node;
  }

  /** The parts of a machine: one, or as many as its vCPUs need nodes; none when it is not managed. */
  #groupsOf({ vcpus, allocation, isPinned }: Machine): number[][] {
    const mode = allocation.numa ?? this.#mode;
    if (!this.isOn || mode === 'Off' || vcpus.length === 0 || isPinned) return [];
    const widest = this.#widest;
    if (vcpus.length <= widest) return [vcpus.slice()];
    if (mode === 'Narrow' || vcpus.length > widest * this.#topology.nodes) return [];
    const groups: number[][] = [];
    for (let at = 0; at < vcpus.length; at += widest) groups.push(vcpus.slice(at, at + widest));
    return groups;
  }

  /** The node with the fewest vCPUs, in turns among equals. */
  #leastBusy(machine: Machine): number {
    const counts = new Float64Array(this.#topology.nodes);
    const { homeNode, stand } = this.#vcpus;
    for (let vcpu = 0; vcpu < stand.length; vcpu++) if (homeNode[vcpu]! >= 0) counts[homeNode[vcpu]!]!++;
    let found = -1;
    for (let i = 0; i < counts.length; i++) {
      const node = (this.#nextNode + i) % counts.length;
      if (!isAllowed(machine, node)) continue;
      if (found < 0 || counts[node]! < counts[found]!) found = node;
    }
    if (found < 0) found = this.#nextNode;
    this.#nextNode = (found + 1) % counts.length;
    return found;
  }

  /** Where a machine's memory is at first: on its home nodes in equal parts, or everywhere. */
  #spread(clients: readonly Client[], total: number): Float64Array {
    const pages = new Float64Array(this.#topology.nodes);
    const nodes = clients.length > 0 ? clients.map(({ node }) => node) : pages.map((_, node) => node);
    for (const node of nodes) pages[node]! += total / nodes.length;
    return pages;
  }

  #migratePages({ pages, total, clients }: Resident): void {
    if (clients.length === 0 || !this.#tuning.movesPages) return;
    const wanted = new Float64Array(pages.length);
    for (const { node } of clients) wanted[node]! += total / clients.length;
    let budget = (PAGES_PER_SECOND * this.#tuning.period) / 1e9;
    for (let to = 0; to < pages.length; to++) {
      for (let from = 0; from < pages.length && budget > 0; from++) {
        const count = Math.min(budget, pages[from]! - wanted[from]!, wanted[to]! - pages[to]!);
        if (count <= 0) continue;
        pages[from]! -= count;
        pages[to]! += count;
        budget -= count;
      }
    }
  }
}

function isAllowed({ allocation }: Machine, node: number): boolean {
  const nodes = allocation.nodeAffinity ?? [];
  return nodes.length === 0 || nodes.includes(node);
}

const mayUse = ({ machine }: Client, node: number): boolean => isAllowed(machine, node);

/** By how much a gap closes when so much goes over; 0 or less: it does not. */
function evened(gap: number, moved: number): number {
  return gap - Math.abs(gap - 2 * moved);
}

function best<T>(items: readonly T[], gain: (item: T) => number): T | undefined {
  let found: T | undefined;
  let most = 0;
  for (const item of items) {
    const value = gain(item);
    if (value > most) [found, most] = [item, value];
  }
  return found;
}

function extremes(loads: Float64Array): [number, number] {
  let [most, least] = [0, 0];
  for (let i = 1; i < loads.length; i++) {
    if (loads[i]! > loads[most]!) most = i;
    if (loads[i]! < loads[least]!) least = i;
  }
  return [most, least];
}
