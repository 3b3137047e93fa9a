import type { Tuning } from './tuning.ts';

/**
 * What the hardware takes from a guest's progress. Every figure is a parameter: sources give orders of magnitude only
 * (algorithms.md 2), so these are ours where no source stands beside them.
 */
export interface HardwareCosts {
  /** ns until the caches are warm after a move, by distance: same core, cache, package, node, other node. */
  readonly warmUp: readonly number[];
  /** Percent of its speed that a vCPU loses while another thread of its core is busy. */
  readonly busySibling: number;
  /** Percent lost per other busy core on the same last-level cache, and at most. */
  readonly sharedCache: number;
  readonly sharedCacheMost: number;
  /** Percent lost when all memory is on other nodes; in proportion when some is. */
  readonly remoteMemory: number;
  /** Percent lost by a machine whose vCPUs talk to each other while they run on different last-level caches. */
  readonly apart: number;
}

/** Time on a pCPU is time worked. */
export const noCosts: HardwareCosts = {
  warmUp: [0, 0, 0, 0, 0],
  busySibling: 0,
  sharedCache: 0,
  sharedCacheMost: 0,
  remoteMemory: 0,
  apart: 0,
};

/**
 * The default of a host. `busySibling` follows from a gain of 1.25 by hyper-threading, so 62.5 % for each thread;
 * `apart` is Cpu.DefaultImpact. Warm-up: 20 µs refill a core's own caches, some hundred a last-level cache of some
 * MB. Remote memory at a third more time per access is what two-socket machines of those years show.
 */
export const usualCosts: HardwareCosts = {
  warmUp: [0, 20_000, 200_000, 300_000, 500_000],
  busySibling: 37.5,
  sharedCache: 2,
  sharedCacheMost: 20,
  remoteMemory: 25,
  apart: 30,
};

/** What the scheduler does about them; each can be turned off to see what it is worth. */
export interface Mechanisms {
  /** A whole idle core before the second thread of a busy one. */
  readonly wholeCoreFirst: boolean;
  /** vCPUs change places when one has lost too much on a shared core. */
  readonly wholeCoreFairness: boolean;
  /** Moves have to be worth their distance. */
  readonly cacheAffinity: boolean;
  /** vCPUs that use little stay on their last-level cache. */
  readonly throttleFarMoves: boolean;
  /** A co-stopped vCPU hands its pCPU only to a sibling of the same last-level cache (Cpu.CoschedHandoffLLC). */
  readonly handoffWithinCache: boolean;
  /** Home nodes: `Wide` also for machines wider than a node (4.1 and later), `Narrow` not for those (4.0), `Off`. */
  readonly numa: NumaMode;
}

export type NumaMode = 'Wide' | 'Narrow' | 'Off';

export const allMechanisms: Mechanisms = {
  wholeCoreFirst: true,
  wholeCoreFairness: true,
  cacheAffinity: true,
  throttleFarMoves: true,
  handoffWithinCache: true,
  numa: 'Wide',
};

export interface ShareSettings {
  readonly mhz: number;
  /** What an administrator has set. */
  readonly tuning: Tuning;
  readonly costs: HardwareCosts;
  readonly mechanisms: Mechanisms;
}

/** How siblings are kept together: ESX 2, ESX 3, ESX 4, not at all. */
export type SkewMode = 'Strict' | 'Relaxed' | 'Individual' | 'None';
export type ThreadSharing = 'Any' | 'None' | 'Internal';

/** What ESX gives a machine. */
export interface ShareAllocation {
  /** Of the whole machine, at least 1. */
  readonly shares: number;
  readonly reservationMHz: number;
  /** 0: none. */
  readonly limitMHz: number;
  /** The pool it is in, from `addPool`; left out: the host itself. Read when the machine is added. */
  readonly pool?: number;
  /** The rest is read when the machine is added or changed; left out: the default of ESX 4. */
  readonly maxSkew?: SkewMode;
  /** The pCPUs that it may use; empty: all. */
  readonly affinity?: readonly number[];
  readonly nodeAffinity?: readonly number[];
  readonly htSharing?: ThreadSharing;
  /** All vCPUs on one last-level cache, where they would be spread for more cache. */
  readonly consolidate?: boolean;
  /** Its vCPUs work on the same data (more than 500 events/s between them). */
  readonly communicates?: boolean;
  /** Overrides the host's. */
  readonly numa?: NumaMode;
  /** Bytes; decides how long its pages take to follow it to another node. */
  readonly memory?: number;
}

/** What a resource pool has of its parent. */
export interface PoolAllocation {
  readonly shares: number;
  readonly reservationMHz: number;
  /** 0: none. */
  readonly limitMHz: number;
}
