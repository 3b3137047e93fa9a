import type { PowerOnRequest } from './backend.ts';
import {
  removeDatastore,
  removeHints,
  removeHost,
  removeNetwork,
  setHints,
  upsertDatastore,
  upsertHost,
  upsertNetwork,
} from './bolts.ts';
import type { FaultOrder, FaultRecord } from './faults/fault.ts';
import type { ClockSettings, DatastoreHardware, GuestHints, HostHardware, NetworkHardware } from './hardware.ts';
import { checkClock, checkDatastore, checkFault, checkHints, checkHost, checkNetwork } from './hardware-checks.ts';
import { crashHost, cutPower, hangHost, loseDatastore, regainDatastore, unhangHost } from './host/host-mishaps.ts';
import { crashGuest, hangGuest, healGuest, shutDownGuest } from './machine/guest-mishaps.ts';
import { startThere } from './orders.ts';
import type { Site } from './site.ts';
import type { World } from './world.ts';
import type { ClockStatus } from './world-clock.ts';

/**
 * A namespace's world from outside: what is bolted in, and what befalls it. Plain methods that may be repeated; names
 * of nothing do nothing, and figures that are none throw `Invalid`. What they do is safe with the turn that they are called in.
 */
export class BoltedWorld {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  upsertHost(hardware: HostHardware): void {
    checkHost(hardware);
    this.#world.input((site) => upsertHost(site, hardware));
  }

  /** What runs on it ends with it. */
  removeHost(name: string): void {
    this.#world.input((site) => removeHost(site, name));
  }

  upsertDatastore(hardware: DatastoreHardware): void {
    checkDatastore(hardware);
    this.#world.input((site) => upsertDatastore(site, hardware));
  }

  removeDatastore(name: string): void {
    this.#world.input((site) => removeDatastore(site, name));
  }

  upsertNetwork(hardware: NetworkHardware): void {
    checkNetwork(hardware);
    this.#world.input((site) => upsertNetwork(site, hardware));
  }

  removeNetwork(name: string): void {
    this.#world.input((site) => removeNetwork(site, name));
  }

  /** What a machine's guest does; may come before the machine does. */
  setHints(uid: string, hints: GuestHints): void {
    checkHints(hints);
    this.#world.input((site) => setHints(site, uid, hints));
  }

  removeHints(uid: string): void {
    this.#world.input((site) => removeHints(site, uid));
  }

  /**
   * A machine runs on the host when the world begins: it is powered on without admission, unless it was known before.
   * Throws `BackendError` where that is not possible. It is told when this returns.
   */
  startThere(request: Omit<PowerOnRequest, 'epoch'>): void {
    this.#world.input((site) => startThere(site, request));
    this.#world.flush();
  }

  setClock(settings: ClockSettings): void {
    checkClock(settings);
    this.#world.setClock(settings);
  }

  clockStatus(): ClockStatus {
    return this.#world.clockStatus();
  }

  /** Something breaks at its time, and heals at its end, or when it is taken back. */
  setFault(order: FaultOrder): void {
    checkFault(order);
    this.#world.input((site) => site.faults.upsert(order));
  }

  removeFault(id: string): void {
    this.#world.input((site) => site.faults.remove(id));
  }

  /** How a fault stands; undefined when there is none. */
  fault(id: string): FaultRecord | undefined {
    return this.#world.peek().faults.records.get(id);
  }

  /** Ids of all faults that were told of. */
  faults(): readonly string[] {
    return [...this.#world.peek().faults.records.keys()];
  }

  /** The hypervisor halts; powering on brings it back. */
  crashHost(name: string): void {
    this.#onHost(name, crashHost);
  }

  cutPower(name: string): void {
    this.#onHost(name, cutPower);
  }

  hangHost(name: string): void {
    this.#onHost(name, hangHost);
  }

  unhangHost(name: string): void {
    this.#onHost(name, unhangHost);
  }

  loseDatastore(host: string, datastore: string): void {
    this.#onHost(host, (site, found) => loseDatastore(site, found, datastore));
  }

  regainDatastore(host: string, datastore: string): void {
    this.#onHost(host, (site, found) => regainDatastore(site, found, datastore));
  }

  hangGuest(uid: string): void {
    this.#world.input((site) => hangGuest(site, uid));
  }

  crashGuest(uid: string): void {
    this.#world.input((site) => crashGuest(site, uid));
  }

  /** A guest that hung goes on. */
  healGuest(uid: string): void {
    this.#world.input((site) => healGuest(site, uid));
  }

  /** Somebody inside the guest shuts it down. */
  shutDownGuest(uid: string): void {
    this.#world.input((site) => shutDownGuest(site, uid));
  }

  #onHost(name: string, run: (site: Site, host: NonNullable<ReturnType<Site['hosts']['get']>>) => void): void {
    this.#world.input((site) => {
      const host = site.hosts.get(name);
      if (host !== undefined) run(site, host);
    });
  }
}
