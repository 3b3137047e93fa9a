import { gib } from '../../src/base/units.ts';
import { closedBecause } from '../../src/model/eligibility.ts';
import type { Room } from '../../src/model/room.ts';
import type { PlanStep, PlanView, Remark } from '../../src/runtime/plan-step.ts';
import { Arrivals } from './arrivals.ts';
import { type Decision, decide, type Verdict } from './decide.ts';
import { type Observation, PassMemo, placementInput } from './input.ts';
import { statusFor } from './status.ts';

/** Admission and initial placement, in the order in which the VMs were given. */
export const placementPlan: PlanStep = {
  name: 'placement',
  run(view) {
    const arrivals = new Arrivals();
    for (const vm of view.list('virtualMachines')) arrivals.add(vm);
    const { decisions, rooms } = decide(placementInput(observationOf(view), new PassMemo(), arrivals));
    for (const decision of decisions) say(view, decision);
    for (const room of rooms.values()) view.remark(remarkOn(room));
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
  const { cpu, memory } = (verdict.kind === 'Place' && verdict.load) || { cpu: undefined, memory: undefined };
  const figures = [
    ['CPU', cpu === undefined ? '' : percent(cpu)],
    ['MEMORY', memory === undefined ? '' : percent(memory)],
  ] as const;
  view.remark({ kind: 'VirtualMachine', name, ...wordsFor(verdict), figures });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function wordsFor(verdict: Verdict): { verdict: string; why: string } {
  switch (verdict.kind) {
    case 'Place': {
      const { host, why, against } = verdict;
      return { verdict: host, why: `${why}${against === '' ? '' : `; ${against}`}` };
    }
    case 'Keep':
      return { verdict: verdict.host, why: 'placed there already' };
    case 'Grant':
      return { verdict: verdict.host, why: 'runs there' };
    case 'Deny':
      return { verdict: verdict.host, why: `${verdict.reason}: ${verdict.message}` };
    case 'Refuse':
      return { verdict: 'refused', why: `${verdict.reason}: ${verdict.message}` };
    case 'Wait':
      return { verdict: '-', why: `waits for ${verdict.host}, which is being racked` };
    case 'Rest':
      return { verdict: '-', why: verdict.message };
  }
}

/** What there is on a host once everything is where it was put. */
function remarkOn(room: Room): Remark {
  const { host, capacityMHz, reservedMHz, reservedMemory, configuredMHz, configuredMemory } = room;
  const closed = closedBecause(room);
  return {
    kind: 'Host',
    name: host.name,
    verdict: String(room.machines),
    figures: [
      ['CPU RESERVED', `${Math.round(reservedMHz)} of ${capacityMHz} MHz`],
      ['MEMORY RESERVED', `${gib(reservedMemory)} of ${gib(host.memory)} GiB`],
      [
        'CONFIGURED',
        `${Math.round((100 * configuredMHz) / capacityMHz)} %, ${Math.round((100 * configuredMemory) / host.memory)} %`,
      ],
    ],
    why: closed ?? 'in service',
  };
}
