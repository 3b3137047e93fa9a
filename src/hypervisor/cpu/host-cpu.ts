import type { MachineConfig } from '../backend.ts';
import type { CpuWorkload } from '../hardware.ts';
import type { Hindrance } from '../memory/host-memory.ts';
import type { XenmonRow, XenmonWindow } from '../schedulers/credit/xenmon.ts';

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
  /** The sums of the present rates, with what the hypervisor's own domain takes. */
  total(): HostCpuRate;
  /** When something happens here by itself next; infinity while nothing will. */
  readonly next: number;
  /** What the machine's vCPUs do; undefined where that is not scheduled. */
  figures(uid: string): CpuFigures | undefined;
  /** Of them, in percent of its vCPUs, how much they are ready or co-stopped; 0 where that is not scheduled. */
  held(uid: string): { readonly ready: number; readonly coStop: number };
  /**
   * Of what the machine sends, receives, reads and writes, the part that is carried, 0 to 1: the rest found nobody who
   * had processor time for it. 1 where that is not scheduled.
   */
  carried(uid: string): number;
  /**
   * What its vCPUs did until `now`, in seconds since the machine was added, summed over its vCPUs. The second that is being
   * measured is not in it yet.
   */
  times(uid: string, now: number): CpuTimes | undefined;
  /** dom0 of a Xen host whose slices are scheduled. */
  readonly dom0: string | undefined;
  /** What xenmon tells of a domain over the last 1 or 10 measured seconds; undefined before that, and on ESX. */
  xenmon(uid: string, seconds: XenmonWindow): XenmonRow | undefined;
  /** How many seconds there are for each that is scheduled slice by slice: 1 all of them; undefined: none is. */
  readonly sampling: number | undefined;
  /**
   * Hands every decision of the scheduler over, as `orrery schedule --trace` writes them, until it is called without
   * observer; meanwhile every second is scheduled. False where nothing is. As
   * every change, it takes effect in the next `advance`, which then calls `done`.
   */
  record(observer: ((decision: object) => void) | undefined, done?: () => void): boolean;
  readonly isRecorded: boolean;
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
  /** What it sends, receives, reads and writes; left out: nothing. */
  readonly io?: GuestIo;
}

/** Per second. */
export interface GuestIo {
  readonly packets: number;
  readonly diskRequests: number;
}

export interface CpuRate {
  readonly demandMHz: number;
  readonly entitlementMHz: number;
  readonly usedMHz: number;
}

export interface HostCpuRate extends CpuRate {
  /** All of the processors are used, and more is asked for. */
  readonly isShort: boolean;
}

/** Percent of the time, mean per vCPU, as esxtop defines them: run + ready + co-stop + wait = 100. */
export interface CpuFigures {
  readonly runPercent: number;
  /** Run, corrected for shared cores and for work of the hypervisor. */
  readonly usedPercent: number;
  /** With `limitedPercent`. */
  readonly readyPercent: number;
  readonly coStopPercent: number;
  readonly limitedPercent: number;
  readonly systemPercent: number;
  /** With `swapWaitPercent` and `idlePercent`. */
  readonly waitPercent: number;
  readonly swapWaitPercent: number;
  readonly idlePercent: number;
  /** Work done, of what the time on processors could have given; 100 when it had none. */
  readonly progressPercent: number;
  /** Its home nodes (ESX). */
  readonly numa?: readonly { readonly node: number; readonly vcpus: number }[];
}

/** Seconds, and counts. */
export interface CpuTimes {
  readonly run: number;
  readonly used: number;
  /** With `limited`. */
  readonly ready: number;
  readonly coStop: number;
  readonly limited: number;
  readonly system: number;
  readonly idle: number;
  readonly swapWait: number;
  readonly progress: number;
  readonly dispatches: number;
  readonly wakes: number;
  /** From wake-ups to the dispatches that followed. */
  readonly wakeLatency: number;
  /** Requests and packets that dom0 has carried (Xen). */
  readonly io: number;
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
