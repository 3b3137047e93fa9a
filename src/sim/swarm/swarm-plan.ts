/** What happens in one world of the swarm, as data: it can be written to a file, and repeated from it. */
import { parseDocument, stringify } from 'yaml';
import { OrreryError } from '../../base/errors.ts';
import { parseManifests } from '../../cli/manifests/load.ts';
import type { Declared, Manifest } from '../../cli/manifests/manifest.ts';
import type { BatchMisfortune, Misfortune } from '../chaos.ts';

/** Something that goes wrong at a port: the `nth` time (from 1) that this happens. */
export type Trouble =
  /** `about`: `CALLER PORT VERB ABOUT`. */
  | { readonly call: string; readonly nth: number; readonly what: Misfortune }
  /** `about`: `RECEIVER WHAT`. */
  | { readonly batch: string; readonly nth: number; readonly what: BatchMisfortune };

export interface SwarmPlan {
  readonly seed: string;
  /** Objects with annotations that say when they come and go. */
  readonly manifests: readonly Declared[];
  readonly troubles: readonly Trouble[];
  /** Until then things go wrong; then every Fault is deleted and the ports work. */
  readonly troubleSeconds: number;
  /** How hosts are simulated, as `sampled:20`. */
  readonly fidelity: string;
}

/** The ConfigMap in which a file says what manifests cannot. */
const NAME = 'swarm';

/** As one file of manifests, which `orrery sim` reads too (and then nothing goes wrong at the ports). */
export function planText({ seed, manifests, troubles, troubleSeconds, fidelity }: SwarmPlan): string {
  const data = { seed, fidelity, troubleSeconds: String(troubleSeconds), troubles: JSON.stringify(troubles, null, 1) };
  const swarm = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data };
  return [swarm, ...manifests]
    .map((object) => `---\n${stringify(object, { version: '1.1', flowCollectionPadding: false })}`)
    .join('');
}

/** Throws `OrreryError` MANIFEST_INVALID. */
export function readPlan(text: string, file: string): SwarmPlan {
  const all = parseManifests(text, file);
  const swarm = all.find(({ object }) => object.kind === 'ConfigMap' && object.metadata.name === NAME);
  const data = swarm?.object['data'] as Readonly<Record<string, string | undefined>> | undefined;
  if (data?.['seed'] === undefined || data['troubleSeconds'] === undefined) {
    const cause = `there is no ConfigMap ${NAME} with the keys seed and troubleSeconds: this is no plan of the swarm`;
    throw new OrreryError('MANIFEST_INVALID', { file, line: swarm?.line ?? 1, cause });
  }
  return {
    seed: data['seed'],
    manifests: all.filter((one) => one !== swarm).map(({ object }) => object),
    troubles: parseDocument(data['troubles'] ?? '[]').toJS() as Trouble[],
    troubleSeconds: Number(data['troubleSeconds']),
    fidelity: data['fidelity'] ?? 'entitlement',
  };
}

export function manifestsOf({ manifests }: SwarmPlan): Manifest[] {
  return manifests.map((object, index) => ({ object, file: 'swarm', line: index + 1, item: undefined }));
}
