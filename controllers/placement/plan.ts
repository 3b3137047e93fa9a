import { summarize } from '../../src/model/refusals.ts';
import type { PlanStep, PlanView } from '../../src/runtime/plan-step.ts';
import { type Decision, decide, type Verdict } from './decide.ts';
import { type Observation, PassMemo, placementInput } from './input.ts';
import { statusFor } from './status.ts';

/** Admission and initial placement, in the order in which the VMs were given. */
export const placementPlan: PlanStep = {
  name: 'placement',
  run(view) {
    const input = placementInput(observationOf(view), new PassMemo(), 'as given');
    for (const decision of decide(input)) say(view, decision);
  },
};

function observationOf(view: PlanView): Observation {
  const names = (kind: Parameters<PlanView['list']>[0]) =>
    new Set(view.list(kind).map(({ metadata }) => metadata.name));
  return {
    namespace: view.namespace,
    // In order of name, as the controller has them: the first of equals is chosen.
    hosts: [...view.list('hosts')].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    virtualMachines: view.list('virtualMachines'),
    hostReports: view.hosts,
    machineReports: view.machines,
    datastoreReports: [...view.datastores.values()],
    templates: new Map(view.list('virtualMachineTemplates').map((template) => [template.metadata.name, template])),
    clusters: names('clusters'),
    resourcePools: names('resourcePools'),
    networks: names('networks'),
    datastores: names('datastores'),
  };
}

function say(view: PlanView, { candidate, verdict }: Decision): void {
  const { host, conditions } = statusFor(verdict);
  view.say('placement', candidate.vm, { fields: host === undefined ? {} : { host }, said: conditions });
  const { name } = candidate.vm.metadata;
  view.remark({ kind: 'VirtualMachine', name, ...wordsFor(verdict) });
}

function wordsFor(verdict: Verdict): { verdict: string; why: string } {
  switch (verdict.kind) {
    case 'Place': {
      const { refusals } = verdict;
      const others = refusals.length === 0 ? '' : `; ${summarize(refusals).message}`;
      // The host stands in the column before.
      return { verdict: verdict.host, why: `${verdict.message.replace(/^[^,]*, /, '')}${others}` };
    }
    case 'Keep':
      return { verdict: verdict.host, why: 'placed there already' };
    case 'Grant':
      return { verdict: verdict.host, why: 'runs there' };
    case 'Deny':
      return { verdict: verdict.host, why: `${verdict.reason}: ${verdict.message}` };
    case 'Refuse':
      return { verdict: 'refused', why: `${verdict.reason}: ${verdict.message}` };
    case 'Rest':
      return { verdict: '-', why: verdict.message };
  }
}
