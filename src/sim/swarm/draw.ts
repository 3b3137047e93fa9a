/** Worlds, workloads, edits at bad moments and faults, drawn from a seed. */
import { Random } from '../../base/random.ts';
import type { Declared } from '../../cli/manifests/manifest.ts';
import { APPLY_AFTER, DELETE_AFTER } from '../annotations.ts';
import { Story } from './story.ts';

export interface DrawnWorld {
  readonly manifests: readonly Declared[];
  readonly troubleSeconds: number;
  readonly fidelity: string;
}

/** Of ten worlds; slices cost time, and what goes wrong beside them seldom depends on it. */
const FIDELITIES = [...Array<string>(8).fill('entitlement'), 'sampled:60', 'exact'];

const DATASTORES = ['san1', 'nfs1'];

/** The datacenter that is there besides, in some worlds; it may be deleted whole, and made anew. */
const ELSEWHERE = 'lab';

export function drawWorld(seed: string): DrawnWorld {
  const random = new Random(`swarm/${seed}`);
  const until = random.between(120, 600);
  const fidelity = random.split('fidelity').pick(FIDELITIES);
  const here = drawDatacenter(random, until, { most: 1, canRace: true });
  if (!random.chance(0.3)) return { manifests: here, troubleSeconds: until, fidelity };
  const there = drawDatacenter(random.split(ELSEWHERE), until, { most: 0.5, canRace: false });
  return { manifests: [...here, ...elsewhere(random, until, there)], troubleSeconds: until, fidelity };
}

interface Extent {
  /** Of hosts, machines, edits and faults, as a part of what there can be. */
  readonly most: number;
  /** Whether its time may go at another speed. */
  readonly canRace: boolean;
}

function drawDatacenter(random: Random, until: number, { most, canRace }: Extent): Declared[] {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
  const clusters = names('c', random.pick([0, 0, 1, 2]));
  const story = new Story({
    random,
    hosts: names('h', random.between(1, 4 * most)),
    machines: names('vm', random.between(1, 8 * most)),
    datastores: DATASTORES.slice(0, random.between(1, DATASTORES.length)),
    clusters,
    pools: clusters.filter(() => random.chance(0.5)).map((cluster) => `pool-of-${cluster}`),
    templates: names('t', random.pick([0, 0, 1])),
    isXen: random.chance(0.25),
    until,
  });
  story.begin();
  const edits = random.between(0, 14 * most);
  for (let i = 0; i < edits; i++) story.edit();
  const faults = random.between(0, Math.ceil(5 * most));
  for (let i = 0; i < faults; i++) story.fault();
  if (canRace && random.chance(0.2)) story.clock();
  return story.manifests();
}

/** In a namespace of its own, which is deleted in some worlds, with all that is in it, and in some made anew. */
function elsewhere(random: Random, until: number, manifests: readonly Declared[]): Declared[] {
  const goesAt = random.chance(0.7) ? random.between(100, until * 10 - 100) / 10 : undefined;
  if (goesAt === undefined)
    return [namespaceWith({}), ...manifests.map((object) => moved(object, object.metadata.annotations))];
  const there = manifests.flatMap((object): Declared[] => {
    const { at, end } = timesOf(object);
    if (at >= goesAt) return [];
    const { [DELETE_AFTER]: _, ...annotations } = object.metadata.annotations ?? {};
    return [moved(object, { ...annotations, ...(end < goesAt ? { [DELETE_AFTER]: String(end) } : {}) })];
  });
  const whole = [namespaceWith({ [DELETE_AFTER]: String(goesAt) }), ...withTargets(there)];
  if (random.chance(0.5)) return whole;
  // What was there at first is made anew, perhaps before the old has gone.
  const backAt = Math.min(until - 1, goesAt + random.pick([0.1, 1, 5, 60]));
  const first = manifests.filter((object) => timesOf(object).at === 0 && object.kind !== 'Fault');
  const again = first.map((object) => moved(object, { [APPLY_AFTER]: String(backAt + 0.05) }));
  return [...whole, namespaceWith({ [APPLY_AFTER]: String(backAt) }), ...again];
}

const namespaceWith = (annotations: Record<string, string>): Declared => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: ELSEWHERE, annotations },
});

const moved = (object: Declared, annotations: Readonly<Record<string, string>> = {}): Declared => ({
  ...object,
  metadata: { ...object.metadata, namespace: ELSEWHERE, annotations },
});

/** Seconds at which it comes and goes. */
function timesOf({ metadata: { annotations = {} } }: Declared): { readonly at: number; readonly end: number } {
  return { at: Number(annotations[APPLY_AFTER] ?? 0), end: Number(annotations[DELETE_AFTER] ?? Infinity) };
}

/** Without the Faults of what is never there. */
function withTargets(objects: readonly Declared[]): Declared[] {
  const present = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  return objects.filter((object) => {
    if (object.kind !== 'Fault') return true;
    const { target } = object['spec'] as { readonly target: { readonly kind: string; readonly name: string } };
    return target.kind === 'Management' || present.has(`${target.kind} ${target.name}`);
  });
}
