import { OTHER_NODE, SAME_CACHE, SAME_NODE, SAME_PACKAGE } from '../proportional-share/constants.ts';
import type { ProportionalShareScheduler, ShareVcpuUsage } from '../proportional-share.ts';
import { rounded } from './rounding.ts';
import type { ShareScenario } from './share-scenario.ts';

const DECIMALS = 6;

/**
 * esxtop's counters. Percentages are of one pCPU, summed over the vCPUs of a machine: run + ready + co-stop + wait =
 * 100 per vCPU. `readyPercent` includes `limitedPercent`; `usedPercent` is `runPercent` less for shared cores.
 */
export interface ShareCounters {
  readonly usedMHz: number;
  readonly runPercent: number;
  readonly usedPercent: number;
  readonly readyPercent: number;
  readonly coStopPercent: number;
  readonly limitedPercent: number;
  readonly waitPercent: number;
}

export interface ShareVcpuReport extends ShareCounters {
  /** The most that it was ahead of its slowest sibling, or (Strict, Relaxed) had missed of its siblings' progress. */
  readonly maxSkewMs: number;
  /** Where it ran most; null: it never ran. */
  readonly node: number | null;
  readonly package: number | null;
  readonly core: number | null;
  /** Starts on another core, cache, package, node than the last. */
  readonly moves: { readonly core: number; readonly cache: number; readonly package: number; readonly node: number };
}

export interface ShareReport {
  readonly virtualMachines: Readonly<Record<string, ShareCounters & { readonly vcpus: readonly ShareVcpuReport[] }>>;
  readonly totals: { readonly idlePercent: number; readonly decisions: number; readonly contextSwitches: number };
}

/** What a run tells, from the scheduler's counters at its end. */
export function shareReport(
  { machines, mhz, duration, shape }: ShareScenario,
  scheduler: ProportionalShareScheduler,
  vcpusOf: readonly (readonly number[])[],
): ShareReport {
  const reports = machines.map(({ name }, index) => {
    const usages = vcpusOf[index]!.map((vcpu) => scheduler.usage(vcpu));
    const vcpus = usages.map((usage) => vcpuReport(scheduler, usage, mhz));
    return [name, { ...countersOf(usages, duration, mhz), vcpus }] as const;
  });
  const { idle, decisions, contextSwitches } = scheduler.hostUsage();
  const idlePercent = rounded((100 * idle) / (shape.pcpus * duration), DECIMALS);
  return { virtualMachines: Object.fromEntries(reports), totals: { idlePercent, decisions, contextSwitches } };
}

function countersOf(usages: readonly ShareVcpuUsage[], duration: number, mhz: number): ShareCounters {
  const percent = (of: (usage: ShareVcpuUsage) => number) =>
    rounded((100 * usages.reduce((sum, usage) => sum + of(usage), 0)) / duration, DECIMALS);
  const used = percent((usage) => usage.used);
  return {
    usedMHz: rounded((used / 100) * mhz, DECIMALS),
    runPercent: percent((usage) => usage.running),
    usedPercent: used,
    readyPercent: percent((usage) => usage.ready + usage.limited),
    coStopPercent: percent((usage) => usage.coStopped),
    limitedPercent: percent((usage) => usage.limited),
    waitPercent: percent((usage) => usage.blocked + usage.swapping),
  };
}

function vcpuReport(scheduler: ProportionalShareScheduler, usage: ShareVcpuUsage, mhz: number): ShareVcpuReport {
  const { nodeOf, socketOf, coreOf } = scheduler.engine.topology;
  const { moves } = usage;
  return {
    ...countersOf([usage], scheduler.now, mhz),
    maxSkewMs: usage.largestSkew / 1e6,
    node: mostOf(usage.ranOn, nodeOf),
    package: mostOf(usage.ranOn, socketOf),
    core: mostOf(usage.ranOn, coreOf),
    // A move inside a core is none that the report counts.
    moves: {
      core: moves[SAME_CACHE]!,
      cache: moves[SAME_PACKAGE]!,
      package: moves[SAME_NODE]!,
      node: moves[OTHER_NODE]!,
    },
  };
}

/** The group of pCPUs with most of the time. */
function mostOf(times: readonly number[], groupOf: Int32Array): number | null {
  const sums: number[] = [];
  for (const [cpu, time] of times.entries()) sums[groupOf[cpu]!] = (sums[groupOf[cpu]!] ?? 0) + time;
  const most = Math.max(...sums);
  return most > 0 ? sums.indexOf(most) : null;
}
