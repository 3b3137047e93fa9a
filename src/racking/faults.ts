/** Fault objects: what they ask to break is told to the datacenter, and what became of it is told in their status. */
import { commonConditions } from '../api/conditions.ts';
import { faultDefaults } from '../api/defaults.ts';
import type { Fault } from '../api/fault.ts';
import type { Condition } from '../api/meta.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { Clock } from '../base/clock.ts';
import { deepEqual } from '../base/json.ts';
import { rfc3339, rfc3339Milli, SECOND } from '../base/units.ts';
import type { Datacenter } from '../hypervisor/datacenter.ts';
import { endOf, type FaultOrder, type FaultRecord, type FaultTarget } from '../hypervisor/faults/fault.ts';
import type { Informer } from '../informer/informer.ts';
import { findCondition, type Said, say } from '../runtime/conditions.ts';
import { done } from '../runtime/controller.ts';
import { type Key, nameOf } from '../runtime/keys.ts';
import type { StatusWriter } from '../runtime/status-writer.ts';

export interface FaultRackingOptions {
  readonly datacenter: Datacenter;
  readonly objects: {
    readonly faults: Informer<Fault, 'uid' | 'machine'>;
    readonly virtualMachines: Pick<Informer<VirtualMachine>, 'get'>;
  };
  readonly clock: Clock;
  readonly faultStatus: StatusWriter<Fault>;
  /** From when `afterSeconds` counts, in ms of simulated time; left out: from when the fault is first seen. */
  readonly faultsFrom?: number | undefined;
}

/** How a Fault is found by its uid, and by the virtual machine that it is about. */
export const faultIndexes = {
  uid: ({ metadata }: Fault): readonly string[] => [metadata.uid],
  machine: ({ spec }: Fault): readonly string[] => (spec.target.kind === 'VirtualMachine' ? [spec.target.name] : []),
};

export class FaultRacking {
  readonly #options: FaultRackingOptions;

  constructor(options: FaultRackingOptions) {
    this.#options = options;
  }

  async reconcile(key: Key) {
    const { objects, datacenter } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const found = objects.faults.get(namespace, name);
    // Deleting it heals it, whatever still holds the object.
    const fault = found?.metadata.deletionTimestamp === undefined ? found : undefined;
    // Whoever told of it may be gone, and with him what he knew of it.
    if (datacenter.find(namespace) !== undefined) healStrays(this.#options, namespace);
    if (fault === undefined) return done;
    const world = datacenter.world(namespace);
    world.setFault(this.#order(fault));
    const record = world.fault(fault.metadata.uid);
    if (record !== undefined) await this.#tell(fault, record);
    return done;
  }

  /** The key of the fault with this uid; undefined when there is no such object. */
  keyOf(namespace: string, uid: string): Key | undefined {
    const fault = this.#options.objects.faults.view().by('uid', namespace, uid)[0];
    return fault && `${namespace}/${fault.metadata.name}`;
  }

  /** Keys of the faults about a virtual machine. */
  keysOf(namespace: string, machine: string): Key[] {
    const faults = this.#options.objects.faults.view().by('machine', namespace, machine);
    return faults.map(({ metadata }) => `${namespace}/${metadata.name}`);
  }

  #order({ metadata, spec }: Fault): FaultOrder {
    const { faultsFrom, objects } = this.#options;
    const { namespace = '' } = metadata;
    const { kind, name } = spec.target;
    const target: FaultTarget =
      kind === 'VirtualMachine'
        ? { kind: 'Machine', name, uid: objects.virtualMachines.get(namespace, name)?.metadata.uid }
        : { kind, name };
    return {
      id: metadata.uid,
      type: spec.type,
      target,
      afterMs: Math.round((spec.afterSeconds ?? 0) * SECOND),
      group: spec.group ?? faultDefaults.group,
      mode: spec.mode ?? faultDefaults.mode,
      percent: spec.percent ?? faultDefaults.percent,
      ...(faultsFrom === undefined ? {} : { from: faultsFrom }),
      ...(spec.durationSeconds === undefined ? {} : { durationMs: Math.round(spec.durationSeconds * SECOND) }),
      ...(spec.network === undefined ? {} : { network: spec.network }),
      ...(spec.datastore === undefined ? {} : { datastore: spec.datastore }),
    };
  }

  async #tell(fault: Fault, record: FaultRecord): Promise<void> {
    const { faultStatus, clock } = this.#options;
    const observedGeneration = fault.metadata.generation ?? 0;
    const { phase, startedAt, finishedAt } = record;
    const wanted = {
      observedGeneration,
      phase,
      startedAt: startedAt === undefined ? undefined : rfc3339Milli(startedAt),
      finishedAt: finishedAt === undefined ? undefined : rfc3339Milli(finishedAt),
    };
    const said = saidOf(record);
    const { status } = fault;
    const { phase: p, startedAt: s, finishedAt: f, observedGeneration: o, conditions } = status;
    const isTold = deepEqual({ observedGeneration: o, phase: p, startedAt: s, finishedAt: f }, wanted);
    if (isTold && isSaid(conditions, said)) return;
    const context = { now: rfc3339(clock.now()), order: commonConditions, observedGeneration };
    await faultStatus.contribute(
      'racking',
      fault,
      (draft) => {
        const fields = draft as Record<string, unknown>;
        for (const [name, value] of Object.entries(wanted)) {
          if (value === undefined) delete fields[name];
          else fields[name] = value;
        }
        say(draft, said, context);
      },
      { replaces: 'fault' },
    );
  }
}

function isSaid(conditions: readonly Condition[] | undefined, said: readonly Said[]): boolean {
  return said.every(({ type, status, reason, message }) => {
    const present = findCondition(conditions, type);
    if (status === undefined || present === undefined) return (present === undefined) === (status === undefined);
    return present.status === status && present.reason === reason && present.message === message;
  });
}

/** A fault is as its spec wants it while its time has not come, while it lasts and when it is over. */
function saidOf(record: FaultRecord): Said[] {
  const { phase } = record;
  if (phase === 'Failed') {
    const { message: why, isFutile = false } = record;
    const outlook = isFutile ? 'it never will: delete this Fault' : 'it strikes as soon as it can';
    const said = { reason: 'CannotStrike', message: `${why}; ${outlook}` };
    return [
      { type: 'Ready', status: 'False', ...said },
      { type: 'Stalled', status: 'True', ...said },
    ];
  }
  return [
    { type: 'Ready', status: 'True', reason: phase, message: wordsOf(record) },
    { type: 'Stalled', status: undefined, reason: phase, message: '' },
  ];
}

function wordsOf(record: FaultRecord): string {
  const { phase, startsAt, startedAt, finishedAt, order } = record;
  const end = endOf(record);
  const at = (time: number) => `at ${rfc3339Milli(time)} (simulated time)`;
  const heals = Number.isFinite(end) ? `heals ${at(end)}` : 'heals when this Fault is deleted';
  if (phase === 'Pending') return `strikes ${at(startsAt)}, and ${heals}`;
  if (phase === 'Active') {
    const waits = order.target.kind === 'Machine' && record.struck === undefined;
    return waits ? `waits for a guest that is up; ${heals}` : heals;
  }
  if (startedAt === undefined || finishedAt === undefined) return 'it healed before it could strike';
  return `lasted ${(finishedAt - startedAt) / SECOND} s`;
}

/** Heals what has no object any more, whether it was deleted just now or before this process began. */
export function healStrays(
  { datacenter, objects }: Pick<FaultRackingOptions, 'datacenter' | 'objects'>,
  namespace: string,
): void {
  const world = datacenter.world(namespace);
  const present = new Set<string>();
  for (const { metadata } of objects.faults.view().list(namespace)) {
    if (metadata.deletionTimestamp === undefined) present.add(metadata.uid);
  }
  for (const id of world.faults()) if (!present.has(id)) world.removeFault(id);
}
