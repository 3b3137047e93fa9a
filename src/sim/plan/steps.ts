import { hostPlan } from '../../../controllers/host/plan.ts';
import { placementPlan } from '../../../controllers/placement/plan.ts';
import { powerPlan } from '../../../controllers/power/plan.ts';
import { unservedPlan } from '../../../controllers/unserved/plan.ts';
import { agentPlan } from '../../agent/plan.ts';
import type { PlanStep } from '../../runtime/plan-step.ts';

/**
 * What a plan asks, in this order: how the world stands, who is admitted and placed, what follows from it. A new
 * controller's step goes where it decides: DRS, DPM and HA after placement.
 */
export const planSteps: readonly PlanStep[] = [agentPlan, placementPlan, powerPlan, hostPlan, unservedPlan];
