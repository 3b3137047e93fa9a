import { IDLE } from '../engine.ts';
import { noCosts } from '../proportional-share/settings.ts';
import { ProportionalShareScheduler } from '../proportional-share.ts';
import { Topology } from '../topology.ts';
import { CyclicWork } from '../work.ts';
import { type ShareReport, shareReport } from './share-report.ts';
import type { ShareScenario } from './share-scenario.ts';

const US = 1000;

/** One decision: which vCPU the pCPU runs from then on, and from whose list it was taken. */
export interface ShareDecision {
  readonly tUs: number;
  readonly pcpu: number;
  readonly vcpu: string;
  readonly pulledFrom: number | null;
}

/**
 * Runs a scenario. The bursts of its vCPUs are CPU time, as in the credit scheduler's scenarios, so the hardware costs
 * them nothing.
 * @param decided told of every decision, in order
 */
export function runShareScenario(scenario: ShareScenario, decided?: (decision: ShareDecision) => void): ShareReport {
  const { shape, mhz, machines, duration } = scenario;
  const scheduler = new ProportionalShareScheduler(new Topology(shape), { mhz, costs: noCosts });
  const work = new CyclicWork();
  const names: string[] = [];
  const vcpusOf = machines.map((machine) => scheduler.vcpusOf(scheduler.addMachine(machine, machine.vcpus.length)));
  for (const [index, { name, vcpus }] of machines.entries()) {
    for (const [i, vcpu] of vcpusOf[index]!.entries()) {
      names[vcpu] = `${name}.${i}`;
      work.set(vcpu, vcpus[i]!.bursts);
      scheduler.setWork(vcpu, work, vcpus[i]!.phase);
    }
  }
  if (decided !== undefined) {
    scheduler.engine.observer = {
      decided: (pcpu, vcpu, from) => decided(shareDecision(scheduler.now, names, [pcpu, vcpu, from])),
    };
  }
  scheduler.advance(duration);
  return shareReport(scenario, scheduler, vcpusOf);
}

/** One decision at `now` (ns), as it is being made. */
export function shareDecision(
  now: number,
  names: readonly string[],
  [pcpu, vcpu, pulledFrom]: readonly [number, number, number],
): ShareDecision {
  return {
    tUs: now / US,
    pcpu,
    vcpu: vcpu === IDLE ? 'idle' : names[vcpu]!,
    pulledFrom: pulledFrom < 0 ? null : pulledFrom,
  };
}
