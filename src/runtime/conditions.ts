/** Conditions as kstatus and `kubectl wait` read them: one entry per type, in the order of a table. */
import type { Condition } from '../api/meta.ts';

export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

export interface ConditionContext {
  /** RFC 3339; becomes `lastTransitionTime` when the status changes, and only then. */
  readonly now: string;
  /** All types of the kind; one that is not in it goes last. */
  readonly order: readonly string[];
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition is there and True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/** Adds the condition in its place, or changes it; for drafts. */
export function setCondition(conditions: Condition[], next: NewCondition, context: ConditionContext): void {
  const present = conditions.find(({ type }) => type === next.type);
  if (present === undefined) {
    conditions.splice(placeOf(conditions, next.type, context.order), 0, { ...next, lastTransitionTime: context.now });
    return;
  }
  if (present.status !== next.status) present.lastTransitionTime = context.now;
  present.status = next.status;
  present.reason = next.reason;
  present.message = next.message;
  if (next.observedGeneration !== undefined) present.observedGeneration = next.observedGeneration;
}

/** Takes it out: kstatus wants Reconciling and Stalled absent when they are not so. */
export function removeCondition(conditions: Condition[], type: string): void {
  const at = conditions.findIndex((condition) => condition.type === type);
  if (at >= 0) conditions.splice(at, 1);
}

function placeOf(conditions: readonly Condition[], type: string, order: readonly string[]): number {
  const rank = (name: string) => {
    const at = order.indexOf(name);
    return at < 0 ? order.length : at;
  };
  const own = rank(type);
  // Behind the last that goes before it: the list of another writer need not be in order.
  return conditions.findLastIndex((condition) => rank(condition.type) <= own) + 1;
}

/** What a condition shall say; an undefined status takes it out. */
export interface Said extends Omit<NewCondition, 'status' | 'observedGeneration'> {
  readonly status: Condition['status'] | undefined;
}

/** Writes all of it into the draft of a status. */
export function say(
  status: { conditions?: readonly object[] | undefined },
  said: readonly Said[],
  context: ConditionContext & { readonly observedGeneration: number },
): void {
  status.conditions ??= [];
  const conditions = status.conditions as Condition[];
  for (const { status: value, ...rest } of said) {
    if (value === undefined) removeCondition(conditions, rest.type);
    else setCondition(conditions, { ...rest, status: value, observedGeneration: context.observedGeneration }, context);
  }
}
