import { OTHER_NODE } from './constants.ts';

const MS = 1_000_000;
const US = 1000;

/**
 * What an administrator may set of the scheduler, by VMware's names, and what it is when nobody does (algorithms.md 2.2
 * and 2.5; `hostOptions` in src/api/options.ts says the same, and a test that it does).
 */
export const shareOptions = {
  'Cpu.Quantum': 50,
  'Cpu.BoundLagQuanta': 8,
  'Cpu.CreditAgePeriod': 3000,
  'Cpu.CoschedPollPeriod': 1000,
  'Cpu.CoschedCostopThreshold': 3000,
  'Cpu.CoschedCostartThreshold': 2000,
  'Cpu.CoschedHandoffLLC': 1,
  'Cpu.HTWholeCoreThreshold': 800,
  'Cpu.HTStolenAgeThreshold': 8,
  'Cpu.HTRebalancePeriod': 5,
  'Cpu.L2RebalancePeriod': 10,
  'Cpu.L3RebalancePeriod': 20,
  'Cpu.PackageRebalancePeriod': 20,
  'Cpu.PcpuMigrateIdlePcpus': 4,
  'Cpu.WakeupMigrateIdlePcpus': 4,
  'Cpu.LimitEnforcementThreshold': 100,
  'Numa.RebalanceEnable': 1,
  'Numa.RebalancePeriod': 2000,
  'Numa.RebalanceCoresTotal': 4,
  'Numa.RebalanceCoresNode': 2,
  'Numa.MigImbalanceThreshold': 10,
  'Numa.SwapInterval': 3,
  'Numa.PageMigEnable': 1,
  'Numa.PreferHT': 0,
} as const;

/** The same as the scheduler reads it. Times in ns. */
export interface Tuning {
  /** Longest run before others are looked at (the slice of the ESX 3 and 4 texts). */
  readonly quantum: number;
  /** Nobody is ever further behind or ahead of the others than so much CPU. */
  readonly boundLag: number;
  /** Time that a machine has been ahead or behind is forgotten by half in each of these. */
  readonly creditAge: number;
  /** Skew between siblings: looked at so often, stopped above, let go below. */
  readonly skewPoll: number;
  readonly coStop: number;
  readonly coStart: number;
  /** A co-stopped vCPU hands its pCPU only to a sibling of the same last-level cache. */
  readonly handoffWithinCache: boolean;
  /** Time that a vCPU may lose on shared cores beyond another before they change places; and when it is forgotten. */
  readonly wholeCore: number;
  readonly stolenAge: number;
  /** How often a pCPU looks for fairer work at each distance; Infinity: never. */
  readonly pullIntervals: readonly number[];
  /** Peers at each distance that it looks at then, and that are looked at for one that becomes ready. */
  readonly pullPeers: number;
  readonly pushPeers: number;
  /** A limited machine may save up so much time of running at its limit. */
  readonly limitWindow: number;
  readonly numa: NumaTuning;
}

/** Of home nodes. */
export interface NumaTuning {
  readonly isOn: boolean;
  readonly period: number;
  /** Cores that a host, and a node, must have for it to be worth it. */
  readonly coresTotal: number;
  readonly coresPerNode: number;
  /** The smallest difference of node loads that is mended, in percent of a node. */
  readonly imbalance: number;
  /** A swap of two clients is tried every so many periods. */
  readonly swapPeriods: number;
  readonly movesPages: boolean;
  /** Threads count as cores when a machine is split over nodes. */
  readonly countsThreads: boolean;
}

/** How often the whole host is looked at; no option sets it. */
const HOST_INTERVAL = 100 * MS;

/** @param advanced what was set; unknown names are others' */
export function tuningOf(advanced: Readonly<Record<string, number>> = {}): Tuning {
  const option = (name: keyof typeof shareOptions) => advanced[name] ?? shareOptions[name];
  const isOn = (name: keyof typeof shareOptions) => option(name) !== 0;
  const interval = (name: keyof typeof shareOptions) => (isOn(name) ? option(name) * MS : Number.POSITIVE_INFINITY);
  const quantum = option('Cpu.Quantum') * MS;
  const pullIntervals = [
    interval('Cpu.HTRebalancePeriod'),
    interval('Cpu.L2RebalancePeriod'),
    interval('Cpu.L3RebalancePeriod'),
    interval('Cpu.PackageRebalancePeriod'),
  ];
  pullIntervals[OTHER_NODE] = HOST_INTERVAL;
  return {
    quantum,
    boundLag: option('Cpu.BoundLagQuanta') * quantum,
    creditAge: option('Cpu.CreditAgePeriod') * MS,
    skewPoll: option('Cpu.CoschedPollPeriod') * US,
    coStop: option('Cpu.CoschedCostopThreshold') * US,
    // Nobody is let go while he would be stopped again.
    coStart: Math.min(option('Cpu.CoschedCostartThreshold'), option('Cpu.CoschedCostopThreshold')) * US,
    handoffWithinCache: isOn('Cpu.CoschedHandoffLLC'),
    wholeCore: option('Cpu.HTWholeCoreThreshold') * MS,
    stolenAge: option('Cpu.HTStolenAgeThreshold') * 1000 * MS,
    pullIntervals,
    pullPeers: option('Cpu.PcpuMigrateIdlePcpus'),
    pushPeers: option('Cpu.WakeupMigrateIdlePcpus'),
    limitWindow: option('Cpu.LimitEnforcementThreshold') * MS,
    numa: {
      isOn: isOn('Numa.RebalanceEnable'),
      period: option('Numa.RebalancePeriod') * MS,
      coresTotal: option('Numa.RebalanceCoresTotal'),
      coresPerNode: option('Numa.RebalanceCoresNode'),
      imbalance: option('Numa.MigImbalanceThreshold'),
      swapPeriods: option('Numa.SwapInterval'),
      movesPages: isOn('Numa.PageMigEnable'),
      countsThreads: isOn('Numa.PreferHT'),
    },
  };
}
