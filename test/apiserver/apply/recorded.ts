/** What of an answer is recorded and compared. */
import type { Result } from '../../support/apply-gizmo.ts';

export interface Recorded {
  readonly code: number;
  readonly message?: string;
  readonly causes?: readonly unknown[];
  readonly metadata?: unknown;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly managedFields?: readonly unknown[];
}

/** @param stepOf the number of the step that the time is of, or the time itself when it is of none */
export function recorded(
  { code, state, message, causes }: Result,
  stepOf: (time: string) => number | string,
): Recorded {
  if (code >= 400) return { code, ...(message ? { message } : {}), ...(causes ? { causes: byField(causes) } : {}) };
  const { labels, annotations, finalizers, ownerReferences, managedFields = [] } = state!.metadata;
  const metadata = JSON.parse(JSON.stringify({ labels, annotations, finalizers, ownerReferences })) as object;
  return {
    code,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    spec: state!['spec'],
    ...(state!['status'] === undefined ? {} : { status: state!['status'] }),
    managedFields: managedFields.map(({ fieldsType: _type, time, ...entry }) => {
      const apiVersion = entry.apiVersion?.replace('ssa.orrery.test/', '');
      return { ...entry, apiVersion, ...(time === undefined ? {} : { time: stepOf(time) }) };
    }),
  };
}

/** The real server lists the causes of several managers in any order. */
function byField(causes: readonly unknown[]): unknown[] {
  return causes
    .map((cause) => JSON.stringify(cause))
    .sort()
    .map((text) => JSON.parse(text) as unknown);
}
