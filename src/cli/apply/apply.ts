/** What `kubectl apply` does, for many objects at once: `up -f`. */
import type { KubeObject, ResourceType } from '../../api/meta.ts';
import { API_VERSION, hosts, resourceTypes, virtualMachines } from '../../api/resources.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import { ApiError, type Client } from '../../client/port.ts';
import { namespaces } from '../../client/well-known.ts';
import type { Manifests } from '../manifests/load.ts';
import type { Declared, Manifest } from '../manifests/manifest.ts';
import { FieldNames } from './field-names.ts';
import { Kinds } from './kinds.ts';
import { lastApplied, withLastApplied } from './last-applied.ts';
import { refusalLines } from './refusal.ts';
import { threeWayPatch } from './three-way.ts';

/**
 * Objects are written as kubectl's client-side apply writes them, under its name: a later `kubectl apply` of the same
 * file finds nothing to do, one of a changed file sees what was taken out of it, and `kubectl apply --server-side`
 * takes the fields over without a conflict, which it does from this manager alone.
 */
const writing = { fieldManager: 'kubectl-client-side-apply', fieldValidation: 'Strict' } as const;

export interface Outcome {
  readonly created: number;
  readonly configured: number;
  readonly unchanged: number;
  readonly refused: number;
}

export interface ApplyOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of everything that was refused, a line each. */
  readonly complain: (line: string) => void;
}

/** As many as the client has connections. */
const AT_ONCE = 16;
/** So many VMs are made one by one; a rack of thousands would take four times as long, and who is first matters little. */
const MOST_IN_ORDER = 200;
/** From so many objects of a kind in a namespace on, one list is quicker than reading each. */
const WORTH_LISTING = 5;
const PAGE = 500;
const ESTABLISH_MS = 10_000;
const CREATE_TRIES = 5;
const RETRY_MS = 20;

/**
 * Applies the manifests; order in the files does not matter, and namespaces that none of them declares are created.
 * Rejects only when there is no server to talk to.
 */
export async function applyManifests(manifests: Manifests, options: ApplyOptions): Promise<Outcome> {
  return new Application(manifests, options).run();
}

interface Placed {
  readonly manifest: Manifest;
  readonly type: ResourceType;
  readonly object: Declared;
}

const boltedIn: ReadonlySet<string> = new Set(
  resourceTypes.slice(0, resourceTypes.indexOf(hosts) + 1).map(({ kind }) => kind),
);

/** What a datacenter is made of comes before what runs in it, so that nothing is looked for before it is there. */
function stepOf({ object: { apiVersion, kind } }: Manifest): 'bolted in' | 'beside' | 'in order' {
  if (apiVersion !== API_VERSION) return 'beside';
  if (kind === virtualMachines.kind) return 'in order';
  return boltedIn.has(kind) ? 'bolted in' : 'beside';
}

class Application {
  readonly #manifests: Manifests;
  readonly #options: ApplyOptions;
  readonly #kinds: Kinds;
  readonly #names = new FieldNames();
  readonly #count = { created: 0, configured: 0, unchanged: 0, refused: 0 };

  constructor(manifests: Manifests, options: ApplyOptions) {
    this.#manifests = manifests;
    this.#options = options;
    this.#kinds = new Kinds(options.client);
  }

  async run(): Promise<Outcome> {
    const is = (kind: string) => (manifest: Manifest) => manifest.object.kind === kind;
    const all = this.#manifests.manifests;
    const isFirst = (manifest: Manifest) => is('Namespace')(manifest) || is('CustomResourceDefinition')(manifest);
    await this.#applyAll(all.filter(is('Namespace')));
    const definitions = all.filter(is('CustomResourceDefinition'));
    await this.#applyAll(definitions);
    await Promise.all(definitions.map((definition) => this.#established(definition)));
    if (definitions.length > 0) this.#kinds.forget();
    const steps = Map.groupBy(
      all.filter((manifest) => !isFirst(manifest)),
      stepOf,
    );
    await this.#applyAll(steps.get('bolted in') ?? []);
    await this.#applyAll(steps.get('beside') ?? []);
    // Who is made first is placed first, as the files say.
    const ordered = steps.get('in order') ?? [];
    await this.#applyAll(ordered, ordered.length <= MOST_IN_ORDER ? 1 : AT_ONCE);
    return this.#count;
  }

  async #applyAll(manifests: readonly Manifest[], atOnce = AT_ONCE): Promise<void> {
    const placed: Placed[] = [];
    for (const manifest of manifests) {
      const type = await this.#kinds.find(manifest.object);
      if (typeof type === 'string') this.#refuse(manifest, new Error(type));
      else placed.push({ manifest, type, object: inNamespace(manifest.object, type) });
    }
    await this.#createNamespaces(placed);
    const present = await this.#present(placed);
    await inParallel(placed, atOnce, async (one) => {
      this.#options.signal.throwIfAborted();
      try {
        this.#count[await this.#apply(one, present.get(keyOf(one)))]++;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#refuse(one.manifest, error);
      }
    });
  }

  async #createNamespaces(placed: readonly Placed[]): Promise<void> {
    const used = new Set(placed.map(({ object }) => object.metadata.namespace).filter((name) => name !== undefined));
    used.delete('default');
    await inParallel([...used], AT_ONCE, async (name) => {
      try {
        await this.#options.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      } catch (error) {
        // What is wrong with the name, its objects will be told too.
        if (!(error instanceof ApiError)) throw error;
      }
    });
  }

  /** What the server has of them, where asking for all at once is worth it. */
  async #present(placed: readonly Placed[]): Promise<Map<string, KubeObject | null>> {
    const present = new Map<string, KubeObject | null>();
    const groups = Map.groupBy(placed, ({ type, object }) => `${typeKey(type)} ${object.metadata.namespace ?? ''}`);
    for (const group of groups.values()) {
      if (group.length < WORTH_LISTING) continue;
      const { type, object } = group[0]!;
      for (const one of group) present.set(keyOf(one), null);
      const { namespace } = object.metadata;
      for (let next: string | undefined; ; ) {
        const page = await this.#options.client.list(type, {
          namespace,
          limit: PAGE,
          ...(next === undefined ? {} : { continue: next }),
        });
        for (const item of page.items) present.set(`${typeKey(type)} ${namespace ?? ''} ${item.metadata.name}`, item);
        next = page.continue;
        if (next === undefined) break;
      }
    }
    return present;
  }

  async #apply(one: Placed, known: KubeObject | null | undefined): Promise<'created' | 'configured' | 'unchanged'> {
    const { clock, signal } = this.#options;
    const wanted = withLastApplied(one.object);
    let live = known === undefined ? await this.#read(one) : known;
    for (let tries = 1; live === null; tries++) {
      if (await this.#create(one, wanted, tries < CREATE_TRIES)) return 'created';
      // Somebody was quicker, as the same object twice in the files is.
      await sleep(clock, RETRY_MS, signal);
      live = await this.#read(one);
    }
    const patch = threeWayPatch(lastApplied(live.metadata.annotations) ?? {}, wanted, live);
    if (patch === undefined) return 'unchanged';
    const { name, namespace } = one.object.metadata;
    await this.#options.client.patch(one.type, { name, namespace }, { type: 'merge', body: patch }, writing);
    return 'configured';
  }

  /** False when it is there already, unless that is no news. */
  async #create({ type }: Placed, wanted: Declared, mayBeThere: boolean): Promise<boolean> {
    try {
      await this.#options.client.create(type, wanted, writing);
      return true;
    } catch (error) {
      if (mayBeThere && error instanceof ApiError && error.reason === 'AlreadyExists') return false;
      throw error;
    }
  }

  async #read({ type, object }: Placed): Promise<KubeObject | null> {
    try {
      return await this.#options.client.get(type, object.metadata);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return null;
      throw error;
    }
  }

  async #established({ object }: Manifest): Promise<void> {
    const { client, clock, signal } = this.#options;
    const type = await this.#kinds.find(object);
    if (typeof type === 'string') return;
    const end = clock.monotonic() + ESTABLISH_MS;
    do {
      const definition = await client.get(type, object.metadata);
      const { status } = definition as { status?: { conditions?: { type: string; status: string }[] | null } };
      if (status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    } while (clock.monotonic() < end && (await sleep(clock, 50, signal)));
  }

  #refuse(manifest: Manifest, error: Error): void {
    this.#count.refused++;
    for (const line of refusalLines(manifest, error, this.#manifests, this.#names)) this.#options.complain(line);
  }
}

function inNamespace(object: Declared, type: ResourceType): Declared {
  const { namespace, ...metadata } = object.metadata;
  if (!type.namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace ?? 'default' } };
}

const typeKey = ({ group, version, plural }: ResourceType) => `${group}/${version}/${plural}`;

function keyOf({ type, object }: Placed): string {
  return `${typeKey(type)} ${object.metadata.namespace ?? ''} ${object.metadata.name}`;
}

/** Handles the items in order, so many at a time; rejects with the first error, when none is under way any more. */
async function inParallel<T>(items: readonly T[], atOnce: number, handle: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await handle(items[next++]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
