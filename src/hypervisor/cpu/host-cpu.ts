import type { MachineConfig } from '../backend.ts';
import type { CpuWorkload } from '../hardware.ts';
import type { Hindrance } from '../memory/host-memory.ts';

/**
 * The processors of one host, shared out among what runs on it. A host is told who competes and what each asks for;
 * it is asked what each got. `EntitlementCpu` answers by formula; a scheduler of slices answers by running.
 *
 * Times are milliseconds of the namespace's time and never go back. Changes take effect at the time of the last
 * `advance`; many may be made at one instant and cost one reckoning.
 */
export interface HostCpu {
  /** A machine begins to compete, asking for nothing yet. */
  add(uid: string, config: MachineConfig): void;
  remove(uid: string): void;
  /** Other shares, reservation, limit, weight, cap or number of vCPUs. */
  change(uid: string, config: MachineConfig): void;
  demand(uid: string, demand: CpuDemand): void;
  /**
   * Serves what was asked for until `now`, then lets the changes made since the last call take effect. `changed` is
   * called for every machine whose present rates are others than before.
   */
  advance(now: number, changed: (uid: string) => void): void;
  /** What a machine gets at present. */
  rate(uid: string): CpuRate;
  /** What a machine has got since it was added; the difference of two readings is the usage of the time between. */
  counters(uid: string): CpuCounters;
  /** The sums of the present rates. */
  total(): CpuRate;
}

/** What a guest asks for: a share of its own vCPUs, and what its vCPUs do in detail for who schedules slices. */
export interface CpuDemand {
  /** Of its own vCPUs, 0 to 100. */
  readonly percent: number;
  /** Left out: bursts of the mean percentage. */
  readonly pattern?: CpuWorkload;
  /** Length of those bursts in microseconds. */
  readonly burstUs: number;
  /** What keeps the guest from its work beside the processors; left out: nothing. */
  readonly hindrance?: Hindrance;
}

export interface CpuRate {
  readonly demandMHz: number;
  readonly entitlementMHz: number;
  readonly usedMHz: number;
}

/** MHz × milliseconds, that is thousands of cycles. */
export interface CpuCounters {
  readonly at: number;
  readonly demanded: number;
  readonly entitled: number;
  readonly used: number;
}

/** Mean rates between two readings of one machine; undefined when no time passed. */
export function meanRate(from: CpuCounters, to: CpuCounters): CpuRate | undefined {
  const time = to.at - from.at;
  if (time <= 0) return undefined;
  return {
    demandMHz: (to.demanded - from.demanded) / time,
    entitlementMHz: (to.entitled - from.entitled) / time,
    usedMHz: (to.used - from.used) / time,
  };
}
