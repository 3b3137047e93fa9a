import type { PlanStep } from '../../src/runtime/plan-step.ts';
import { decide } from './decide.ts';
import { powerInput } from './input.ts';
import { statusFor } from './status.ts';

/** How the VMs stand once they have been placed, and before anything is started. */
export const powerPlan: PlanStep = {
  name: 'power',
  run(view) {
    const templates = new Map(view.list('virtualMachineTemplates').map((one) => [one.metadata.name, one]));
    for (const vm of view.list('virtualMachines')) {
      const report = view.machines.get(vm.metadata.uid);
      const template = vm.spec.template === undefined ? undefined : templates.get(vm.spec.template);
      const hostConnection = report && view.hosts.get(report.host)?.connection;
      const memory = { given: undefined, refusal: undefined };
      const decision = decide(powerInput({ vm, template, report, memory, isHeard: true, hostConnection }));
      const { phase, restartedAt, conditions } = statusFor(decision, report?.restartToken);
      view.say('power', vm, {
        fields: {
          observedGeneration: vm.metadata.generation ?? 0,
          phase,
          ...(restartedAt === undefined ? {} : { restartedAt }),
        },
        said: conditions,
      });
    }
  },
};
