import { SECOND } from '../base/units.ts';
import type { MachineReport, OccurrenceReport, Report } from '../hypervisor/backend.ts';
import type { EventInput } from '../runtime/event-correlator.ts';
import type { World } from './world.ts';

/** Something that happened, once for each time that it did. */
export interface WorldEvent {
  /** Of the world's clock, since the start. */
  readonly atSeconds: number;
  /** Only in a world of several namespaces. */
  readonly namespace?: string;
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** The controller that only passes on what the machines say, which is heard here from them. */
const PASSED_ON = 'orrery.dev/agent';

/**
 * What happens in a world, as it happens: from the datacenter what befell hosts and machines, whether or not there is
 * anybody to report it to; from the controllers what they decided.
 */
export class Chronicle {
  readonly events: WorldEvent[] = [];
  readonly #onEvent: (event: WorldEvent) => void;
  readonly #names = new Map<string, string>();
  readonly #withNamespace: boolean;

  constructor({ withNamespace = false, onEvent = (_: WorldEvent): void => {} } = {}) {
    this.#withNamespace = withNamespace;
    this.#onEvent = onEvent;
  }

  /** A life of the datacenter has begun. */
  follow(world: World): void {
    world.physical!.datacenter.observe({ reports: (batch) => this.#hear(world, batch), closed: () => {} });
  }

  /** A controller tells something. */
  tell(world: World, controller: string, { regarding, reason, note }: EventInput): void {
    if (controller === PASSED_ON) return;
    const { name, namespace = '' } = regarding.metadata;
    this.#note(world.elapsed, { namespace, kind: regarding.kind, name, reason, message: note });
  }

  #hear(world: World, batch: readonly Report[]): void {
    const machines = batch.filter((report): report is MachineReport => report.kind === 'Machine');
    for (const { namespace, uid, name } of machines) this.#names.set(`${namespace}/${uid}`, name);
    for (const report of batch) if (report.kind === 'Occurrence') this.#occurred(world, report);
  }

  #occurred(world: World, { namespace, at, subject, reason, message }: OccurrenceReport): void {
    const isMachine = subject.kind === 'Machine';
    const name = isMachine ? (this.#names.get(`${namespace}/${subject.id}`) ?? subject.id) : subject.id;
    const kind = isMachine ? 'VirtualMachine' : subject.kind;
    this.#note(world.elapsed - ago(world, namespace, at), { namespace, kind, name, reason, message });
  }

  #note(elapsed: number, { namespace, ...rest }: Omit<WorldEvent, 'atSeconds'> & { readonly namespace: string }): void {
    const atSeconds = Math.round(elapsed) / SECOND;
    const event = { atSeconds, ...(this.#withNamespace ? { namespace } : {}), ...rest };
    this.events.push(event);
    this.#onEvent(event);
  }
}

/** Milliseconds of the world's clock since the namespace's simulated time was `at`. */
function ago(world: World, namespace: string, at: number): number {
  const inner = world.physical?.datacenter.find(namespace);
  const behind = inner === undefined ? 0 : inner.peek().now - at;
  // Turns are made when something is due, so this is the exception.
  return behind <= 0 ? 0 : behind / (inner!.clockStatus().speed || 1);
}
