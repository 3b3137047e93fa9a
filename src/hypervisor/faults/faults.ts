import { deepEqual } from '../../base/json.ts';
import type { Alarm } from '../event-queue.ts';
import { crashHost, hangHost, unhangHost } from '../host/host-mishaps.ts';
import { losePower, recover } from '../host/host-power.ts';
import { pathsChanged } from '../host/paths.ts';
import { crashGuest, hangGuest, healGuest, revive } from '../machine/guest-mishaps.ts';
import type { Site } from '../site.ts';
import { datastoreAilments, hostAilments, mayStrikeLater, obstacleOf } from './ailments.ts';
import { endOf, type FaultOrder, type FaultRecord } from './fault.ts';

/** One of our own programs is to stop, or may run again. */
export interface ManagementFault {
  readonly program: string;
  readonly isDown: boolean;
  /** For so long, in simulated milliseconds, where nobody will be there to say when it is over. */
  readonly forMs?: number;
}

/** Programs that the datacenter can have stopped, and let run again. */
const stoppable = ['controllers', 'apiserver'];

/**
 * The faults of a namespace. Each strikes at its time and heals at its end, or when it is taken back; what lasts as long
 * as the fault (ailments.ts) is a function of all that are active, so that several on one target do not heal each other.
 */
export class Faults {
  readonly records = new Map<string, FaultRecord>();
  readonly #site: Site;
  readonly #alarms = new Map<string, Alarm>();
  #news = new Set<string>();
  #management: ManagementFault[] = [];
  #isReviewing = false;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Tells of a fault, or tells it anew. A fault that has healed stays healed. */
  upsert(order: FaultOrder): void {
    const present = this.records.get(order.id);
    if (present === undefined) {
      const startsAt = (order.from ?? this.#site.now) + order.afterMs;
      const record: FaultRecord = {
        order,
        phase: 'Pending',
        message: '',
        startsAt,
        startedAt: undefined,
        finishedAt: undefined,
        struck: undefined,
      };
      this.records.set(order.id, record);
      this.#changed(record);
    } else {
      if (deepEqual(present.order, order)) return;
      if (present.phase !== 'Healed') present.startsAt += order.afterMs - present.order.afterMs;
      present.order = order;
      this.#changed(present);
    }
    this.#advance(order.id);
  }

  /** Takes a fault back: what it did heals. */
  remove(id: string): void {
    const record = this.records.get(id);
    if (record === undefined) return;
    this.#alarms.get(id)?.cancel();
    this.#alarms.delete(id);
    const wasActive = record.phase === 'Active';
    this.records.delete(id);
    this.#site.drop('Fault', id);
    if (wasActive) this.#end(record);
  }

  /** Something that faults may be about is there, or is up: those that wait for it strike. */
  review(): void {
    if (this.records.size === 0 || this.#isReviewing) return;
    this.#isReviewing = true;
    this.#site.at(this.#site.now, () => {
      this.#isReviewing = false;
      for (const id of [...this.records.keys()]) this.#advance(id);
      this.#applyAilments();
    });
  }

  /** As they were kept; what they did is part of what was kept of the others, but for ailments. */
  restore(records: readonly FaultRecord[]): void {
    for (const record of records) this.records.set(record.order.id, record);
    const active = this.#active();
    for (const host of this.#site.hosts.values()) host.ailments = hostAilments(host, active);
    for (const one of this.#site.datastores.values()) one.ailments = datastoreAilments(one.name, active);
  }

  /** The clock runs again for them. */
  arm(): void {
    // Whoever was stopped may not have been told that it is over: the datacenter can have died in between.
    for (const program of stoppable) {
      const isDown = this.#active().some(({ target }) => target.kind === 'Management' && target.name === program);
      if (!isDown && this.#site.stopsPrograms) this.#management.push({ program, isDown });
    }
    for (const id of [...this.records.keys()]) {
      this.#resume(id);
      this.#arm(id);
    }
  }

  /** Which faults are otherwise than at the last harvest, and what our own programs are to do. */
  harvest(): { readonly changed: readonly string[]; readonly management: readonly ManagementFault[] } {
    const harvest = { changed: [...this.#news], management: this.#management };
    this.#news = new Set();
    this.#management = [];
    return harvest;
  }

  /** The datacenter itself was stopped and runs again; whoever else is stopped is told so again. */
  #resume(id: string): void {
    const record = this.records.get(id)!;
    const { target } = record.order;
    if (record.phase !== 'Active' || target.kind !== 'Management') return;
    if (target.name === 'datacenter') this.#heal(record);
    else this.#management.push({ program: target.name, isDown: true });
  }

  #arm(id: string): void {
    this.#alarms.get(id)?.cancel();
    this.#alarms.delete(id);
    const record = this.records.get(id);
    if (record === undefined || record.phase === 'Healed') return;
    const time = record.phase === 'Pending' ? record.startsAt : endOf(record);
    if (time === Number.POSITIVE_INFINITY) return;
    this.#alarms.set(
      id,
      this.#site.at(time, () => this.#advance(id)),
    );
  }

  /** Brings a fault to where it is to be now. */
  #advance(id: string): void {
    const record = this.records.get(id);
    if (record === undefined) return;
    const { now } = this.#site;
    if (record.phase !== 'Healed' && now >= endOf(record) && now >= record.startsAt) this.#heal(record);
    else if (record.phase !== 'Active' && record.phase !== 'Healed' && now >= record.startsAt)
      this.#tryToStrike(record);
    else if (record.phase === 'Active') this.#strikeGuest(record);
    this.#arm(id);
  }

  #tryToStrike(record: FaultRecord): void {
    const obstacle = obstacleOf(this.#site, record);
    if (obstacle !== undefined) {
      if (record.phase === 'Failed' && record.message === obstacle) return;
      record.phase = 'Failed';
      record.message = obstacle;
      record.isFutile = !mayStrikeLater(this.#site, record);
      this.#changed(record);
      return;
    }
    record.phase = 'Active';
    record.message = '';
    delete record.isFutile;
    record.startedAt = this.#site.now;
    this.#changed(record);
    this.#begin(record);
    // Nobody could heal what only the program itself hears of.
    const { target, durationMs } = record.order;
    const isAlone = target.kind === 'Management' && target.name !== 'controllers';
    if (isAlone && durationMs === undefined) this.#heal(record);
  }

  #heal(record: FaultRecord): void {
    const wasActive = record.phase === 'Active';
    record.phase = 'Healed';
    record.finishedAt = this.#site.now;
    this.#changed(record);
    if (wasActive) this.#end(record);
  }

  /** What happens once, when it strikes. */
  #begin(record: FaultRecord): void {
    const { target, type } = record.order;
    const host = target.kind === 'Host' ? this.#site.hosts.get(target.name) : undefined;
    this.#applyAilments();
    if (host !== undefined && (type === 'Crash' || type === 'Dom0Crash')) crashHost(this.#site, host);
    if (host !== undefined && type === 'PowerCut') losePower(this.#site, host);
    if (target.kind === 'Management') this.#stop(target.name, record);
    this.#strikeGuest(record);
  }

  #stop(program: string, { order }: FaultRecord): void {
    // Time stands still without the datacenter: it cannot tell of its own end.
    const forMs = program === 'datacenter' ? { forMs: order.durationMs ?? 0 } : {};
    this.#management.push({ program, isDown: true, ...forMs });
  }

  /** What happens once, when it heals. */
  #end(record: FaultRecord): void {
    const { target } = record.order;
    this.#applyAilments();
    const host = target.kind === 'Host' ? this.#site.hosts.get(target.name) : undefined;
    if (host !== undefined) recover(this.#site, host);
    const isDown = this.#active().some((other) => deepEqual(other.target, target));
    if (target.kind === 'Management' && !isDown) this.#management.push({ program: target.name, isDown });
    this.#healGuest(record);
  }

  /** A guest is struck once, as soon as it is up. */
  #strikeGuest(record: FaultRecord): void {
    const { target, type } = record.order;
    if (target.kind !== 'Machine' || record.struck !== undefined) return;
    const machine = this.#site.machines.get(target.uid ?? '');
    if (machine?.record.guest !== 'Running' || machine.instance?.host.isWorking !== true) return;
    const { epoch, resets } = machine.record;
    record.struck = { epoch, resets };
    this.#changed(record);
    if (type === 'GuestHang') hangGuest(this.#site, machine.uid);
    else crashGuest(this.#site, machine.uid);
  }

  /** The guest that was struck, and has not been started anew since. */
  #healGuest({ order, struck }: FaultRecord): void {
    if (order.target.kind !== 'Machine' || struck === undefined) return;
    const machine = this.#site.machines.get(order.target.uid ?? '');
    if (machine?.record.epoch !== struck.epoch || machine.record.resets !== struck.resets) return;
    if (order.type === 'GuestHang') healGuest(this.#site, machine.uid);
    else revive(this.#site, machine.uid);
  }

  /** Hosts and datastores ail as the active faults say. */
  #applyAilments(): void {
    const site = this.#site;
    const active = this.#active();
    const touched = new Set<string>();
    for (const datastore of site.datastores.values()) {
      const ailments = datastoreAilments(datastore.name, active);
      if (deepEqual(ailments, datastore.ailments)) continue;
      datastore.ailments = ailments;
      touched.add(datastore.name);
      site.changed(datastore);
    }
    for (const host of site.hosts.values()) {
      const before = host.ailments;
      const ailments = hostAilments(host, active);
      const isCutOff = host.hardware.datastores.some((name) => touched.has(name));
      if (deepEqual(before, ailments) && !isCutOff) continue;
      host.ailments = ailments;
      site.changed(host);
      pathsChanged(site, host);
      if (ailments.hangs) hangHost(site, host);
      else if (before.hangs) unhangHost(site, host);
    }
  }

  #active(): FaultOrder[] {
    return [...this.records.values()].filter(({ phase }) => phase === 'Active').map(({ order }) => order);
  }

  #changed(record: FaultRecord): void {
    this.#site.keep('Fault', record.order.id, record);
    this.#news.add(record.order.id);
  }
}
