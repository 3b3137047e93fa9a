import { HOUR } from '../base/units.ts';
import { type MachineReading, Meters } from '../hypervisor/host/meters.ts';
import type { LedgerEntry } from '../hypervisor/journal/journal.ts';
import type { World } from './world.ts';

/** What a run cost and what it was worth. Energy, SLATAH, PDM, SLAV and ESV as Beloglazov and Buyya (2012) define them. */
export interface Summary {
  readonly energyKilowattHours: number;
  readonly migrations: number;
  readonly hostHoursOn: number;
  /** Starts of VMs that had failed, and resets. */
  readonly restarts: number;
  /** Starts of VMs, resumes included. */
  readonly powerOns: number;
  /** Of VMs that were out though nobody had asked for it. */
  readonly vmSecondsLost: number;
  /** Of the time that a host runs VMs, the part in which all of it is used and more is asked for: mean over hosts. */
  readonly slatahPercent: number;
  /** Of the CPU that a VM asks for, the part that migrations took: mean over VMs. */
  readonly pdmPercent: number;
  readonly slavPercent: number;
  readonly esv: number;
}

/** The meters of every namespace of a world, over all lives of its datacenter. */
export class MeterBook {
  readonly #meters = new Map<string, Meters>();

  of(namespace: string): Meters {
    let meters = this.#meters.get(namespace);
    if (meters === undefined) {
      meters = new Meters();
      this.#meters.set(namespace, meters);
    }
    return meters;
  }

  namespaces(): Iterable<[string, Meters]> {
    return this.#meters;
  }
}

export interface Counts {
  readonly restarts: number;
  readonly migrations: number;
  readonly lostMs: number;
}

export function summaryOf(world: World, book: MeterBook, { restarts, migrations, lostMs }: Counts): Summary {
  const hosts = [...book.namespaces()].flatMap(([namespace, meters]) => {
    const now = world.physical?.datacenter.find(namespace)?.clockStatus().time ?? 0;
    return [...meters.hosts().values()].map((meter) => meter.readAt(now));
  });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);
  const kilowattHours = sum(hosts.map(({ joules }) => joules)) / 3.6e6;
  const slatah = mean(hosts.filter(({ activeMs }) => activeMs > 0).map(({ activeMs, shortMs }) => shortMs / activeMs));
  const pdm = mean(machinesOf(world, book).map(({ requested, degraded }) => degraded / requested));
  return {
    energyKilowattHours: rounded(kilowattHours),
    migrations,
    hostHoursOn: rounded(sum(hosts.map(({ onMs }) => onMs)) / HOUR),
    restarts,
    powerOns: world.ledger().filter(({ act }) => act === 'Start').length,
    vmSecondsLost: rounded(lostMs / 1000),
    slatahPercent: rounded(100 * slatah),
    pdmPercent: rounded(100 * pdm),
    slavPercent: rounded(100 * slatah * pdm),
    esv: rounded(kilowattHours * slatah * pdm),
  };
}

/** What each machine that ever asked for anything did, with the instances that still run. */
function machinesOf(world: World, book: MeterBook): MachineReading[] {
  const readings: MachineReading[] = [];
  for (const [namespace, meters] of book.namespaces()) {
    const running = new Map<string, number>();
    const site = world.physical?.datacenter.find(namespace)?.peek();
    for (const machine of site?.machines.values() ?? []) {
      if (machine.instance !== undefined) running.set(machine.uid, machine.instance.requested);
    }
    for (const uid of new Set([...meters.machines().keys(), ...running.keys()])) {
      const { requested, degraded } = meters.machines().get(uid) ?? { requested: 0, degraded: 0 };
      const all = requested + (running.get(uid) ?? 0);
      if (all > 0) readings.push({ requested: all, degraded });
    }
  }
  return readings;
}

/** Ten digits that count: what is beyond comes from adding up in one order rather than another. */
function rounded(value: number): number {
  return Number(value.toPrecision(10));
}

const failures: ReadonlySet<string> = new Set(['HostFailed', 'GuestCrash', 'LockLost']);

/** Starts that followed a failure. */
export function startsAfterFailure(ledger: readonly LedgerEntry[]): number {
  const failed = new Set<string>();
  let starts = 0;
  for (const { namespace, uid, act, cause } of ledger) {
    const key = `${namespace}/${uid}`;
    if (act === 'Stop' && failures.has(cause)) failed.add(key);
    else if (act === 'Stop' || act === 'Destroyed') failed.delete(key);
    else if (act === 'LockExpired') failed.add(key);
    else if (act === 'LockRegained') failed.delete(key);
    else if (act === 'Start' && failed.delete(key)) starts++;
  }
  return starts;
}
