import type { GoneReport, MachineReport, Report } from '../hypervisor/backend.ts';
import type { World } from './world.ts';

/** Machines that nobody asked to be off, and are, or whose guest does nothing: how often and for how long. */
export class Outages {
  /** Since when each machine is out, in simulated time, by namespace and uid. */
  readonly #since = new Map<string, number>();
  #lostMs = 0;

  follow(world: World): void {
    world.physical!.datacenter.observe({ reports: (batch) => this.#hear(world, batch), closed: () => {} });
  }

  /** Sum over all machines, up to the present. */
  lostMs(world: World): number {
    let lost = this.#lostMs;
    for (const [key, since] of this.#since) {
      const inner = world.physical?.datacenter.find(key.split('/')[0]!);
      lost += Math.max(0, (inner?.clockStatus().time ?? since) - since);
    }
    return lost;
  }

  #hear(world: World, batch: readonly Report[]): void {
    for (const report of batch) {
      if (report.kind === 'Machine') this.#look(world, report);
      else if (report.kind === 'Gone' && report.of === 'Machine') this.#gone(world, report);
    }
  }

  #look(world: World, report: MachineReport): void {
    const { namespace, uid } = report;
    const key = `${namespace}/${uid}`;
    const isOut = isOutOf(report) || standsStill(world, report);
    const since = this.#since.get(key);
    const now = timeOf(world, namespace, 0);
    if (isOut && since === undefined) this.#since.set(key, report.exit?.at ?? now);
    else if (!isOut && since !== undefined) this.#end(key, now);
  }

  #gone(world: World, { namespace, id }: GoneReport): void {
    const key = `${namespace}/${id}`;
    if (this.#since.has(key)) this.#end(key, timeOf(world, namespace, 0));
  }

  #end(key: string, now: number): void {
    this.#lostMs += Math.max(0, now - this.#since.get(key)!);
    this.#since.delete(key);
  }
}

const unwanted: ReadonlySet<string> = new Set(['HostFailed', 'GuestCrash', 'LockLost']);

function isOutOf({ power, exit, guest }: MachineReport): boolean {
  if (power === 'Off') return unwanted.has(exit?.reason ?? '');
  return guest.state === 'Hung' || guest.state === 'Crashed';
}

/** Its host hangs. */
function standsStill(world: World, { namespace, uid }: MachineReport): boolean {
  const site = world.physical?.datacenter.find(namespace)?.peek();
  return site?.machines.get(uid)?.instance?.host.record.hungAt !== undefined;
}

function timeOf(world: World, namespace: string, otherwise: number): number {
  return world.physical?.datacenter.find(namespace)?.peek().now ?? otherwise;
}
