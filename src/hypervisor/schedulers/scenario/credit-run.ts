import { CreditScheduler } from '../credit.ts';
import { Topology } from '../topology.ts';
import { CyclicWork } from '../work.ts';
import {
  accountingNow,
  type CreditAccountingRow,
  type CreditDecision,
  type CreditReport,
  type CreditSample,
  cpuTime,
  creditCounters,
  decisionNow,
  type NamedVcpus,
} from './credit-report.ts';
import type { CreditScenario } from './credit-scenario.ts';

const SECOND = 1_000_000_000;
const US = 1000;
/** Decisions in a report. */
const TRACE_LENGTH = 2000;
/** Accounting runs in a report; of machines with many vCPUs fewer. */
const ACCOUNTING_LENGTH = 60;
const WIDE_ACCOUNTING_LENGTH = 12;
const WIDE = 16;

/** A scheduler with the scenario's domains in it; its vCPUs wake at their phases. */
export function creditSchedulerOf(scenario: CreditScenario): { scheduler: CreditScheduler; vcpus: NamedVcpus } {
  const scheduler = new CreditScheduler(new Topology(scenario.shape), scenario.settings);
  const work = new CyclicWork();
  const names: string[] = [];
  const byDomain = scenario.domains.map((domain) => {
    const vcpus = scheduler.vcpusOf(scheduler.addMachine(domain, domain.vcpus.length));
    for (const [index, vcpu] of vcpus.entries()) names[vcpu] = `${domain.name}.${index}`;
    return vcpus;
  });
  scenario.domains.forEach((domain, index) => {
    for (const [i, vcpu] of byDomain[index]!.entries()) {
      work.set(vcpu, domain.vcpus[i]!.bursts);
      scheduler.setWork(vcpu, work, domain.vcpus[i]!.phase);
    }
  });
  return { scheduler, vcpus: { names, byDomain } };
}

/**
 * Runs a scenario and reports what an `expected` block holds.
 * @param decided told of every decision, in order
 */
export function runCreditScenario(
  scenario: CreditScenario,
  decided?: (decision: CreditDecision) => void,
): CreditReport {
  const { scheduler, vcpus } = creditSchedulerOf(scenario);
  const { engine } = scheduler;
  const trace: CreditDecision[] = [];
  engine.observer = {
    decided: (pcpu, vcpu, stolenFrom) => {
      const decision = decisionNow(scheduler, vcpus.names, [pcpu, vcpu, stolenFrom]);
      if (trace.length < TRACE_LENGTH) trace.push(decision);
      else if (decided === undefined) engine.observer = undefined;
      decided?.(decision);
    },
  };
  const accounting: CreditAccountingRow[] = [];
  const rows = vcpus.names.length > WIDE ? WIDE_ACCOUNTING_LENGTH : ACCOUNTING_LENGTH;
  scheduler.onAccounting(() => {
    if (accounting.push(accountingNow(scheduler, vcpus)) === rows) scheduler.onAccounting(undefined);
  });
  const { samples, uncounted } = runSeconds(scenario, scheduler, vcpus);
  const counters = creditCounters(scenario, scheduler, vcpus);
  const idleWhileWaitingUs = counters.totals.idleWhileWaitingUs - uncounted / US;
  return { ...counters, totals: { ...counters.totals, idleWhileWaitingUs }, samples, accounting, trace };
}

/**
 * Runs to the end, with a sample each whole second.
 *
 * The reference's integral of idle pCPUs beside waiting vCPUs leaves out what lies between the last event before a
 * sample and the sample; `uncounted` is that, in ns, so that a report can be compared with it to the microsecond
 * (numa-2x4-10v has such pieces before 7 s and 8 s, big-16p-64v-b before 4 s).
 */
function runSeconds(
  { duration, domains }: CreditScenario,
  scheduler: CreditScheduler,
  { byDomain }: NamedVcpus,
): { samples: CreditSample[]; uncounted: number } {
  const { engine } = scheduler;
  const samples: CreditSample[] = [];
  let uncounted = 0;
  for (let time = SECOND; time <= duration; time += SECOND) {
    const before = Math.max(time - SECOND, 0);
    scheduler.advance(time);
    uncounted += (time - Math.max(before, engine.lastEvent)) * Math.min(engine.idlePcpus, engine.waiting);
    const cpuUs = Object.fromEntries(domains.map(({ name }, index) => [name, cpuTime(scheduler, byDomain[index]!)]));
    samples.push({ tUs: time / US, cpuUs });
  }
  scheduler.advance(duration);
  return { samples, uncounted };
}
