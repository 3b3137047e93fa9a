import type { KubeObject } from '../api/meta.ts';
import { resourceTypes } from '../api/resources.ts';
import { withoutManagedFields } from '../informer/informer.ts';
import type { WorldEvent } from './chronicle.ts';
import type { Summary } from './summary.ts';

/** An invariant that did not hold. */
export interface Violation {
  readonly atSeconds: number;
  /** Its name, as `one-lock`. */
  readonly invariant: string;
  readonly message: string;
}

/** What `orrery sim -o json` prints: a function of manifests, seed, start and fidelity alone. */
export interface SimReport {
  readonly seed: number;
  readonly start: string;
  readonly end: string;
  readonly fidelity: string;
  readonly digest: string;
  readonly summary: Summary;
  readonly events: readonly WorldEvent[];
  readonly violations: readonly Violation[];
  readonly objects: { readonly apiVersion: 'v1'; readonly kind: 'List'; readonly items: readonly KubeObject[] };
}

/** The objects of our kinds as `kubectl get -o json` would show them: kind by kind, in order of namespace and name. */
export function listOf(objects: readonly KubeObject[]): SimReport['objects'] {
  const rank = ({ kind, metadata }: KubeObject) => {
    const place = resourceTypes.findIndex((type) => type.kind === kind);
    return `${String(place).padStart(2, '0')} ${metadata.namespace}/${metadata.name}`;
  };
  const ranked = objects.map((object) => ({ object, rank: rank(object) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return { apiVersion: 'v1', kind: 'List', items: ranked.map(({ object }) => withoutManagedFields(object)) };
}
