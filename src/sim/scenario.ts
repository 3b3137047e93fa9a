/** Manifests as what happens to a world and when. */
import { CLOCK_NAME } from '../api/defaults.ts';
import type { Fault } from '../api/fault.ts';
import type { Host } from '../api/host.ts';
import { API_VERSION } from '../api/resources.ts';
import { nearest } from '../base/nearest.ts';
import type { Manifests } from '../cli/manifests/load.ts';
import type { Manifest } from '../cli/manifests/manifest.ts';
import {
  APPLY_AFTER,
  annotatedMs,
  annotationOf,
  DELETE_AFTER,
  HOST,
  manifestError,
  namespaceOf,
} from './annotations.ts';

const DOMAIN = 'orrery.dev';

/** What a user does at one moment, in ms since the start. */
export interface Moment {
  readonly at: number;
  readonly applied: readonly Manifest[];
  readonly deleted: readonly Manifest[];
}

/**
 * The moments in order, from 0 on. Throws `OrreryError` MANIFEST_INVALID, which names file, line and field, for what no
 * server would notice: an object declared twice, a second Clock, a reference of `sim`'s own to nothing.
 */
export function scenarioOf(manifests: Manifests): readonly Moment[] {
  checkDeclarations(manifests);
  const moments = new Map<number, { applied: Manifest[]; deleted: Manifest[] }>([[0, { applied: [], deleted: [] }]]);
  const momentAt = (at: number) => {
    const moment = moments.get(at) ?? { applied: [], deleted: [] };
    moments.set(at, moment);
    return moment;
  };
  for (const manifest of manifests.manifests) {
    const from = annotatedMs(manifests, manifest, APPLY_AFTER) ?? 0;
    const until = annotatedMs(manifests, manifest, DELETE_AFTER);
    momentAt(from).applied.push(manifest);
    if (until === undefined) continue;
    if (until <= from) {
      const cause = `it is deleted at ${until / 1000} s, and applied at ${from / 1000} s only`;
      throw manifestError(manifests, manifest, `metadata.annotations["${DELETE_AFTER}"]`, cause);
    }
    momentAt(until).deleted.push(manifest);
  }
  return [...moments].map(([at, moment]) => ({ at, ...moment })).sort((a, b) => a.at - b.at);
}

/** By kind, namespace and name; an object may be declared again to be updated later. */
type Declared = ReadonlyMap<string, Manifest>;

const keyOf = (kind: string, namespace: string, name: string) => `${kind} ${namespace}/${name}`;

/** What no server would notice. Throws `OrreryError` MANIFEST_INVALID. */
export function checkDeclarations(manifests: Manifests): void {
  const declared = declarations(manifests);
  for (const manifest of manifests.manifests) {
    checkAnnotations(manifests, manifest);
    if (manifest.object.kind === 'Fault' && manifest.object.apiVersion === API_VERSION) {
      checkTarget(manifests, manifest, declared);
    }
    if (manifest.object.kind === 'VirtualMachine') checkHost(manifests, manifest, declared);
  }
}

const ours = [HOST, APPLY_AFTER, DELETE_AFTER];

/** Kubernetes takes every annotation; one that is almost ours was meant to be, and would do nothing. */
function checkAnnotations(manifests: Manifests, manifest: Manifest): void {
  for (const name of Object.keys(manifest.object.metadata.annotations ?? {})) {
    const [domain, word = ''] = name.split('/');
    if (domain !== DOMAIN || ours.includes(name)) continue;
    const meant = nearest(
      word,
      ours.map((one) => one.slice(DOMAIN.length + 1)),
    );
    if (meant === undefined) continue;
    const cause = `there is no such annotation; did you mean ${DOMAIN}/${meant}?`;
    throw manifestError(manifests, manifest, `metadata.annotations["${name}"]`, cause);
  }
}

function declarations(manifests: Manifests): Declared {
  const declared = new Map<string, Manifest>();
  const times = new Map<string, Manifest>();
  for (const manifest of manifests.manifests) {
    const { kind, metadata } = manifest.object;
    const at = annotatedMs(manifests, manifest, APPLY_AFTER) ?? 0;
    const key = keyOf(kind, namespaceOf(manifest), metadata.name);
    const clock = keyOf(kind, namespaceOf(manifest), CLOCK_NAME);
    const earlier = times.get(`${kind === 'Clock' ? clock : key} ${at}`);
    if (earlier !== undefined) throw twice(manifests, manifest, earlier);
    times.set(`${kind === 'Clock' ? clock : key} ${at}`, manifest);
    if (!declared.has(key)) declared.set(key, manifest);
  }
  return declared;
}

function twice(manifests: Manifests, manifest: Manifest, earlier: Manifest) {
  const first = `${earlier.file}:${manifests.lineOf(earlier, 'metadata.name')}`;
  if (manifest.object.kind === 'Clock') {
    const cause = `a namespace has one clock, and ${namespaceOf(manifest)} has another at ${first}: remove one`;
    return manifestError(manifests, manifest, 'metadata.name', cause);
  }
  const cause = `it is declared at ${first} already: remove one, or give the later the annotation ${APPLY_AFTER}`;
  return manifestError(manifests, manifest, 'metadata.name', cause);
}

function checkTarget(manifests: Manifests, manifest: Manifest, declared: Declared): void {
  const { spec } = manifest.object as unknown as Partial<Fault>;
  const target = spec?.target;
  // What is wrong with its shape, the server says.
  if (typeof target?.kind !== 'string' || typeof target.name !== 'string' || target.kind === 'Management') return;
  checkReference(manifests, { manifest, field: 'spec.target.name', kind: target.kind, name: target.name }, declared);
  const network: unknown = spec?.network;
  if (typeof network !== 'string' || isCabled(manifests, manifest, network)) return;
  checkReference(manifests, { manifest, field: 'spec.network', kind: 'Network', name: network }, declared);
}

/** A network that a host is cabled to exists, described by an object of its own or not. */
function isCabled({ manifests }: Manifests, fault: Manifest, network: string): boolean {
  return manifests.some((manifest) => {
    if (manifest.object.kind !== 'Host' || namespaceOf(manifest) !== namespaceOf(fault)) return false;
    const networks: unknown = (manifest.object as unknown as Partial<Host>).spec?.networks;
    return Array.isArray(networks) && networks.some((one) => (one as { name?: unknown } | null)?.name === network);
  });
}

function checkHost(manifests: Manifests, manifest: Manifest, declared: Declared): void {
  const name = annotationOf(manifest, HOST);
  if (name === undefined) return;
  const field = `metadata.annotations["${HOST}"]`;
  checkReference(manifests, { manifest, field, kind: 'Host', name }, declared);
}

interface Reference {
  readonly manifest: Manifest;
  readonly field: string;
  readonly kind: string;
  readonly name: string;
}

function checkReference(manifests: Manifests, { manifest, field, kind, name }: Reference, declared: Declared): void {
  const namespace = namespaceOf(manifest);
  if (declared.has(keyOf(kind, namespace, name))) return;
  const names = manifests.manifests
    .filter((one) => one.object.kind === kind && namespaceOf(one) === namespace)
    .map(({ object }) => object.metadata.name);
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  const cause = `there is no ${kind} "${name}" in namespace ${namespace}${hint}`;
  throw manifestError(manifests, manifest, field, cause);
}
