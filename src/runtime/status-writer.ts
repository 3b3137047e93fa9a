/**
 * The one way in which status is written. Controllers contribute recipes; what several contribute to one object in one
 * turn leaves as one patch, one write per object at a time, run again on a fresh state when the object had moved.
 */
import { type Draft, Immer } from 'immer';
import type { KubeObject, ResourceType } from '../api/meta.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { SECOND } from '../base/units.ts';
import { ApiError, type Client, type ObjectName } from '../client/port.ts';
import { isOlder } from '../informer/resource-version.ts';
import type { Metrics, Series } from '../telemetry/metrics.ts';
import { FairLine } from './fair-line.ts';
import { type Key, keyOf, nameOf } from './keys.ts';
import { type MayWrite, trespasses } from './status-ownership.ts';
import { statusPatch } from './status-patch.ts';

/** An object with a status; which shape it has is the kind's business. */
export type StatusOf<T> = T extends { status?: infer S } ? NonNullable<S> : never;

/**
 * Changes the draft of a status. It may be run several times, on newer states each time, so it must do nothing but
 * that; `object` is the state that it is run on.
 */
export type Recipe<T> = (status: Draft<StatusOf<T>>, object: T) => void;

/** Where the present state is found, and where an answer goes ahead of the watch: an Informer. */
export interface StatusSource<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined;
  overlay(object: T): void;
}

export interface StatusWriterOptions<T extends KubeObject> {
  readonly client: Client;
  readonly type: ResourceType;
  readonly source: StatusSource<T>;
  /** Enforced on every recipe but `initial`. */
  readonly mayWrite: MayWrite;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** What the first write of an object's status sets besides: Ready, Reconciling, observedGeneration. */
  readonly initial?: Recipe<T>;
  /** Between two writes of one object for what is not urgent. */
  readonly floorMs?: number;
  /** Writes under way at once, over all objects. */
  readonly concurrency?: number;
  readonly fieldManager?: string;
}

export interface ContributionOptions {
  /** Usage and the like: waits for the floor, or for something urgent to go along with. */
  readonly isUrgent?: boolean;
  /** Takes the place of what the same controller contributed under the same name and was not sent yet. */
  readonly replaces?: string;
}

interface Contribution<T> {
  readonly controller: string;
  readonly recipe: Recipe<T>;
  readonly uid: string;
  readonly isUrgent: boolean;
  readonly replaces: string | undefined;
  readonly settle: ((object: T | undefined, error?: unknown) => void)[];
}

interface Entry<T> {
  waiting: Contribution<T>[];
  isWriting: boolean;
  floor: Timer | undefined;
}

const MOST_TRIES = 10;

export class StatusWriter<T extends KubeObject & { status?: object }> {
  readonly #options: StatusWriterOptions<T>;
  readonly #immer = new Immer({ autoFreeze: true });
  readonly #entries = new Map<Key, Entry<T>>();
  /** When each object was written last, oldest first; those longer ago than the floor are forgotten. */
  readonly #writtenAt = new Map<Key, number>();
  readonly #line = new FairLine();
  readonly #counts: { readonly patches: Series; readonly unchanged: Series; readonly conflicts: Series } | undefined;
  #active = 0;
  #isPlanned = false;
  #isFlushing = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: StatusWriterOptions<T>) {
    this.#options = options;
    const result = options.metrics?.counter({
      name: 'orrery_status_writes_total',
      help: 'Status writes by what became of them.',
      labels: ['kind', 'result'],
    });
    this.#counts = result && {
      patches: result.of(options.type.kind, 'patched'),
      unchanged: result.of(options.type.kind, 'unchanged'),
      conflicts: result.of(options.type.kind, 'conflict'),
    };
  }

  /** Objects with something to write now or under way; what waits for its floor does not count. */
  get pending(): number {
    return this.#line.size + this.#active;
  }

  /**
   * Resolves with the object as it is after the write, or as it was when nothing changed; with undefined when it is
   * gone. Rejects with the recipe's own error, with an Error when the recipe touched what is not its controller's, and
   * with the server's or the connection's when the write failed: contribute again then.
   */
  contribute(
    controller: string,
    object: { readonly metadata: { readonly namespace?: string; readonly name: string; readonly uid: string } },
    recipe: Recipe<T>,
    { isUrgent = true, replaces }: ContributionOptions = {},
  ): Promise<T | undefined> {
    const key = keyOf(object.metadata);
    const { uid } = object.metadata;
    const promise = new Promise<T | undefined>((resolve, reject) => {
      const settle = (result: T | undefined, error?: unknown) =>
        error === undefined ? resolve(result) : reject(error);
      this.#add(key, { controller, recipe, uid, isUrgent, replaces, settle: [settle] });
    });
    // Whoever does not wait is not to crash the program; failures are in the log.
    promise.catch(() => {});
    return promise;
  }

  /**
   * Whether something that was contributed to the object waits or is under way, so that what its status says now is
   * not what it will say.
   */
  isBusy({ metadata }: { readonly metadata: ObjectName }): boolean {
    return this.#entries.has(keyOf(metadata));
  }

  /** Sends what waits for its floor too; resolves when nothing is left. */
  flush(): Promise<void> {
    this.#isFlushing = true;
    for (const [key, entry] of this.#entries) if (entry.waiting.length > 0) this.#ready(key, entry);
    return this.settled().finally(() => {
      this.#isFlushing = false;
    });
  }

  /** Resolves when nothing is to be written now or under way. */
  settled(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #add(key: Key, contribution: Contribution<T>): void {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { waiting: [], isWriting: false, floor: undefined };
      this.#entries.set(key, entry);
    }
    const { controller, replaces } = contribution;
    const earlier =
      replaces === undefined
        ? -1
        : entry.waiting.findIndex((other) => other.controller === controller && other.replaces === replaces);
    if (earlier >= 0) {
      contribution.settle.push(...entry.waiting[earlier]!.settle);
      entry.waiting.splice(earlier, 1);
    }
    entry.waiting.push(contribution);
    if (!entry.isWriting) this.#arrange(key, entry);
  }

  /** Sends now, or when the floor allows. */
  #arrange(key: Key, entry: Entry<T>): void {
    const { clock, floorMs = 10 * SECOND } = this.#options;
    const due = (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) + floorMs;
    const waitMs = due - clock.monotonic();
    if (waitMs <= 0 || this.#isFlushing || entry.waiting.some(({ isUrgent }) => isUrgent)) {
      this.#ready(key, entry);
    } else entry.floor ??= clock.after(waitMs, () => this.#ready(key, entry));
  }

  #ready(key: Key, entry: Entry<T>): void {
    entry.floor?.cancel();
    entry.floor = undefined;
    if (entry.isWriting) return;
    this.#line.add(key);
    this.#plan();
  }

  /** What is contributed in this turn goes out together, at its end. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#options.clock.defer(() => {
      this.#isPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    const limit = this.#options.concurrency ?? 32;
    while (this.#active < limit) {
      const key = this.#line.take();
      if (key === undefined) break;
      void this.#work(key, this.#entries.get(key)!);
    }
    if (this.pending === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #work(key: Key, entry: Entry<T>): Promise<void> {
    this.#active++;
    entry.isWriting = true;
    await this.#write(key, entry);
    entry.isWriting = false;
    this.#active--;
    if (entry.waiting.length > 0) this.#arrange(key, entry);
    else this.#entries.delete(key);
    // In this turn: a free place is filled at once.
    this.#pump();
  }

  /** Takes what waits and writes it; everything taken is settled afterwards. */
  async #write(key: Key, entry: Entry<T>): Promise<void> {
    const { source } = this.#options;
    const name = nameOf(key);
    let taken: Contribution<T>[] = [];
    let fresh: T | undefined;
    try {
      for (let tries = 1; ; tries++) {
        const asked = [...taken, ...entry.waiting.splice(0)];
        taken = asked;
        let object = newest(source.get(name.namespace, name.name), fresh);
        if (asked.some(({ uid }) => uid !== object?.metadata.uid)) {
          // Gone, or so new that the watch has not told of it yet.
          object = await this.#read(name);
        }
        taken = this.#ofThisObject(object, asked);
        if (object === undefined || taken.length === 0) return;
        const status = this.#run(object, taken);
        taken = status.kept;
        const operations = statusPatch(object.status, status.after);
        if (operations.length === 0) {
          this.#counts?.unchanged.add(1);
          settleAll(taken, object);
          return;
        }
        const result = await this.#patch(key, name, object, operations, tries);
        if (result.written !== undefined) {
          settleAll(taken, result.written);
          return;
        }
        fresh = result.fresh;
        if (fresh === undefined) {
          settleAll(taken, undefined);
          return;
        }
      }
    } catch (error) {
      await this.#failed(key, taken, error);
    }
  }

  /** The patched object; or, when it had moved, the object as it is now (nothing when it is gone). */
  async #patch(
    key: Key,
    name: ObjectName,
    object: T,
    operations: ReturnType<typeof statusPatch>,
    tries: number,
  ): Promise<{ written?: T; fresh?: T | undefined }> {
    const { client, type, source, fieldManager = 'orrery' } = this.#options;
    const guard = { op: 'test', path: '/metadata/uid', value: object.metadata.uid } as const;
    try {
      const written = await client.patch<T>(
        type,
        name,
        { type: 'json', operations: [guard, ...operations] },
        { subresource: 'status', fieldManager },
      );
      this.#counts?.patches.add(1);
      this.#note(key);
      source.overlay(written);
      return { written };
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return { fresh: undefined };
      if (!isMoved(error) || tries >= MOST_TRIES) throw error;
    }
    this.#counts?.conflicts.add(1);
    return { fresh: await this.#read(name) };
  }

  /** The object as the server has it now; undefined when it is gone. */
  async #read(name: ObjectName): Promise<T | undefined> {
    const { client, type, source } = this.#options;
    try {
      const fresh = await client.get<T>(type, name);
      source.overlay(fresh);
      return fresh;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** The contributions meant for this object; those for one of the same name that is gone are settled. */
  #ofThisObject(object: T | undefined, contributions: readonly Contribution<T>[]): Contribution<T>[] {
    const kept = contributions.filter(({ uid }) => uid === object?.metadata.uid);
    if (kept.length < contributions.length) {
      settleAll(
        contributions.filter((contribution) => !kept.includes(contribution)),
        undefined,
      );
    }
    return kept;
  }

  /** Runs the recipes one after the other; one that fails is settled and changes nothing. */
  #run(object: T, contributions: readonly Contribution<T>[]): { after: object; kept: Contribution<T>[] } {
    const { initial, mayWrite } = this.#options;
    const base = (object.status ?? {}) as StatusOf<T>;
    const isFirst = (base as { conditions?: readonly unknown[] }).conditions === undefined;
    let after = base;
    if (isFirst && initial !== undefined) after = this.#produce(after, object, initial);
    const kept: Contribution<T>[] = [];
    for (const contribution of contributions) {
      const { controller, recipe, settle } = contribution;
      try {
        const next = this.#produce(after, object, recipe);
        const found = trespasses((path) => mayWrite(controller, path), after, next);
        if (found.length > 0) throw new Error(`${controller} wrote ${found.join(', ')}, which is not its own`);
        after = next;
        kept.push(contribution);
      } catch (error) {
        const { kind } = this.#options.type;
        this.#options.logger.error({ kind, controller, error: messageOf(error) }, 'a status recipe failed');
        for (const done of settle) done(undefined, error);
      }
    }
    return { after: kept.length === 0 ? base : after, kept };
  }

  #produce(status: StatusOf<T>, object: T, recipe: Recipe<T>): StatusOf<T> {
    return this.#immer.produce(status, (draft: Draft<StatusOf<T>>) => {
      recipe(draft, object);
    }) as StatusOf<T>;
  }

  /** A status that the schema refuses may be the fault of one of several controllers: each is then tried by itself. */
  async #failed(key: Key, contributions: readonly Contribution<T>[], error: unknown): Promise<void> {
    const { type, logger } = this.#options;
    const isInvalid = error instanceof ApiError && error.code === 422 && !isMoved(error);
    if (isInvalid && contributions.length > 1) {
      for (const contribution of contributions) {
        await this.#write(key, { waiting: [contribution], isWriting: true, floor: undefined });
      }
      return;
    }
    const controllers = contributions.map(({ controller }) => controller).join(', ');
    const fields = { kind: type.kind, key, controllers, error: messageOf(error) };
    if (isInvalid) logger.error(fields, 'the server refuses a status');
    else logger.warn(fields, 'a status could not be written');
    settleAll(contributions, undefined, error);
  }

  #note(key: Key): void {
    const { clock, floorMs = 10 * SECOND } = this.#options;
    const now = clock.monotonic();
    this.#writtenAt.delete(key);
    this.#writtenAt.set(key, now);
    for (const [oldest, at] of this.#writtenAt) {
      if (now - at < floorMs) break;
      this.#writtenAt.delete(oldest);
    }
  }
}

function settleAll<T>(contributions: readonly Contribution<T>[], object: T | undefined, error?: unknown): void {
  for (const { settle } of contributions) for (const done of settle) done(object, error);
}

/**
 * A conflict; or a patch whose `test` failed or whose path is no more, which is a 422 without a field to blame; or one
 * that adds a condition which somebody else has just added.
 */
function isMoved(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const causes = error.status.details?.causes ?? [];
  const isTaken = causes.some(({ reason }) => reason === 'FieldValueDuplicate');
  return error.code === 409 || (error.code === 422 && (causes.length === 0 || isTaken));
}

function newest<T extends KubeObject>(cached: T | undefined, fresh: T | undefined): T | undefined {
  if (cached === undefined || fresh === undefined) return fresh ?? cached;
  return isOlder(cached.metadata.resourceVersion, fresh.metadata.resourceVersion) ? fresh : cached;
}
