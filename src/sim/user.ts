/** Whoever applies the manifests of a scenario to its world, at their times. */
import { machineConfig } from '../../controllers/power/machine-config.ts';
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { hosts, resourceTypes } from '../api/resources.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../api/virtual-machine-template.ts';
import { OrreryError } from '../base/errors.ts';
import { SECOND } from '../base/units.ts';
import { FieldNames } from '../cli/apply/field-names.ts';
import { Kinds } from '../cli/apply/kinds.ts';
import { refusalLines } from '../cli/apply/refusal.ts';
import { threeWayPatch } from '../cli/apply/three-way.ts';
import type { Manifests } from '../cli/manifests/load.ts';
import type { Declared, Manifest } from '../cli/manifests/manifest.ts';
import { ApiError, ConnectionError } from '../client/port.ts';
import { namespaces } from '../client/well-known.ts';
import { BackendError } from '../hypervisor/backend.ts';
import { annotationOf, HOST, manifestError, namespaceOf } from './annotations.ts';
import type { Moment } from './scenario.ts';
import type { World } from './world.ts';

const writing = { fieldManager: 'user', fieldValidation: 'Strict' } as const;
/** Somebody who gets no answer tries again. */
const RETRY_MS = SECOND;
/** Whoever has more to correct begins with these. */
const MOST_COMPLAINTS = 20;

export interface UserOptions {
  readonly world: World;
  readonly manifests: Manifests;
  /** Told of what is refused, a line each, in the order of the files, but for the last, which is the error. */
  readonly complain: (line: string) => void;
}

interface Placed {
  readonly manifest: Manifest;
  readonly type: ResourceType;
  readonly object: Declared;
}

export class User {
  readonly #options: UserOptions;
  readonly #kinds: Kinds;
  readonly #names = new FieldNames();
  /** What was applied last, and what the server made of it, by kind and name. */
  readonly #applied = new Map<string, { readonly wanted: Declared; readonly live: KubeObject }>();
  readonly #complaints = new Map<Manifest, string[]>();

  constructor(options: UserOptions) {
    this.#options = options;
    this.#kinds = new Kinds(options.world.client);
  }

  /**
   * Applies what is there from the start, what is bolted in before what runs on it; checks what comes later, and what
   * is not to be applied at all, against its schema. Rejects with `OrreryError` MANIFEST_REFUSED when the server refuses
   * anything, once all of it has been looked at.
   */
  async begin(moments: readonly Moment[], onlyChecked: readonly Manifest[] = []): Promise<void> {
    const first = await this.#placed(moments[0]!.applied);
    const later = await this.#placed([...moments.slice(1).flatMap(({ applied }) => applied), ...onlyChecked]);
    await this.#createNamespaces([...first, ...later]);
    await this.#all(later, (one) => this.#create(one, true));
    await this.#apply(first);
  }

  /** What happens at a later moment. */
  async act({ applied, deleted }: Moment): Promise<void> {
    await this.#apply(await this.#placed(applied));
    await this.#all(await this.#placed(deleted), (one) => this.#delete(one));
    this.#checkRefusals();
  }

  /** What the server made of a manifest; undefined when it was not applied. */
  find(manifest: Manifest): KubeObject | undefined {
    const { kind, metadata } = manifest.object;
    const applied = this.#applied.get(`${kind} ${namespaceOf(manifest)}/${metadata.name}`);
    return (applied ?? this.#applied.get(`${kind} /${metadata.name}`))?.live;
  }

  templateOf({ spec, metadata }: VirtualMachine): VirtualMachineTemplate | undefined {
    if (spec.template === undefined) return undefined;
    const applied = this.#applied.get(`VirtualMachineTemplate ${metadata.namespace}/${spec.template}`);
    return applied?.live as VirtualMachineTemplate | undefined;
  }

  async #placed(manifests: readonly Manifest[]): Promise<Placed[]> {
    const placed: Placed[] = [];
    for (const manifest of manifests) {
      const type = await this.#options.world.settle(this.#insist(() => this.#kinds.find(manifest.object)));
      if (typeof type === 'string') this.#refuse(manifest, new Error(type));
      else placed.push({ manifest, type, object: inNamespace(manifest, type) });
    }
    return placed;
  }

  async #createNamespaces(placed: readonly Placed[]): Promise<void> {
    const declared = new Set(
      placed.filter(({ type }) => type.kind === 'Namespace').map(({ object }) => object.metadata.name),
    );
    const used = new Set(placed.flatMap(({ object }) => object.metadata.namespace ?? []));
    const missing = [...used].filter((name) => name !== 'default' && !declared.has(name));
    const made = missing.map((name): Placed => {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      return { manifest: { object, file: '', line: 1, item: undefined }, type: namespaces, object };
    });
    await this.#all(made, async (one) => {
      try {
        await this.#create(one);
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'Invalid')) throw error;
        const { manifest } = placed.find(({ object }) => object.metadata.namespace === one.object.metadata.name)!;
        const cause = error.status.details?.causes?.[0]?.message ?? error.message;
        throw manifestError(this.#options.manifests, manifest, 'metadata.namespace', cause);
      }
    });
  }

  /** In steps that no decision lies between: what is bolted in, then everything else. */
  async #apply(placed: readonly Placed[]): Promise<void> {
    const { world } = this.#options;
    const steps = Map.groupBy(placed, ({ type }) => stepOf(type));
    for (const step of [...steps.keys()].sort((a, b) => a - b)) {
      await this.#all(steps.get(step)!, (one) => this.#applyOne(one));
      // The datacenter has it before the next step.
      await world.pass(0);
    }
    this.#checkRefusals();
  }

  async #applyOne(one: Placed): Promise<void> {
    const known = this.#applied.get(keyOf(one));
    const live = known === undefined ? await this.#create(one) : await this.#update(one, known);
    this.#applied.set(keyOf(one), { wanted: one.object, live });
    // Where something was refused, as its host, the run ends here: that it cannot run there would only follow from it.
    if (known !== undefined || one.type.kind !== 'VirtualMachine' || this.#complaints.size > 0) return;
    await this.#startThere(one, live as VirtualMachine);
  }

  #create({ type, object }: Placed, dryRun = false): Promise<KubeObject> {
    const { client } = this.#options.world;
    return this.#insist(async () => {
      try {
        return await client.create<KubeObject>(type, object, { ...writing, dryRun });
      } catch (error) {
        // An earlier try arrived, and its answer did not; or it is one of those that are always there.
        if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
        return client.get<KubeObject>(type, object.metadata);
      }
    });
  }

  #update({ type, object }: Placed, { wanted }: { wanted: Declared }): Promise<KubeObject> {
    const { client } = this.#options.world;
    const { name, namespace } = object.metadata;
    return this.#insist(async () => {
      let live: KubeObject;
      try {
        live = await client.get<KubeObject>(type, { name, namespace });
      } catch (error) {
        // It went in the meantime, as with its namespace: then this is a new one.
        if (!(error instanceof ApiError && error.code === 404)) throw error;
        return client.create<KubeObject>(type, object, writing);
      }
      const body = threeWayPatch(wanted, object, live);
      return body === undefined
        ? live
        : client.patch<KubeObject>(type, { name, namespace }, { type: 'merge', body }, writing);
    });
  }

  async #delete({ type, object }: Placed): Promise<void> {
    const { client } = this.#options.world;
    const { name, namespace } = object.metadata;
    this.#applied.delete(keyOf({ type, object }));
    await this.#insist(async () => {
      try {
        await client.delete(type, { name, namespace });
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 404)) throw error;
      }
    });
  }

  /** Powers a VM on where its annotation says, before anybody can decide otherwise. */
  async #startThere({ manifest }: Placed, vm: VirtualMachine): Promise<void> {
    const host = annotationOf(manifest, HOST);
    if (host === undefined || (vm.spec.power ?? 'On') !== 'On') return;
    const { world, manifests } = this.#options;
    const namespace = namespaceOf(manifest);
    const config = machineConfig(vm, this.templateOf(vm));
    const token = vm.spec.restartedAt === undefined ? {} : { restartToken: vm.spec.restartedAt };
    const request = { namespace, uid: vm.metadata.uid, host, config, ...token };
    while (world.physical === undefined) await new Promise<void>((resolve) => world.clock.after(RETRY_MS, resolve));
    try {
      world.physical.datacenter.world(namespace).startThere(request);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      throw manifestError(
        manifests,
        manifest,
        `metadata.annotations["${HOST}"]`,
        `it cannot run there: ${error.message}`,
      );
    }
  }

  /** All at once, as one instant; refusals are gathered. */
  async #all(placed: readonly Placed[], run: (one: Placed) => Promise<unknown>): Promise<void> {
    const all = placed.map(async (one) => {
      try {
        await run(one);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#refuse(one.manifest, error);
      }
    });
    await this.#options.world.settle(Promise.all(all));
  }

  /** Again and again while there is no answer. */
  async #insist<T>(run: () => Promise<T>): Promise<T> {
    const { clock } = this.#options.world;
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }

  #refuse(manifest: Manifest, error: Error): void {
    const lines = refusalLines(manifest, error, this.#options.manifests, this.#names);
    this.#complaints.set(manifest, [...(this.#complaints.get(manifest) ?? []), ...lines]);
  }

  /** Tells of everything that was refused, in the order of the files; the last line is the error, with the advice. */
  #checkRefusals(): void {
    if (this.#complaints.size === 0) return;
    const { manifests, complain } = this.#options;
    const all = manifests.manifests.flatMap((manifest) => this.#complaints.get(manifest)?.sort(byLine) ?? []);
    this.#complaints.clear();
    const told = all.slice(0, MOST_COMPLAINTS);
    if (all.length > told.length) told.push(`… and ${all.length - told.length} more`);
    for (const line of told.slice(0, -1)) complain(line);
    throw new OrreryError('MANIFEST_REFUSED', { complaint: told.at(-1)! });
  }
}

/** `file:12: …` of one object, one file: by the line. */
const byLine = (a: string, b: string): number => lineIn(a) - lineIn(b);
const lineIn = (complaint: string): number => Number(/:(\d+): /.exec(complaint)?.[1] ?? 0);

const keyOf = ({ type, object }: Pick<Placed, 'type' | 'object'>): string =>
  `${type.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Namespaces, then what is bolted in up to the hosts, then everything that may run there. */
function stepOf(type: ResourceType): number {
  if (type.kind === 'Namespace') return 0;
  const place = resourceTypes.findIndex(({ kind, group }) => kind === type.kind && group === type.group);
  return place <= resourceTypes.indexOf(hosts) ? 1 : 2;
}

function inNamespace({ object }: Manifest, type: ResourceType): Declared {
  const { namespace, ...metadata } = object.metadata;
  if (!type.namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace ?? 'default' } };
}
