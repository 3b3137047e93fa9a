/** Takes everything of ours out of a cluster: objects, definitions, leases. */
import type { KubeObject, ResourceType } from '../../api/meta.ts';
import { GROUP, resourceTypes } from '../../api/resources.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import { count } from '../../base/units.ts';
import { ApiError, type Client } from '../../client/port.ts';
import { customResourceDefinitions, leases } from '../../client/well-known.ts';

export interface RemovalOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each step. */
  readonly progress: (line: string) => void;
}

/** What of ours is in a cluster. */
export interface Inventory {
  /** Kinds whose definition is there, with all their objects. */
  readonly kinds: readonly { readonly type: ResourceType; readonly objects: readonly KubeObject[] }[];
  readonly leases: readonly KubeObject[];
}

export interface Removal {
  readonly objects: Readonly<Record<string, number>>;
  readonly definitions: number;
  readonly leases: number;
  /** Objects whose finalizers of ours nobody was there to take off. */
  readonly stripped: readonly string[];
  /** Objects that somebody else's finalizers hold. */
  readonly held: readonly string[];
  /** Who goes on renewing a Lease, which is left: deleted, it would be made again. */
  readonly running: readonly string[];
}

const LEASE_PREFIX = 'orrery-';
const FINALIZER_PREFIX = `${GROUP}/`;
const PAGE = 500;
const AT_ONCE = 16;
const LOOK_MS = 250;
/** Controllers renew their Lease every 2 s; one that stands still for longer belongs to nobody. */
const SILENCE_MS = 5000;
/** How long controllers may take to let go of what they hold. */
const PATIENCE_MS = 60_000;

export async function takeInventory(client: Client): Promise<Inventory> {
  const kinds = await Promise.all(
    resourceTypes.map(async (type) => {
      const definition = await orNothing(
        client.get(customResourceDefinitions, { name: `${type.plural}.${type.group}` }),
      );
      return definition === undefined ? undefined : { type, objects: await listAll(client, type) };
    }),
  );
  const all = await listAll(client, leases);
  return {
    kinds: kinds.filter((kind) => kind !== undefined),
    leases: all.filter(isOurLease),
  };
}

/** Removes what the inventory lists and what came since. Rejects when the server does. */
export async function remove(inventory: Inventory, options: RemovalOptions): Promise<Removal> {
  const { client, progress } = options;
  const objects: Record<string, number> = {};
  for (const { type, objects: present } of inventory.kinds) if (present.length > 0) objects[type.kind] = present.length;
  for (const { type, objects: present } of inventory.kinds) await deleteAll(client, type, present);
  const { stripped, held } = await awaitEmpty(inventory, options);
  progress('removing the definitions');
  const isHeld = (type: ResourceType) => held.some((name) => name.startsWith(`${type.kind} `));
  const free = inventory.kinds.filter(({ type }) => !isHeld(type));
  for (const { type } of free) {
    await orNothing(client.delete(customResourceDefinitions, { name: `${type.plural}.${type.group}` }));
  }
  await awaitGone(
    free.map(({ type }) => type),
    options,
  );
  const { removed, running } = await removeLeases(options);
  return { objects, definitions: free.length, leases: removed, stripped, held, running };
}

/** Deletes the Leases that nobody renews: whoever renews one would only make it again. */
async function removeLeases({
  client,
  clock,
  signal,
}: RemovalOptions): Promise<{ removed: number; running: string[] }> {
  const watch = new LeaseWatch(client, clock);
  while (!(await watch.isSilent()) && watch.renewers.length === 0) {
    if (!(await sleep(clock, LOOK_MS, signal))) throw signal.reason;
  }
  const running = watch.renewers;
  const ours = (await listAll<Lease>(client, leases)).filter(isOurLease);
  const free = ours.filter(({ spec }) => !running.includes(spec?.holderIdentity ?? ''));
  for (const { metadata } of free) await orNothing(client.delete(leases, metadata));
  return { removed: free.length, running };
}

/** Waits for the objects to go; takes our finalizers off where nobody does it whose business it is. */
async function awaitEmpty(inventory: Inventory, options: RemovalOptions): Promise<Pick<Removal, 'stripped' | 'held'>> {
  const { client, clock, signal, progress } = options;
  const stripped: string[] = [];
  const started = clock.monotonic();
  const leaseWatch = new LeaseWatch(client, clock);
  for (;;) {
    const left: { type: ResourceType; object: KubeObject }[] = [];
    for (const { type } of inventory.kinds) {
      const objects = await listAll(client, type);
      left.push(...objects.map((object) => ({ type, object })));
      // What was created meanwhile goes too.
      await deleteAll(
        client,
        type,
        objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      );
    }
    const ours = left.filter(({ object }) => finalizersOf(object).some(isOurs));
    if (ours.length === 0) {
      const others = left.filter(({ object }) => finalizersOf(object).length > 0);
      if (others.length === left.length) return { stripped, held: others.map(nameOf) };
    }
    const isLate = clock.monotonic() - started > PATIENCE_MS;
    if (ours.length > 0 && ((await leaseWatch.isSilent()) || isLate)) {
      progress(`no controllers run: taking our finalizers off ${count(ours.length, 'object')}`);
      await inParallel(ours, async ({ type, object }) => {
        await strip(client, type, object);
        stripped.push(nameOf({ type, object }));
      });
    }
    if (!(await sleep(clock, LOOK_MS, signal))) throw signal.reason;
  }
}

type Lease = KubeObject & { readonly spec?: { readonly holderIdentity?: string } };

const isOurLease = ({ metadata }: KubeObject) => metadata.name.startsWith(LEASE_PREFIX);

/** Whether somebody renews a Lease of ours: its version changes while we look. */
class LeaseWatch {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #versions = new Map<string, string>();
  readonly #renewers = new Set<string>();
  #since: number;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** Who has renewed one between two looks. */
  get renewers(): string[] {
    return [...this.#renewers];
  }

  async isSilent(): Promise<boolean> {
    const held = (await listAll<Lease>(this.#client, leases)).filter(
      (lease) => isOurLease(lease) && lease.spec?.holderIdentity,
    );
    if (held.length === 0) return true;
    for (const { metadata, spec } of held) {
      const key = `${metadata.namespace}/${metadata.name}`;
      const version = `${metadata.uid} ${metadata.resourceVersion}`;
      const seen = this.#versions.get(key);
      if (seen === version) continue;
      this.#versions.set(key, version);
      this.#since = this.#clock.monotonic();
      if (seen !== undefined) this.#renewers.add(spec!.holderIdentity!);
    }
    return this.#clock.monotonic() - this.#since > SILENCE_MS;
  }
}

async function strip(client: Client, type: ResourceType, object: KubeObject): Promise<void> {
  const finalizers = finalizersOf(object);
  const body = {
    metadata: {
      resourceVersion: object.metadata.resourceVersion,
      finalizers: finalizers.filter((finalizer) => !isOurs(finalizer)),
    },
  };
  try {
    await client.patch(type, object.metadata, { type: 'merge', body });
  } catch (error) {
    // Gone, or changed: the next look sees it as it is now.
    if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error;
  }
}

async function deleteAll(client: Client, type: ResourceType, objects: readonly KubeObject[]): Promise<void> {
  const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
  for (const namespace of namespaces) {
    await client.deleteCollection(type, { namespace }, { propagation: 'Background' });
  }
}

async function awaitGone(types: readonly ResourceType[], { client, clock, signal }: RemovalOptions): Promise<void> {
  for (const { plural, group } of types) {
    while ((await orNothing(client.get(customResourceDefinitions, { name: `${plural}.${group}` }))) !== undefined) {
      if (!(await sleep(clock, LOOK_MS, signal))) throw signal.reason;
    }
  }
}

async function listAll<T extends KubeObject>(client: Client, type: ResourceType): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | undefined; ; ) {
    const page = await orNothing(
      client.list<T>(type, { limit: PAGE, ...(next === undefined ? {} : { continue: next }) }),
    );
    items.push(...(page?.items ?? []));
    next = page?.continue;
    if (next === undefined) return items;
  }
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

async function inParallel<T>(items: readonly T[], handle: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(handle));
  }
}

const finalizersOf = ({ metadata }: KubeObject): readonly string[] => metadata.finalizers ?? [];
const isOurs = (finalizer: string) => finalizer.startsWith(FINALIZER_PREFIX);

function nameOf({ type, object }: { type: ResourceType; object: KubeObject }): string {
  const { namespace, name } = object.metadata;
  return `${type.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
