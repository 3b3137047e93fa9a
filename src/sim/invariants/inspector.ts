/**
 * Looks at a world while it runs, and says what does not hold that should: at every step over what the step touched, in
 * full each hour of the world. It only looks; a world is the same with it and without it.
 */
import { HOUR, SECOND } from '../../base/units.ts';
import {
  breaches,
  datastoreBreaches,
  hostBreaches,
  LedgerAudit,
  machineBreaches,
} from '../../hypervisor/invariants.ts';
import type { JournalBatch } from '../../hypervisor/journal/journal.ts';
import { programNames } from '../incarnation.ts';
import type { Violation } from '../report.ts';
import type { World, WorldWatcher } from '../world.ts';
import { Mirror } from './mirror.ts';
import { SpecAudit } from './spec-audit.ts';
import { StatusAudit } from './status-audit.ts';
import { ServerEar, WatchAudit } from './watch-audit.ts';

export interface InspectorOptions {
  /** Watches the API server besides the programs, event by event. */
  readonly isThorough?: boolean;
  readonly onViolation?: (violation: Violation) => void;
}

/** Whatever is wrong in so many ways is wrong. */
const MOST = 100;
/** What has to be so within a time is looked at so often. */
const LOOK_MS = SECOND;

export class Inspector {
  readonly violations: Violation[] = [];
  readonly mirror = new Mirror();
  readonly #options: InspectorOptions;
  readonly #spec = new SpecAudit(this.mirror);
  readonly #status = new StatusAudit(this.mirror);
  readonly #watch = new WatchAudit(this.mirror);
  readonly #ledger = new LedgerAudit();
  readonly #seen = new Set<string>();
  /** Machines and hosts that were saved since the last step, by namespace. */
  readonly #touched = new Map<string, { readonly machines: Set<string>; readonly hosts: Set<string> }>();
  #world: World | undefined;
  #server: ServerEar | undefined;
  #revision = 0;
  /** When a program was last away or a connection broken, as `monotonic` counts. */
  #calmSince = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #fullAt = HOUR;

  constructor(options: InspectorOptions = {}) {
    this.#options = options;
  }

  /** What a world tells it; to be handed to `World.start` with whatever else looks on. */
  watcher(): Required<Omit<WorldWatcher, 'event'>> {
    return {
      started: (program, world) => {
        this.#world = world;
        this.disturbed();
        if (program === 'apiserver') return;
        const informers = program === 'datacenter' ? world.physical!.informers : world.management!.informers;
        this.#watch.listen(program, informers);
      },
      killed: (program) => {
        this.#watch.killed(program);
        if (program === 'apiserver') this.#server = undefined;
        this.disturbed();
      },
      committed: (batch) => {
        const now = this.#now;
        this.#revision = batch.revision;
        for (const commit of this.mirror.take(batch)) {
          for (const message of this.#status.committed(commit, now)) this.#breach('observed-generation', message);
          this.#watch.committed(commit, now);
          this.#server?.committed(commit, now);
        }
      },
      saved: (namespace, batch) => this.#saved(namespace, batch),
      wrote: (write) => {
        for (const message of this.#spec.look(write)) this.#breach('spec', message);
      },
      step: (world) => this.#step(world),
    };
  }

  /** A connection broke, or an answer was lost: what is to be tried again has time from now on. */
  disturbed(): void {
    this.#calmSince = this.#now;
  }

  /** Looks at everything there is. */
  full(world: World): void {
    this.#status.doubtAll(this.#now);
    for (const namespace of world.physical?.datacenter.namespaces ?? []) {
      const site = world.physical!.datacenter.find(namespace)!.peek();
      for (const { invariant, message } of breaches(site)) this.#breach(invariant, message);
    }
  }

  get #now(): number {
    return this.#world?.clock.monotonic() ?? 0;
  }

  #saved(namespace: string, batch: JournalBatch): void {
    this.#status.saved(namespace, batch, this.#now);
    for (const entry of batch.ledger) {
      const machine = this.#world?.physical?.datacenter.find(namespace)?.peek().machines.get(entry.uid);
      for (const message of this.#ledger.enter(entry, machine?.lock.record.expiresAt)) this.#breach('ledger', message);
    }
    for (const { kind, key } of batch.puts) {
      if (kind !== 'Machine' && kind !== 'Host') continue;
      let touched = this.#touched.get(namespace);
      if (touched === undefined) {
        touched = { machines: new Set(), hosts: new Set() };
        this.#touched.set(namespace, touched);
      }
      (kind === 'Host' ? touched.hosts : touched.machines).add(key);
    }
  }

  #step(world: World): void {
    this.#world = world;
    if (this.#touched.size > 0) this.#lookAtTouched(world);
    const now = this.#now;
    if (programNames.some((program) => !world.isRunning(program))) this.#calmSince = now;
    if (this.#options.isThorough && this.#server === undefined && world.serving !== undefined) {
      this.#server = new ServerEar(world.serving, this.#revision);
    }
    if (world.elapsed >= this.#fullAt) {
      this.#fullAt = world.elapsed + HOUR;
      this.full(world);
    }
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    for (const message of this.#status.late(world, this.#calmSince)) this.#breach('status', message);
    for (const message of this.#watch.breaches(now, this.#calmSince)) this.#breach('watch', message);
    for (const message of this.#server?.breaches(now) ?? []) this.#breach('watch', message);
  }

  #lookAtTouched(world: World): void {
    for (const [namespace, { machines, hosts }] of this.#touched) {
      const site = world.physical?.datacenter.find(namespace)?.peek();
      if (site === undefined) continue;
      const datastores = new Set<string>();
      for (const uid of machines) {
        const machine = site.machines.get(uid);
        if (machine === undefined) continue;
        for (const { datastore } of machine.record.files) datastores.add(datastore);
        for (const { invariant, message } of machineBreaches(site, machine)) this.#breach(invariant, message);
        if (machine.instance !== undefined) hosts.add(machine.instance.host.name);
      }
      for (const name of datastores) {
        const datastore = site.datastores.get(name);
        for (const { invariant, message } of datastore === undefined ? [] : datastoreBreaches(datastore)) {
          this.#breach(invariant, message);
        }
      }
      for (const name of hosts) {
        const host = site.hosts.get(name);
        for (const { invariant, message } of host === undefined ? [] : hostBreaches(site, host)) {
          this.#breach(invariant, message);
        }
      }
    }
    this.#touched.clear();
  }

  #breach(invariant: string, message: string): void {
    // The same thing is wrong at every step.
    const text = `${invariant} ${message}`;
    if (this.#seen.has(text) || this.violations.length >= MOST) return;
    this.#seen.add(text);
    const atSeconds = Math.round(this.#world?.elapsed ?? 0) / SECOND;
    const violation = { atSeconds, invariant, message };
    this.violations.push(violation);
    this.#options.onViolation?.(violation);
  }
}
