import type { CreditScheduler } from '../credit.ts';
import { IDLE } from '../engine.ts';
import type { CreditScenario } from './credit-scenario.ts';
import { rounded } from './rounding.ts';

const US = 1000;

/** What a run of a credit scenario tells: an `expected` block of golden/xen-credit. Times in microseconds. */
export interface CreditReport {
  readonly vcpus: Readonly<Record<string, CreditVcpuReport>>;
  /** `share` is of the whole machine's time. */
  readonly domains: Readonly<Record<string, { readonly cpuUs: number; readonly share: number }>>;
  readonly totals: {
    readonly idleUs: number;
    readonly contextSwitches: number;
    readonly decisions: number;
    readonly idleWhileWaitingUs: number;
  };
  /** CPU time so far, each second. */
  readonly samples: readonly CreditSample[];
  /** After each of the first accounting runs. */
  readonly accounting: readonly CreditAccountingRow[];
  /** The first decisions. */
  readonly trace: readonly CreditDecision[];
}

export interface CreditVcpuReport {
  readonly cpuUs: number;
  readonly runnableWaitUs: number;
  readonly blockedUs: number;
  readonly parkedUs: number;
  readonly dispatches: number;
  readonly pcpuMigrations: number;
  readonly wakes: number;
  readonly wakeLatencyAvgUs: number;
  readonly wakeLatencyMaxUs: number;
}

export interface CreditSample {
  readonly tUs: number;
  readonly cpuUs: Readonly<Record<string, number>>;
}

export interface CreditAccountingRow {
  readonly tUs: number;
  readonly creditBalance: number;
  /** [credit, priority, active 0/1, parked 0/1] */
  readonly vcpus: Readonly<Record<string, readonly [number, string, number, number]>>;
}

export interface CreditDecision {
  readonly tUs: number;
  readonly pcpu: number;
  readonly vcpu: string;
  /** The priority of the vCPU after the pass. */
  readonly prio: string;
  readonly stolenFrom: number | null;
}

/** The vCPUs of a scenario with their names, in file order. */
export interface NamedVcpus {
  readonly names: readonly string[];
  /** By domain, the vCPUs' numbers. */
  readonly byDomain: readonly (readonly number[])[];
}

/** The parts that are read off the scheduler's counters at the end. */
export function creditCounters(
  scenario: CreditScenario,
  scheduler: CreditScheduler,
  { names, byDomain }: NamedVcpus,
): Pick<CreditReport, 'vcpus' | 'domains' | 'totals'> {
  const machineUs = (scenario.shape.pcpus * scenario.duration) / US;
  const { idle, contextSwitches, decisions, idleWhileWaiting } = scheduler.hostUsage();
  return {
    vcpus: Object.fromEntries(byDomain.flat().map((vcpu) => [names[vcpu]!, vcpuReport(scheduler, vcpu)])),
    domains: Object.fromEntries(
      scenario.domains.map(({ name }, index) => {
        const cpuUs = cpuTime(scheduler, byDomain[index]!);
        return [name, { cpuUs, share: rounded(cpuUs / machineUs, 6) }];
      }),
    ),
    totals: { idleUs: idle / US, contextSwitches, decisions, idleWhileWaitingUs: idleWhileWaiting / US },
  };
}

/** Microseconds of CPU that the vCPUs have had together. */
export function cpuTime(scheduler: CreditScheduler, vcpus: readonly number[]): number {
  return vcpus.reduce((sum, vcpu) => sum + scheduler.usage(vcpu).running, 0) / US;
}

function vcpuReport(scheduler: CreditScheduler, vcpu: number): CreditVcpuReport {
  const usage = scheduler.usage(vcpu);
  const { wakeLatencySum, wakeLatencyCount } = usage;
  return {
    cpuUs: usage.running / US,
    runnableWaitUs: usage.ready / US,
    blockedUs: usage.blocked / US,
    parkedUs: usage.limited / US,
    dispatches: usage.dispatches,
    pcpuMigrations: usage.migrations,
    wakes: usage.wakes,
    wakeLatencyAvgUs: wakeLatencyCount > 0 ? rounded(wakeLatencySum / US / wakeLatencyCount, 3) : 0,
    wakeLatencyMaxUs: usage.wakeLatencyMax / US,
  };
}

/** One decision, as it is being made. */
export function decisionNow(
  scheduler: CreditScheduler,
  names: readonly string[],
  [pcpu, vcpu, stolenFrom]: readonly [number, number, number],
): CreditDecision {
  return {
    tUs: scheduler.now / US,
    pcpu,
    vcpu: vcpu === IDLE ? 'idle' : names[vcpu]!,
    prio: vcpu === IDLE ? 'IDLE' : scheduler.priorityOf(vcpu),
    stolenFrom: stolenFrom < 0 ? null : stolenFrom,
  };
}

/** The accounts of all vCPUs, as they stand. */
export function accountingNow(scheduler: CreditScheduler, { names, byDomain }: NamedVcpus): CreditAccountingRow {
  const vcpus = byDomain.flat().map((vcpu) => {
    const { credit, priority, active, parked } = scheduler.account(vcpu);
    return [names[vcpu]!, [credit, priority, active ? 1 : 0, parked ? 1 : 0]] as const;
  });
  return { tUs: scheduler.now / US, creditBalance: scheduler.creditBalance, vcpus: Object.fromEntries(vcpus) };
}
