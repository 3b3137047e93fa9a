/** Whether an object is as it should be, as kstatus and Argo CD see it. */
import type { Condition, KubeObject } from '../../src/api/meta.ts';

type Seen = KubeObject & {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
};

const isTrue = (object: Seen, type: string) =>
  object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;

/** fluxcd/cli-utils, pkg/kstatus/status: the rules that hold for custom resources, in their order. */
export function kstatus(object: Seen): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  const { deletionTimestamp, generation } = object.metadata;
  const { observedGeneration, conditions = [] } = object.status ?? {};
  if (deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== undefined && observedGeneration !== generation) return 'InProgress';
  if (isTrue(object, 'Reconciling')) return 'InProgress';
  if (isTrue(object, 'Stalled')) return 'Failed';
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}

/** docs/gitops.md: the rule that is given to Argo CD in Lua, which has none of its own for kinds that it does not know. */
export function argoHealth(object: Seen): 'Progressing' | 'Degraded' | 'Healthy' {
  const { observedGeneration } = object.status ?? {};
  if (object.metadata.deletionTimestamp !== undefined) return 'Progressing';
  if (observedGeneration === undefined || observedGeneration !== object.metadata.generation) return 'Progressing';
  if (isTrue(object, 'Stalled')) return 'Degraded';
  if (isTrue(object, 'Reconciling')) return 'Progressing';
  return isTrue(object, 'Ready') ? 'Healthy' : 'Progressing';
}
