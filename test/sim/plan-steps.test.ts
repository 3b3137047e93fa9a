import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentPlan } from '../../src/agent/plan.ts';
import type { PlanStep } from '../../src/runtime/plan-step.ts';
import { planSteps } from '../../src/sim/plan/steps.ts';

const controllers = path.resolve(import.meta.dirname, '../../controllers');

describe('a plan', () => {
  it('asks every controller: each has a step of its own, and each step is taken once', async () => {
    const steps = new Set<PlanStep>([agentPlan]);
    for (const name of fs.readdirSync(controllers)) {
      const file = path.join(controllers, name, 'plan.ts');
      expect(fs.existsSync(file), `controllers/${name}/plan.ts`).toBe(true);
      const exported: PlanStep[] = Object.values(await import(file));
      expect(exported.map((step) => step.name)).toEqual([name]);
      for (const step of exported) steps.add(step);
    }
    expect(new Set(planSteps)).toEqual(steps);
    expect(planSteps).toHaveLength(steps.size);
  });
});
