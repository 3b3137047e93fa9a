import { virtualMachineConditions } from '../../src/api/conditions.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { messageOf } from '../../src/base/errors.ts';
import { rfc3339, SECOND } from '../../src/base/units.ts';
import { BackendError, type MachineReport } from '../../src/hypervisor/backend.ts';
import type { ThingChange } from '../../src/informer/machines.ts';
import { isSaid } from '../../src/model/said.ts';
import { say } from '../../src/runtime/conditions.ts';
import type { ControlPlane } from '../../src/runtime/control-plane.ts';
import { Controller, done, type Outcome, requeueAfter } from '../../src/runtime/controller.ts';
import { type Key, nameOf } from '../../src/runtime/keys.ts';
import { reporting, watching } from '../../src/runtime/source.ts';
import { decide, type Order } from './decide.ts';
import { type Memory, powerInput } from './input.ts';
import { type PowerStatus, stands, statusFor } from './status.ts';

/** Virtual machines worked on at once. */
const CONCURRENCY = 64;
/** Between two tries of an order that was refused; what is lacking may come back without a word. */
const RETRY = 10 * SECOND;
/** Between two looks while nothing is heard from the datacenter. */
const SILENCE = 2 * SECOND;
/** Between a new configuration that was taken and saying so. */
const TAKEN = 0.1 * SECOND;

/** Powers virtual machines on and off as their specs say, and ends the machines of those that are gone. */
export function powerController(plane: ControlPlane): Controller {
  const power: Power = new Power(plane, (key) => controller.add(key));
  const { objects, machines, clock, random, logger, metrics } = plane;
  const controller = new Controller({
    name: 'power',
    clock,
    random,
    logger,
    metrics,
    concurrency: CONCURRENCY,
    sources: [
      watching(objects.virtualMachines),
      watching(objects.virtualMachineTemplates, ({ namespace, name }) =>
        keysOf(objects.virtualMachines.view().by('template', namespace, name)),
      ),
      reporting(machines, ({ kind, namespace, id, before, after }) => {
        if (kind === 'Host' && isOtherConnection(before, after)) {
          return machines
            .machines()
            .by('host', namespace, id)
            .map(({ name }) => `${namespace}/${name}`);
        }
        if (kind !== 'Machine') return [];
        if (after === undefined) power.gone(id);
        return [`${namespace}/${((after ?? before) as MachineReport).name}`];
      }),
    ],
    reconcile: (key) => power.reconcile(key),
  });
  return controller;
}

/** Nobody knows how its machines are, or they are heard of again. */
function isOtherConnection(before: ThingChange['before'], after: ThingChange['after']): boolean {
  return before?.kind === 'Host' && after?.kind === 'Host' && before.connection !== after.connection;
}

function keysOf(vms: readonly VirtualMachine[]): Key[] {
  return vms.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

const nothing: Memory = { given: undefined, refusal: undefined };

class Power {
  readonly #plane: ControlPlane;
  readonly #again: (key: Key) => void;
  readonly #memories = new Map<string, Memory>();
  /** When machines without an object were told to end. */
  readonly #ending = new Map<string, number>();

  /** @param again has a key looked at again */
  constructor(plane: ControlPlane, again: (key: Key) => void) {
    this.#plane = plane;
    this.#again = again;
  }

  async reconcile(key: Key): Promise<Outcome> {
    const { namespace = '', name } = nameOf(key);
    const { objects, machines } = this.#plane;
    if (!machines.isSynced) return requeueAfter(SECOND);
    const vm = objects.virtualMachines.get(namespace, name);
    const registered = machines.machines().by('name', namespace, name);
    const orphans = registered.filter(({ uid }) => uid !== vm?.metadata.uid);
    await Promise.all(orphans.map(({ uid }) => this.#destroy(namespace, uid)));
    const outcome = vm === undefined ? done : await this.#drive(vm);
    return orphans.length > 0 && outcome.type === 'done' ? requeueAfter(RETRY) : outcome;
  }

  /** Told once, it ends by itself: a guest may take its time to shut down. Told again, should the order have been lost. */
  async #destroy(namespace: string, uid: string): Promise<void> {
    const { clock, backend } = this.#plane;
    const told = this.#ending.get(uid);
    if (told !== undefined && clock.monotonic() - told < RETRY) return;
    try {
      await backend.destroy({ namespace, uid });
    } catch (error) {
      if (!(error instanceof BackendError) || isNoAnswer(error)) throw error;
      return; // its host cannot be told now: it is asked again after a while, and nothing else waits for it
    }
    this.#memories.delete(uid);
    this.#ending.set(uid, clock.monotonic());
  }

  /** Forgets machines that are gone. */
  gone(uid: string): void {
    this.#memories.delete(uid);
    this.#ending.delete(uid);
  }

  async #drive(vm: VirtualMachine): Promise<Outcome> {
    const { machines, objects } = this.#plane;
    const { uid, namespace = '' } = vm.metadata;
    const { template } = vm.spec;
    const isHeard = machines.connection === 'Connected';
    const report = machines.machine(namespace, uid);
    const input = powerInput({
      vm,
      isHeard,
      template: template === undefined ? undefined : objects.virtualMachineTemplates.get(namespace, template),
      report,
      hostConnection: report && machines.host(namespace, report.host)?.connection,
      memory: this.#memories.get(uid) ?? nothing,
    });
    const decision = decide(input);
    // Its first word comes with placement's, in one write.
    const isNew =
      decision.order === undefined &&
      input.wish.power === 'On' &&
      input.admitted === undefined &&
      input.report === undefined;
    const isHeld = stands(vm.status, decision);
    if (!isNew && !isHeld) this.#say(vm, statusFor(decision, input.report?.restartToken));
    if (!isHeard) return requeueAfter(SILENCE);
    if (decision.order === undefined) return done;
    const outcome = await this.#give(vm, decision.order, input.report?.epoch ?? 0);
    // The report of what has changed comes first, where anything did.
    return isHeld && outcome.type === 'done' ? requeueAfter(TAKEN) : outcome;
  }

  /** Gives the order; a refusal is remembered, told, and the order given again later. */
  async #give(vm: VirtualMachine, order: Order, epoch: number): Promise<Outcome> {
    const { uid } = vm.metadata;
    const memory = this.#memories.get(uid) ?? nothing;
    try {
      const started = await this.#order(vm, order);
      const config = 'config' in order ? order.config : undefined;
      const given = config === undefined ? memory.given : { config, epoch: started ?? epoch };
      this.#memories.set(uid, { given, refusal: undefined });
      return memory.refusal === undefined ? done : requeueAfter(0);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      if (error.reason === 'StaleEpoch' || error.reason === 'WrongState' || error.reason === 'NotFound')
        return requeueAfter(SECOND);
      if (isNoAnswer(error)) throw error;
      const refusal = { reason: error.reason, message: messageOf(error), generation: vm.metadata.generation ?? 0 };
      const isNews = memory.refusal?.reason !== refusal.reason || memory.refusal.generation !== refusal.generation;
      this.#memories.set(uid, { ...memory, refusal });
      return requeueAfter(isNews ? 0 : RETRY);
    }
  }

  /** Resolves with the new epoch where there is one. */
  async #order(vm: VirtualMachine, order: Order): Promise<number | undefined> {
    const { backend } = this.#plane;
    const { uid, namespace = '' } = vm.metadata;
    const machine = { namespace, uid };
    const { restartedAt } = vm.spec;
    switch (order.order) {
      case 'PowerOn': {
        const { host, config, epoch } = order;
        const token = restartedAt === undefined ? {} : { restartToken: restartedAt };
        return (await backend.powerOn({ ...machine, host, config, epoch, ...token })).epoch;
      }
      case 'PowerOff':
        await backend.powerOff(machine, order.how);
        return undefined;
      case 'Suspend':
        await backend.suspend(machine);
        return undefined;
      case 'Reset':
        await backend.reset(machine, order.token);
        return undefined;
      case 'Reconfigure':
        await backend.reconfigure(machine, order.config);
        return undefined;
    }
  }

  #say(vm: VirtualMachine, wanted: PowerStatus): void {
    if (!differs(vm, wanted)) return;
    const { clock, status } = this.#plane;
    const observedGeneration = vm.metadata.generation ?? 0;
    const context = { now: rfc3339(clock.now()), order: virtualMachineConditions, observedGeneration };
    const writing = status.virtualMachines.contribute(
      'power',
      vm,
      (draft) => {
        draft.observedGeneration = observedGeneration;
        draft.phase = wanted.phase as never;
        if (wanted.restartedAt !== undefined) draft.restartedAt = wanted.restartedAt;
        say(draft, wanted.conditions, context);
      },
      { isUrgent: wanted.isUrgent || isReady(vm), replaces: 'power' },
    );
    // Nothing waits for it; what could not be written is decided, and said, again.
    const key = `${vm.metadata.namespace}/${vm.metadata.name}`;
    writing.catch(() => clock.after(RETRY, () => this.#again(key)));
  }
}

/** Not a refusal: the order was not understood, or never arrived. */
function isNoAnswer({ reason }: BackendError): boolean {
  return reason === 'Unreachable' || reason === 'Unauthorized' || reason === 'Invalid';
}

/** Its status says that all is well, which must not stand for long when it is no longer so. */
function isReady({ status }: VirtualMachine): boolean {
  return status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Whether the status says anything else. */
function differs({ status, metadata }: VirtualMachine, wanted: PowerStatus): boolean {
  if (status.observedGeneration !== metadata.generation || status.phase !== wanted.phase) return true;
  if (wanted.restartedAt !== undefined && status.restartedAt !== wanted.restartedAt) return true;
  return !wanted.conditions.every((said) => isSaid(status.conditions, said));
}
