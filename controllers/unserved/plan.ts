import type { KubeObject } from '../../src/api/meta.ts';
import type { PlanStep } from '../../src/runtime/plan-step.ts';
import { decide } from './decide.ts';
import { conditionsFor } from './status.ts';

/** What nothing acts on, says so. */
export const unservedPlan: PlanStep = {
  name: 'unserved',
  run(view) {
    const partly = [...view.list('clusters'), ...view.list('resourcePools'), ...view.list('virtualMachineTemplates')];
    for (const object of [...partly, ...view.others()] as readonly (KubeObject & { readonly spec?: object })[]) {
      const said = decide({ kind: object.kind, spec: { ...object.spec } });
      const fields = { observedGeneration: object.metadata.generation ?? 0 };
      view.say('unserved', object, { fields, said: conditionsFor(said) });
      view.remark({ kind: object.kind, name: object.metadata.name, verdict: said.reason, why: said.message });
    }
  },
};
