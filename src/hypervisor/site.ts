import type { Random } from '../base/random.ts';
import type { GoneReport, OccurrenceReport } from './backend.ts';
import type { HostCpu } from './cpu/host-cpu.ts';
import { type Alarm, EventQueue } from './event-queue.ts';
import { Faults } from './faults/faults.ts';
import type { GuestHints, HostHardware } from './hardware.ts';
import type { Host } from './host/host.ts';
import type { Meters } from './host/meters.ts';
import type { JournalRow, LedgerEntry } from './journal/journal.ts';
import type { Instance } from './machine/instance.ts';
import type { Machine } from './machine/machine.ts';
import type { HostMemory } from './memory/host-memory.ts';
import { Addresses } from './network/addresses.ts';
import type { Network } from './network/network.ts';
import { UplinkTraffic } from './network/uplink-traffic.ts';
import type { Datastore } from './storage/datastore.ts';
import { DiskTraffic } from './storage/disk-traffic.ts';

/** A host or a machine, also one that is no more. */
type OccurrenceSubject = { readonly kind: 'Machine' | 'Host'; readonly key: string };

export type Noun = Host | Machine | Datastore | Network;

/** How hosts share out their processors and memory: by formula, or in slices and pages. */
export interface HostModel {
  /** @param random of this host's processors alone, and below of its memory */
  cpu(hardware: HostHardware, now: number, random: Random): HostCpu;
  memory(hardware: HostHardware, now: number, random: Random): HostMemory;
}

export interface SiteOptions {
  readonly namespace: string;
  readonly random: Random;
  readonly model: HostModel;
  /** Simulated time to begin at. */
  readonly now: number;
  /** The machine's wall time, for the ledger. */
  readonly realNow: () => number;
  /** Somebody stops our own programs when a fault says so. */
  readonly stopsPrograms?: boolean | undefined;
  /** Left out: what hosts and machines consume is summed for nobody. */
  readonly meters?: Meters | undefined;
}

/** What happened since it was last collected: to be saved, then told. */
export interface Harvest {
  readonly changed: readonly Noun[];
  /** Usage went far or machines came and went, and nothing that is kept changed. */
  readonly moved: readonly (Host | Machine)[];
  readonly gone: readonly GoneReport[];
  readonly deletes: readonly { readonly kind: string; readonly key: string }[];
  readonly puts: readonly JournalRow[];
  readonly occurrences: readonly OccurrenceReport[];
  readonly ledger: readonly LedgerEntry[];
}

/** The nouns of one namespace, what is going to happen among them, and what has to be saved and told. */
export class Site {
  readonly namespace: string;
  readonly random: Random;
  readonly model: HostModel;
  readonly meters: Meters | undefined;
  readonly stopsPrograms: boolean;
  readonly queue: EventQueue;
  readonly faults: Faults;
  readonly disks: DiskTraffic;
  readonly uplinks: UplinkTraffic;
  readonly addresses: Addresses;
  readonly hosts = new Map<string, Host>();
  readonly machines = new Map<string, Machine>();
  readonly datastores = new Map<string, Datastore>();
  readonly networks = new Map<string, Network>();
  /** Folders on datastores that are taken, by a machine or by what one left. */
  readonly folders = new Set<string>();
  readonly hints = new Map<string, GuestHints>();
  /** Uids of machines that were destroyed: a late repeat of their start must not bring them back. */
  readonly destroyed = new Set<string>();
  /** Instances that run on although their machine was started again elsewhere, or destroyed. */
  readonly strays = new Map<string, Instance[]>();
  /** Points of capacity by which usage has to move before it is told again. */
  readonly reportPoints = 10;
  readonly #realNow: () => number;
  readonly #changed = new Set<Noun>();
  readonly #moved = new Set<Host | Machine>();
  readonly #toSettle = new Set<Host>();
  #gone: GoneReport[] = [];
  #deletes: { kind: string; key: string }[] = [];
  /** Values beside the nouns that were kept (or, undefined, dropped) this turn; the last word counts. */
  readonly #beside = new Map<string, { kind: string; key: string; value: string | undefined }>();
  #occurrences: OccurrenceReport[] = [];
  #ledger: LedgerEntry[] = [];

  constructor(options: SiteOptions) {
    this.namespace = options.namespace;
    this.random = options.random;
    this.model = options.model;
    this.meters = options.meters;
    this.stopsPrograms = options.stopsPrograms ?? false;
    this.#realNow = options.realNow;
    this.addresses = new Addresses(options.random.split('addresses'));
    this.queue = new EventQueue(options.now, () => this.settleUsage());
    this.faults = new Faults(this);
    this.disks = new DiskTraffic(this);
    this.uplinks = new UplinkTraffic();
  }

  get now(): number {
    return this.queue.now;
  }

  at(time: number, run: () => void): Alarm {
    return this.queue.at(time, run);
  }

  /** The noun has to be saved and told. */
  changed(noun: Noun): void {
    this.#changed.add(noun);
    if (noun.kind === 'Host') this.#toSettle.add(noun);
  }

  /** Other machines run on the host than before: nothing that is kept of it, but to be told. */
  machinesMoved(host: Host): void {
    this.#moved.add(host);
    this.usageMoved(host);
  }

  /** Something on this host asks for other amounts; it is reckoned once, when the instant is over. */
  usageMoved(host: Host): void {
    this.#toSettle.add(host);
  }

  /** The noun is no more. */
  forget(noun: Noun): void {
    this.#changed.delete(noun);
    if (noun.kind === 'Host' || noun.kind === 'Machine') this.#moved.delete(noun);
    if (noun.kind === 'Host') this.#toSettle.delete(noun);
    this.#deletes.push({ kind: noun.kind, key: noun.key });
    this.#gone.push({ kind: 'Gone', namespace: this.namespace, of: noun.kind, id: noun.key });
  }

  /** Keeps a value beside the nouns. */
  keep(kind: string, key: string, value: unknown): void {
    this.#beside.set(`${kind}/${key}`, { kind, key, value: JSON.stringify(value) });
  }

  drop(kind: string, key: string): void {
    this.#beside.set(`${kind}/${key}`, { kind, key, value: undefined });
  }

  /** Something happened that people want to be told of, once. */
  occurred(subject: OccurrenceSubject, reason: string, message: string): void {
    this.#occurrences.push({
      kind: 'Occurrence',
      namespace: this.namespace,
      at: this.now,
      subject: { kind: subject.kind, id: subject.key },
      reason,
      message,
    });
  }

  /** Writes a line of the ledger. */
  enter(entry: Pick<LedgerEntry, 'uid' | 'epoch' | 'host' | 'act' | 'cause'>): void {
    this.#ledger.push({ ...entry, namespace: this.namespace, simulated: this.now, real: this.#realNow() });
  }

  /** Brings the usage of hosts up to the present instant. */
  settleUsage(): void {
    for (const host of this.#toSettle) {
      host.installOffered();
      host.settleUsage((instance) => {
        const machine = this.machines.get(instance.uid);
        if (machine?.instance === instance) this.#moved.add(machine);
      });
      if (host.hasMovedFar()) this.#moved.add(host);
    }
    this.#toSettle.clear();
  }

  /** What happened since the last harvest. */
  harvest(): Harvest {
    this.settleUsage();
    const puts: JournalRow[] = [];
    for (const { kind, key, value } of this.#beside.values()) {
      if (value === undefined) this.#deletes.push({ kind, key });
      else puts.push({ kind, key, value });
    }
    const harvest = {
      changed: [...this.#changed],
      moved: [...this.#moved].filter((noun) => !this.#changed.has(noun)),
      gone: this.#gone,
      deletes: this.#deletes,
      puts,
      occurrences: this.#occurrences,
      ledger: this.#ledger,
    };
    this.#changed.clear();
    this.#moved.clear();
    this.#gone = [];
    this.#deletes = [];
    this.#beside.clear();
    this.#occurrences = [];
    this.#ledger = [];
    return harvest;
  }
}
