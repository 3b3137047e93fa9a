import type { Host } from '../../src/api/host.ts';
import { machineDefaults } from '../../src/api/machine-defaults.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../src/api/virtual-machine-template.ts';
import { swapFileSize } from '../../src/arithmetic/machine-memory.ts';
import { memoryOverhead } from '../../src/arithmetic/memory-overhead.ts';
import type { DatastoreReport, HostReport, MachineConfig, MachineReport } from '../../src/hypervisor/backend.ts';
import type { MachineFacts } from '../../src/model/facts.ts';
import { hostFacts } from '../../src/model/host-facts.ts';
import { machineFacts } from '../../src/model/machine-facts.ts';
import type { PowerWish } from '../../src/model/power-intent.ts';
import type { Arrivals } from './arrivals.ts';
import type { Candidate, Holding, PlacementInput } from './decide.ts';
import { PASSED } from './status.ts';

/** One namespace as it is known at one moment; everything frozen. */
export interface Observation {
  readonly namespace: string;
  readonly hosts: readonly Host[];
  readonly virtualMachines: readonly VirtualMachine[];
  /** What the machines report; empty while nothing is heard. */
  readonly hostReports: ReadonlyMap<string, HostReport>;
  /** Hosts that were applied a moment ago and not reported yet: for how many ms they are known. Left out: none. */
  readonly beingRacked?: ReadonlyMap<string, number>;
  readonly machineReports: ReadonlyMap<string, MachineReport>;
  readonly datastoreReports: readonly DatastoreReport[];
  readonly templates: ReadonlyMap<string, VirtualMachineTemplate>;
  /** Names that exist, by kind. */
  readonly clusters: ReadonlySet<string>;
  readonly resourcePools: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly datastores: ReadonlySet<string>;
}

/** What was found out, by the frozen objects it was found out of, so that a pass costs only what has changed since the last. */
export class PassMemo {
  readonly facts = new WeakMap<object, MachineFacts>();
  /** The report with which a virtual machine was found settled. */
  readonly settled = new WeakMap<VirtualMachine, MachineReport>();
}

/**
 * What `decide` needs of what was observed: who came first is served first. Machines about which everything has been
 * said are no candidates.
 */
export function placementInput(seen: Observation, memo: PassMemo, arrivals: Arrivals): PlacementInput {
  const listed = new Set(seen.hosts.flatMap(({ spec }) => (spec.networks ?? []).map(({ name }) => name)));
  const unsettled = seen.virtualMachines.filter((vm) => !isSettled(vm, seen, memo));
  return {
    hosts: seen.hosts.map((host) => {
      const { name } = host.metadata;
      return hostFacts(host, seen.hostReports.get(name), seen.beingRacked?.get(name));
    }),
    around: {
      datastores: new Map(
        seen.datastoreReports.map(({ name, free, hosts }) => [name, { name, free, hosts: new Set(hosts) }]),
      ),
    },
    holdings: holdingsOf(seen, memo),
    candidates: arrivals.sorted(unsettled).map((vm) => candidateOf(vm, seen, listed, memo)),
  };
}

function conditionOf(vm: VirtualMachine, type: string) {
  return vm.status.conditions?.find((condition) => condition.type === type);
}

/** It runs where status says, admitted as it is; what is said of its next start may be otherwise by now. */
function isSettled(vm: VirtualMachine, seen: Observation, memo: PassMemo): boolean {
  const report = seen.machineReports.get(vm.metadata.uid);
  if (report === undefined || !isActive(report)) return false;
  if (memo.settled.get(vm) === report) return true;
  const isPlaced = conditionOf(vm, 'Placed')?.status === 'True';
  const admitted = conditionOf(vm, 'Admitted');
  const isAdmitted = admitted?.status === 'True' && admitted.observedGeneration === vm.metadata.generation;
  const isSettledNow = isPlaced && isAdmitted && admitted.message === PASSED && vm.status.host === report.host;
  if (isSettledNow) memo.settled.set(vm, report);
  return isSettledNow;
}

function isActive({ power }: MachineReport): boolean {
  return power !== 'Off' && power !== 'Suspended';
}

/** What every machine that is not off holds, whether or not its object is still there. */
function holdingsOf({ machineReports }: Observation, memo: PassMemo): Holding[] {
  const holdings: Holding[] = [];
  for (const report of machineReports.values()) {
    if (isActive(report)) holdings.push({ host: report.host, machine: factsInEffect(report, memo) });
  }
  return holdings;
}

function candidateOf(vm: VirtualMachine, seen: Observation, listed: ReadonlySet<string>, memo: PassMemo): Candidate {
  const report = seen.machineReports.get(vm.metadata.uid);
  const admitted = conditionOf(vm, 'Admitted');
  const template = vm.spec.template === undefined ? undefined : seen.templates.get(vm.spec.template);
  const wanted = wantedFacts(vm, template, report, memo);
  const active = report !== undefined && isActive(report);
  const facts = active ? liveFacts(wanted, report.config) : wanted;
  return {
    vm,
    facts,
    generation: vm.metadata.generation ?? 0,
    wish: wishOf(vm, template),
    state: report && {
      power: report.power,
      epoch: report.epoch,
      restartToken: report.restartToken,
      exit: report.exit?.reason,
      host: report.host,
    },
    inEffect: active ? factsInEffect(report, memo) : undefined,
    placedOn: conditionOf(vm, 'Placed')?.status === 'True' ? vm.status.host : undefined,
    admitted: admitted && { isTrue: admitted.status === 'True', generation: admitted.observedGeneration ?? 0 },
    ...(active && waits(wanted, facts) ? { atNextStart: wanted } : {}),
    dangling: active ? [] : danglingOf(vm, facts, seen, listed),
  };
}

function wishOf({ spec, metadata }: VirtualMachine, template: VirtualMachineTemplate | undefined): PowerWish {
  return {
    power: spec.power ?? machineDefaults.power,
    deleting: metadata.deletionTimestamp !== undefined,
    restartedAt: spec.restartedAt,
    restartPolicy: spec.restartPolicy ?? template?.spec.restartPolicy ?? machineDefaults.restartPolicy,
  };
}

/** What the spec asks for. Objects are frozen, so what was made of one holds until another takes its place. */
function wantedFacts(
  vm: VirtualMachine,
  template: VirtualMachineTemplate | undefined,
  report: MachineReport | undefined,
  memo: PassMemo,
): MachineFacts {
  const isPlain = report === undefined && template === undefined;
  const known = isPlain ? memo.facts.get(vm.spec) : undefined;
  if (known !== undefined) return known;
  const facts = machineFacts(vm, {
    template,
    ...(report === undefined ? {} : { disks: report.config.disks }),
    ...(report?.power === 'Suspended' ? { features: report.cpuFeatures ?? [] } : {}),
  });
  if (isPlain) memo.facts.set(vm.spec, facts);
  return facts;
}

/** Of a running machine, what cannot change while it runs is as it is. */
function liveFacts(wanted: MachineFacts, { cpu, memory }: MachineConfig): MachineFacts {
  const count = cpu.hotAdd ? Math.max(cpu.count, wanted.cpu.count) : cpu.count;
  const size = memory.hotAdd ? Math.max(memory.size, wanted.memory.size) : memory.size;
  return {
    ...wanted,
    cpu: { ...wanted.cpu, count },
    memory: { size, reservation: Math.min(size, wanted.memory.reservation), overhead: memoryOverhead(count, size) },
  };
}

/** Whether more is wanted than what can change while it runs. */
function waits(wanted: MachineFacts, live: MachineFacts): boolean {
  const { cpu, memory } = wanted;
  return cpu.count > live.cpu.count || memory.size > live.memory.size || memory.reservation > live.memory.reservation;
}

/** What a machine that is not off holds, which may differ from what its spec asks for. */
function factsInEffect({ uid, name, config }: MachineReport, memo: PassMemo): MachineFacts {
  const known = memo.facts.get(config);
  if (known !== undefined) return known;
  const { cpu, memory, guest, disks } = config;
  const reservation = Math.min(memory.size, memory.reservation);
  const swap = swapFileSize(memory.size, reservation);
  const facts: MachineFacts = {
    uid,
    name,
    cluster: undefined,
    host: undefined,
    guest: { os: guest.os, virtualization: guest.virtualization },
    cpu: { count: cpu.count, reservationMHz: cpu.reservationMHz, limitMHz: cpu.limitMHz, affinity: cpu.affinity },
    memory: {
      size: memory.size,
      reservation,
      overhead: memoryOverhead(cpu.count, memory.size),
    },
    space: new Map(disks[0] === undefined ? [] : [[disks[0].datastore, { swap, disks: 0 }]]),
    datastores: [],
    networks: [],
    esxOnly: [],
    features: [],
  };
  memo.facts.set(config, facts);
  return facts;
}

function danglingOf(vm: VirtualMachine, facts: MachineFacts, seen: Observation, listed: ReadonlySet<string>): string[] {
  const { spec } = vm;
  const absent = (field: string, kind: string, name: string) =>
    `${field}: there is no ${kind} "${name}" in namespace ${seen.namespace}; create it or correct the name`;
  const dangling: string[] = [];
  if (spec.cluster !== undefined && !seen.clusters.has(spec.cluster))
    dangling.push(absent('spec.cluster', 'Cluster', spec.cluster));
  if (spec.host !== undefined && !seen.hosts.some(({ metadata }) => metadata.name === spec.host)) {
    dangling.push(absent('spec.host', 'Host', spec.host));
  }
  if (spec.resourcePool !== undefined && !seen.resourcePools.has(spec.resourcePool)) {
    dangling.push(absent('spec.resourcePool', 'ResourcePool', spec.resourcePool));
  }
  if (spec.template !== undefined && !seen.templates.has(spec.template)) {
    dangling.push(absent('spec.template', 'VirtualMachineTemplate', spec.template));
  }
  for (const name of facts.datastores) {
    if (seen.datastores.has(name)) continue;
    const index = spec.disks?.findIndex(({ datastore }) => datastore === name) ?? -1;
    dangling.push(absent(index < 0 ? 'spec.disks' : `spec.disks[${index}].datastore`, 'Datastore', name));
  }
  // A network that a host is cabled to exists, described by an object of its own or not.
  for (const name of facts.networks) {
    if (seen.networks.has(name) || listed.has(name)) continue;
    const index = spec.nics?.findIndex(({ network }) => network === name) ?? -1;
    dangling.push(absent(index < 0 ? 'spec.nics' : `spec.nics[${index}].network`, 'Network', name));
  }
  return dangling;
}
