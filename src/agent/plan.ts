import type { PlanStep } from '../runtime/plan-step.ts';
import { hostConditionsOf, hostStatus } from './host-status.ts';
import { machineStatus, runningCondition } from './machine-status.ts';
import { cutOffFrom, datastoreStatement, networkStatement } from './storage-agent.ts';

/** What the machines report of the world as it stands. */
export const agentPlan: PlanStep = {
  name: 'agent',
  run(view) {
    for (const host of view.list('hosts')) {
      const report = view.hosts.get(host.metadata.name);
      view.say('agent', host, { fields: { ...hostStatus(report) }, said: hostConditionsOf(report) });
    }
    for (const vm of view.list('virtualMachines')) {
      const report = view.machines.get(vm.metadata.uid);
      if (report === undefined) continue;
      view.say('agent', vm, { fields: { ...machineStatus(report) }, said: [runningCondition(report)] });
    }
    for (const datastore of view.list('datastores')) {
      const report = view.datastores.get(datastore.metadata.name);
      if (report === undefined) continue;
      const known = view.list('hosts');
      const cutOff = cutOffFrom(report, datastore, known, (host) => view.hosts.get(host)?.power);
      view.say('agent', datastore, datastoreStatement(report, datastore, known, cutOff));
    }
    for (const network of view.list('networks')) {
      const report = view.networks.get(network.metadata.name);
      if (report !== undefined) view.say('agent', network, networkStatement(report, network, view.list('hosts')));
    }
  },
};
