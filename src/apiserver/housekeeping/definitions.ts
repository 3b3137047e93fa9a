import type { Clock, Timer } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import type { Logger } from '../../base/logger.ts';
import { rfc3339 } from '../../base/units.ts';
import type { Catalog } from '../registry/catalog.ts';
import {
  CLEANUP_FINALIZER,
  conditionOf,
  type Definition,
  type DefinitionCondition,
  type DefinitionNames,
  isEstablished,
  withCondition,
} from '../registry/custom/definition.ts';
import { serveDefinition } from '../registry/custom/resource.ts';
import type { ServedResource } from '../registry/served.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';

/** How many objects of a definition one turn of the event loop deletes. */
const DELETIONS_PER_TURN = 250;
/** After a write that failed, as on a full disk, the definitions are looked at again. */
const RETRY_MS = 1000;

/**
 * The life of CustomResourceDefinitions: names are accepted when nobody in the group has them, then the resources are
 * served; a deleted definition takes its objects along.
 */
export class Definitions {
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #inside: Inside;
  readonly #bucket: Bucket;
  readonly #served = new Map<string, { readonly definition: Definition; readonly resources: ServedResource[] }>();
  readonly #cleaning = new Set<string>();
  readonly #changed: (bucketId: string) => void;
  #retry: Timer | undefined;
  #stopped = false;

  /** @param changed called when what is served under a bucket has changed, so that its watches end */
  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly inside: Inside;
    readonly changed: (bucketId: string) => void;
  }) {
    this.#store = parts.store;
    this.#catalog = parts.catalog;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#inside = parts.inside;
    this.#changed = parts.changed;
    this.#bucket = parts.store.bucket('apiextensions.k8s.io/customresourcedefinitions');
  }

  /** Serves what is established, and follows the definitions from now on. */
  start(): void {
    for (const version of this.#bucket.list()) this.#serve(version.object as Definition);
    this.#bucket.onCommit((events) => {
      for (const { version, prior } of events) {
        if (version.deleted) this.#withdraw(prior!.object as Definition);
        else this.#serve(version.object as Definition);
      }
      this.#reconcileAll();
    });
    this.#reconcileAll();
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  #serve(definition: Definition): void {
    const name = definition.metadata.name!;
    const present = this.#served.get(name);
    if (!isEstablished(definition)) return;
    if (
      present !== undefined &&
      deepEqual(present.definition.spec, definition.spec) &&
      deepEqual(present.definition.status.acceptedNames, definition.status.acceptedNames)
    ) {
      return;
    }
    const resources = serveDefinition(
      definition,
      this.#store,
      () => this.#bucket.get(name)?.object.metadata.deletionTimestamp !== undefined,
    );
    this.#served.set(name, { definition, resources });
    this.#catalog.replace(present?.resources ?? [], resources);
    if (present !== undefined) this.#changed(bucketOf(definition));
  }

  #withdraw(definition: Definition): void {
    const name = definition.metadata.name!;
    const present = this.#served.get(name);
    if (present === undefined) return;
    this.#served.delete(name);
    this.#catalog.replace(present.resources, []);
    this.#changed(bucketOf(definition));
  }

  #reconcileAll(): void {
    for (const version of this.#bucket.list()) {
      const definition = version.object as Definition;
      if (definition.metadata.deletionTimestamp !== undefined) this.#cleanUp(definition);
      else this.#reconcile(definition);
    }
  }

  /** Accepts names, and establishes what has them. */
  #reconcile(definition: Definition): void {
    const now = rfc3339(this.#clock.now());
    const { status } = definition;
    const naming = namesOf(definition, this.#namesInGroup(definition));
    let conditions = withCondition(status.conditions, naming.condition, now);
    if (conditionOf(definition, 'Established')?.status !== 'True') {
      const accepted = naming.condition.status === 'True';
      const condition = accepted ? ESTABLISHED : NOT_ACCEPTED;
      conditions = withCondition(conditions, condition, now);
    }
    const wanted = { ...status, acceptedNames: naming.accepted, conditions };
    if (deepEqual(wanted, status)) return;
    this.#writeStatus(definition, wanted);
  }

  /** What the other definitions of the group have been given. */
  #namesInGroup(definition: Definition): { resources: Set<string>; kinds: Set<string> } {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const version of this.#bucket.list()) {
      const other = version.object as Definition;
      if (other.spec.group !== definition.spec.group || other.metadata.name === definition.metadata.name) continue;
      const { acceptedNames: names } = other.status;
      for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) {
        if (name !== undefined && name !== '') resources.add(name);
      }
      for (const name of [names.kind, names.listKind]) if (name !== undefined && name !== '') kinds.add(name);
    }
    return { resources, kinds };
  }

  #writeStatus(definition: Definition, status: Definition['status']): void {
    this.#inside
      .updateStatus('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', { ...definition, status })
      .catch((error: unknown) => {
        this.#logger.debug({ error, name: definition.metadata.name }, 'definition status not written; trying again');
        this.#lookAgain();
      });
  }

  /** Deletes the objects of a definition that is going, then lets it go. */
  #cleanUp(definition: Definition): void {
    const name = definition.metadata.name!;
    if (!(definition.metadata.finalizers ?? []).includes(CLEANUP_FINALIZER) || this.#cleaning.has(name)) return;
    this.#cleaning.add(name);
    this.#deleteInstances(definition)
      .catch((error: unknown) => {
        this.#logger.warn({ error, name }, 'objects of a deleted definition remain; trying again');
        this.#lookAgain();
      })
      .finally(() => this.#cleaning.delete(name));
  }

  /** No commit brings us back to a write that failed, nor to one that built on another which failed. */
  #lookAgain(): void {
    if (this.#stopped) return;
    this.#retry ??= this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#reconcileAll();
    });
  }

  async #deleteInstances(definition: Definition): Promise<void> {
    const conditions = withCondition(definition.status.conditions, IN_PROGRESS, rfc3339(this.#clock.now()));
    this.#writeStatus(definition, { ...definition.status, conditions });
    const bucket = this.#store.bucket(bucketOf(definition));
    const served = this.#served.get(definition.metadata.name!)?.resources[0];
    if (served !== undefined) {
      for (;;) {
        const keys = bucket.keys();
        if (keys.length === 0) break;
        let left = 0;
        for (let i = 0; i < keys.length; i += DELETIONS_PER_TURN) {
          const turn = keys.slice(i, i + DELETIONS_PER_TURN);
          const outcomes = await Promise.all(turn.map((key) => this.#inside.deleteKey(served, key)));
          left += outcomes.filter((gone) => !gone).length;
        }
        if (left === 0) break;
        // Finalizers hold them: look again when somebody may have acted.
        await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve));
      }
    }
    await this.#release(definition.metadata.name!);
  }

  async #release(name: string): Promise<void> {
    const head = this.#bucket.get(name)?.object as Definition | undefined;
    if (head === undefined) return;
    const condition: DefinitionCondition = {
      type: 'Terminating',
      status: 'False',
      reason: 'InstanceDeletionCompleted',
      message: 'removed all instances',
    };
    const now = rfc3339(this.#clock.now());
    const status = { ...head.status, conditions: withCondition(head.status.conditions, condition, now) };
    const finalizers = (head.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    const served = this.#catalog.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
    await this.#inside.storeDirectly(served, { ...head, metadata: { ...head.metadata, finalizers }, status });
  }
}

const bucketOf = ({ spec }: Definition) => `${spec.group}/${spec.names.plural}`;

const ESTABLISHED: DefinitionCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const IN_PROGRESS: DefinitionCondition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const NOT_ACCEPTED: DefinitionCondition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

/** The names that a definition may have, and the condition that says so. */
function namesOf(
  { spec, status }: Definition,
  taken: { readonly resources: ReadonlySet<string>; readonly kinds: ReadonlySet<string> },
): { accepted: DefinitionNames; condition: DefinitionCondition } {
  const wanted = spec.names;
  const accepted: DefinitionNames = { ...status.acceptedNames };
  let refusal: { reason: string; message: string } | undefined;
  const settle = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string) => {
    const name = wanted[field];
    if (name !== undefined && name !== accepted[field] && used.has(name)) {
      refusal = { reason, message: `"${name}" is already in use` };
    } else if (name === undefined) delete accepted[field];
    else accepted[field] = name;
  };
  settle('plural', taken.resources, 'PluralConflict');
  settle('singular', taken.resources, 'SingularConflict');
  const own = new Set(accepted.shortNames);
  const clashes = (wanted.shortNames ?? []).filter((name) => !own.has(name) && taken.resources.has(name));
  if (clashes.length > 0) {
    const texts = clashes.map((name) => `"${name}" is already in use`);
    refusal = { reason: 'ShortNamesConflict', message: texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]` };
  } else if (wanted.shortNames === undefined) delete accepted.shortNames;
  else accepted.shortNames = wanted.shortNames;
  settle('kind', taken.kinds, 'KindConflict');
  settle('listKind', taken.kinds, 'ListKindConflict');
  if (wanted.categories === undefined) delete accepted.categories;
  else accepted.categories = wanted.categories;
  const condition: DefinitionCondition =
    refusal === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...refusal };
  return { accepted: inOrder(accepted), condition };
}

/** The fields as the kind's description has them. */
function inOrder(names: DefinitionNames): DefinitionNames {
  const order = ['plural', 'singular', 'shortNames', 'kind', 'listKind', 'categories'] as const;
  return Object.fromEntries(order.flatMap((field) => (names[field] === undefined ? [] : [[field, names[field]]])));
}
