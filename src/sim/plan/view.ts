import { commonConditions, conditionOrder, type Kind } from '../../api/conditions.ts';
import type { KubeObject } from '../../api/meta.ts';
import { mayWrite, type Writer } from '../../api/ownership.ts';
import * as resources from '../../api/resources.ts';
import { cloneJson, deepFreeze } from '../../base/json.ts';
import { rfc3339 } from '../../base/units.ts';
import type { DatastoreReport, HostReport, MachineReport, NetworkReport, Report } from '../../hypervisor/backend.ts';
import { say } from '../../runtime/conditions.ts';
import type { Kinds } from '../../runtime/control-plane.ts';
import type { PlanView, Remark, Statement } from '../../runtime/plan-step.ts';
import { trespasses } from '../../runtime/status-ownership.ts';

/** Kinds by the name that controllers know them by. */
const kinds: { readonly [K in keyof Kinds]: string } = {
  hosts: resources.hosts.kind,
  virtualMachines: resources.virtualMachines.kind,
  clusters: resources.clusters.kind,
  resourcePools: resources.resourcePools.kind,
  datastores: resources.datastores.kind,
  networks: resources.networks.kind,
  virtualMachineTemplates: resources.virtualMachineTemplates.kind,
  clocks: resources.clocks.kind,
};
const decidedOn: ReadonlySet<string> = new Set(Object.values(kinds));
const ours: ReadonlySet<string> = new Set(resources.resourceTypes.map(({ kind }) => kind));

interface StatusObject extends KubeObject {
  readonly status?: object;
}

/** One namespace of a plan: its objects, its machines, and what the steps say of them. */
export class NamespaceView implements PlanView {
  readonly namespace: string;
  readonly now: number;
  readonly hosts = new Map<string, HostReport>();
  readonly machines = new Map<string, MachineReport>();
  readonly datastores = new Map<string, DatastoreReport>();
  readonly networks = new Map<string, NetworkReport>();
  readonly remarks: Remark[] = [];
  readonly created: KubeObject[] = [];
  /** By uid, in the order in which they were given. */
  readonly #objects: Map<string, StatusObject>;

  constructor(namespace: string, now: number, objects: readonly KubeObject[], reports: readonly Report[]) {
    this.namespace = namespace;
    this.now = now;
    this.#objects = new Map(objects.map((object) => [object.metadata.uid, object]));
    for (const report of reports) {
      if (report.kind === 'Host') this.hosts.set(report.name, report);
      else if (report.kind === 'Machine') this.machines.set(report.uid, report);
      else if (report.kind === 'Datastore') this.datastores.set(report.name, report);
      else if (report.kind === 'Network') this.networks.set(report.name, report);
    }
  }

  list<K extends keyof Kinds>(name: K): readonly Kinds[K][] {
    const all = [...this.#objects.values()];
    return all.filter(({ kind }) => kind === kinds[name]) as unknown as readonly Kinds[K][];
  }

  others(): readonly KubeObject[] {
    return [...this.#objects.values()].filter(({ kind }) => ours.has(kind) && !decidedOn.has(kind));
  }

  say(writer: string, { metadata: { uid } }: KubeObject, { fields = {}, said = [] }: Statement): void {
    const object = this.#objects.get(uid)!;
    const kind = object.kind as Kind;
    const before = object.status ?? {};
    const status = cloneJson(before) as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) delete status[name];
      else status[name] = value;
    }
    const observedGeneration = object.metadata.generation ?? 0;
    say(status, said, { now: rfc3339(this.now), order: conditionOrder[kind] ?? commonConditions, observedGeneration });
    const found = trespasses((path) => mayWrite(writer as Writer, kind, path), before, status);
    if (found.length > 0) throw new Error(`${writer} wrote ${found.join(', ')}, which is not its own`);
    this.#objects.set(uid, deepFreeze({ ...object, status: cloneJson(status) }));
  }

  create(object: KubeObject): void {
    this.created.push(deepFreeze(object));
  }

  remark(remark: Remark): void {
    this.remarks.push(remark);
  }

  /** The object as the steps left it. */
  find(uid: string): KubeObject | undefined {
    return this.#objects.get(uid);
  }
}
