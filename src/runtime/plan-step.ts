/**
 * How a controller takes part in `orrery plan`: its step looks at the world as it stands, decides with the controller's
 * own `decide`, and says what the controller would write. Nothing is carried out. A step joins by being listed in
 * src/sim/plan/steps.ts.
 */
import type { KubeObject } from '../api/meta.ts';
import type { DatastoreReport, HostReport, MachineReport, NetworkReport } from '../hypervisor/backend.ts';
import type { Said } from './conditions.ts';
import type { Kinds } from './control-plane.ts';

/** One namespace in a plan. Objects come with what the steps before have said of them. */
export interface PlanView {
  readonly namespace: string;
  /** Of the namespace's time, in ms since the Unix epoch. Everything has been as it is now for ever. */
  readonly now: number;
  /** In the order in which they were given. */
  list<K extends keyof Kinds>(kind: K): readonly Kinds[K][];
  /** Objects of kinds that no controller decides on. */
  others(): readonly KubeObject[];
  /** What the machines report, by name. */
  readonly hosts: ReadonlyMap<string, HostReport>;
  /** By the uid of their object. */
  readonly machines: ReadonlyMap<string, MachineReport>;
  readonly datastores: ReadonlyMap<string, DatastoreReport>;
  readonly networks: ReadonlyMap<string, NetworkReport>;
  /** Writes into the status of the object; throws where the writer may not (src/api/ownership.ts). */
  say(writer: string, object: KubeObject, statement: Statement): void;
  /** An object that the controller would create, as a Recommendation: printed after those given, in this order. */
  create(object: KubeObject): void;
  /** A line of the table that a person reads. */
  remark(remark: Remark): void;
}

/** Fields of status (undefined: taken out) and conditions. */
export interface Statement {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly said?: readonly Said[];
}

export interface Remark {
  /** Whom it is about. */
  readonly kind: string;
  readonly name: string;
  /** In a word or two: where it goes, or why not. */
  readonly verdict: string;
  /** What speaks for it, in short. */
  readonly why: string;
  /** Columns between the two, each with its head: the same for every remark about a kind. */
  readonly figures?: readonly (readonly [head: string, value: string])[];
}

export interface PlanStep {
  readonly name: string;
  run(view: PlanView): void;
}
