import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { rfc3339 } from '../../base/units.ts';
import type { AnyObject } from '../objects.ts';
import { NAME_LABEL } from '../registry/builtin/namespaces.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { ServedResource } from '../registry/served.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';

const SYSTEM = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const FINALIZER = 'kubernetes';
/** How many objects one turn of the event loop deletes. */
const DELETIONS_PER_TURN = 250;
/** How soon a namespace whose objects are held by finalizers is looked at again, when nothing in it has changed. */
const RETRY_MS = 5000;

interface Namespace extends AnyObject {
  spec: { finalizers?: string[] };
  status: { phase?: string; conditions?: NamespaceCondition[] };
}

interface NamespaceCondition {
  type: string;
  status: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

interface Remaining {
  /** Resources that still have objects, as `hosts.orrery.dev`, with how many. */
  readonly resources: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

/** The life of namespaces: the system's own are there from the start; a deleted one is emptied, then let go. */
export class Namespaces {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #inside: Inside;
  readonly #system: Inside;
  readonly #bucket: Bucket;
  readonly #working = new Set<string>();
  readonly #retries = new Map<string, Timer>();

  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly inside: Inside;
    /** Creates the system's own namespaces. */
    readonly system: Inside;
  }) {
    this.#catalog = parts.catalog;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#inside = parts.inside;
    this.#system = parts.system;
    this.#bucket = parts.store.bucket('/namespaces');
  }

  /** Creates the namespaces that every cluster has. */
  async ensureSystemNamespaces(): Promise<void> {
    const missing = SYSTEM.filter((name) => this.#bucket.head(name) === undefined);
    await Promise.all(missing.map((name) => this.#system.create(this.#served, namespaceCalled(name))));
  }

  start(): void {
    this.#bucket.onCommit((events) => {
      for (const { version } of events) if (!version.deleted) this.#look(version.object as Namespace);
    });
    for (const version of this.#bucket.list()) this.#look(version.object as Namespace);
  }

  stop(): void {
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
  }

  get #served(): ServedResource {
    return this.#catalog.find('', 'v1', 'namespaces')!;
  }

  #look(namespace: Namespace): void {
    const name = namespace.metadata.name!;
    if (namespace.metadata.deletionTimestamp === undefined) return;
    if (!(namespace.spec.finalizers ?? []).includes(FINALIZER) || this.#working.has(name)) return;
    this.#working.add(name);
    this.#empty(name)
      .catch((error: unknown) => {
        this.#logger.warn({ error, namespace: name }, 'namespace not emptied; trying again');
        return false;
      })
      .then((done) => {
        this.#working.delete(name);
        if (!done) this.#lookAgain(name);
      });
  }

  #lookAgain(name: string): void {
    this.#retries.get(name)?.cancel();
    const timer = this.#clock.after(RETRY_MS, () => {
      this.#retries.delete(name);
      const version = this.#bucket.get(name);
      if (version !== undefined) this.#look(version.object as Namespace);
    });
    this.#retries.set(name, timer);
  }

  /** Deletes everything in the namespace. Resolves to whether it could be let go. */
  async #empty(name: string): Promise<boolean> {
    const remaining: Remaining = { resources: new Map(), finalizers: new Map() };
    for (const served of storedOnce(this.#catalog)) {
      await this.#deleteAll(served, name);
      countRemaining(served, name, remaining);
    }
    await this.#reportRemaining(name, remaining);
    if (remaining.resources.size > 0) return false;
    await this.#finalize(name);
    return true;
  }

  async #deleteAll(served: ServedResource, namespace: string): Promise<void> {
    const versions = served.bucket!.list({ namespace });
    for (let i = 0; i < versions.length; i += DELETIONS_PER_TURN) {
      const turn = versions.slice(i, i + DELETIONS_PER_TURN);
      await Promise.all(turn.map((version) => this.#inside.deleteKey(served, version.key)));
    }
  }

  async #reportRemaining(name: string, remaining: Remaining): Promise<void> {
    const namespace = this.#bucket.get(name)?.object as Namespace | undefined;
    if (namespace === undefined) return;
    const wanted = conditionsOf(remaining, namespace.status.conditions ?? [], rfc3339(this.#clock.now()));
    if (JSON.stringify(wanted) === JSON.stringify(namespace.status.conditions)) return;
    const updated = { ...namespace, status: { ...namespace.status, conditions: wanted } };
    await this.#inside.update(this.#served, updated, 'status');
  }

  /** Takes our finalizer away; the namespace goes when it was the last. */
  async #finalize(name: string): Promise<void> {
    const namespace = this.#bucket.get(name)?.object as Namespace | undefined;
    if (namespace === undefined) return;
    const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    const spec = finalizers.length > 0 ? { ...namespace.spec, finalizers } : {};
    await this.#inside.update(this.#served, { ...namespace, spec }, 'finalize');
  }
}

function namespaceCalled(name: string): AnyObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [NAME_LABEL]: name } } };
}

/** Each namespaced resource that stores objects, at one of its versions. */
function storedOnce(catalog: Catalog): ServedResource[] {
  const byBucket = new Map<string, ServedResource>();
  for (const served of catalog.all()) {
    if (!served.namespaced || served.bucket === undefined || !served.verbs.includes('delete')) continue;
    if (!byBucket.has(served.bucket.id)) byBucket.set(served.bucket.id, served);
  }
  return [...byBucket.values()];
}

function countRemaining(served: ServedResource, namespace: string, remaining: Remaining): void {
  const left = served.bucket!.list({ namespace });
  if (left.length === 0) return;
  // Of the core group too, with nothing behind the dot.
  const name = `${served.names.plural}.${served.group}`;
  remaining.resources.set(name, left.length);
  for (const version of left) {
    for (const finalizer of version.object.metadata.finalizers ?? []) {
      remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1);
    }
  }
}

/** kubernetes, pkg/controller/namespace/deletion/status_condition_utils.go */
function conditionsOf(
  { resources, finalizers }: Remaining,
  present: readonly NamespaceCondition[],
  now: string,
): NamespaceCondition[] {
  const sorted = (counts: Map<string, number>, text: (name: string, count: number) => string) =>
    [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => text(name, count));
  const content = sorted(resources, (name, count) => `${name} has ${count} resource instances`);
  const held = sorted(finalizers, (name, count) => `${name} in ${count} resource instances`);
  const wanted: readonly (readonly [string, boolean, string, string])[] = [
    ['NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    content.length > 0
      ? [
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${content.join(', ')}`,
        ]
      : ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'],
    held.length > 0
      ? [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        ]
      : ['NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ];
  return wanted.map(([type, is, reason, message]) => {
    const status = is ? 'True' : 'False';
    const before = present.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, lastTransitionTime, reason, message };
  });
}
