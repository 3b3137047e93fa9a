import type { PlanStep } from '../../src/runtime/plan-step.ts';
import { decide } from './decide.ts';
import { FINALIZER, hostInput } from './input.ts';
import { conditionsFor } from './status.ts';

/** How the hosts stand. */
export const hostPlan: PlanStep = {
  name: 'host',
  run(view) {
    const vms = view.list('virtualMachines');
    const byUid = new Map(vms.map((vm) => [vm.metadata.uid, vm]));
    const machines = Map.groupBy(view.machines.values(), ({ host }) => host);
    const residents = Map.groupBy(vms, ({ status }) => status.host ?? '');
    for (const host of view.list('hosts')) {
      const { name } = host.metadata;
      const held = { ...host, metadata: { ...host.metadata, finalizers: [FINALIZER] } };
      const decision = decide(
        hostInput({
          host: held,
          report: view.hosts.get(name),
          machines: machines.get(name) ?? [],
          residents: residents.get(name) ?? [],
          vmOf: ({ uid }) => byUid.get(uid),
          isHeard: true,
        }),
      );
      const { maintenance } = decision;
      const observedGeneration = host.metadata.generation ?? 0;
      view.say('host', host, { fields: { observedGeneration, maintenance }, said: conditionsFor(decision) });
    }
  },
};
