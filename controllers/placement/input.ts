import type { Host } from '../../src/api/host.ts';
import { machineDefaults } from '../../src/api/machine-defaults.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../src/api/virtual-machine-template.ts';
import { memoryOverhead } from '../../src/arithmetic/memory-overhead.ts';
import type { HostReport, MachineConfig, MachineReport } from '../../src/hypervisor/backend.ts';
import type { Surroundings } from '../../src/model/eligibility.ts';
import type { MachineFacts } from '../../src/model/facts.ts';
import { hostFacts } from '../../src/model/host-facts.ts';
import { machineFacts } from '../../src/model/machine-facts.ts';
import type { PowerWish } from '../../src/model/power-intent.ts';
import type { Candidate, PlacementInput } from './decide.ts';

/** One namespace as it is known at one moment; everything frozen. */
export interface Observation {
  readonly namespace: string;
  readonly hosts: readonly Host[];
  readonly virtualMachines: readonly VirtualMachine[];
  readonly templates: ReadonlyMap<string, VirtualMachineTemplate>;
  /** Names that exist, by kind. */
  readonly clusters: ReadonlySet<string>;
  readonly resourcePools: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly datastores: ReadonlySet<string>;
  /** Bytes free by datastore, as reported. */
  readonly free: ReadonlyMap<string, number>;
  /** Undefined for a host that the machines do not report, and for all of them while nothing is heard. */
  hostReport(name: string): HostReport | undefined;
  machineReport(uid: string): MachineReport | undefined;
}

/** Facts by the object or configuration they were made of, so that a pass costs only what has changed since the last. */
export interface FactsMemo {
  get(key: object): MachineFacts | undefined;
  set(key: object, facts: MachineFacts): unknown;
}

/** What `decide` needs of what was observed. */
export function placementInput(seen: Observation, memo: FactsMemo): PlacementInput {
  const around: Surroundings = {
    datastores: new Map([...seen.free].map(([name, free]) => [name, { name, free }])),
  };
  const listed = new Set(seen.hosts.flatMap(({ spec }) => (spec.networks ?? []).map(({ name }) => name)));
  const candidates = seen.virtualMachines.map((vm) => candidateOf(vm, seen, listed, memo));
  return {
    hosts: seen.hosts.map((host) => hostFacts(host, seen.hostReport(host.metadata.name))),
    around,
    candidates: inOrder(candidates, seen.virtualMachines),
  };
}

/** Older objects first, then by name. */
function inOrder(candidates: readonly Candidate[], vms: readonly VirtualMachine[]): Candidate[] {
  const born = new Map(vms.map(({ metadata }) => [metadata.uid, metadata.creationTimestamp]));
  return [...candidates].sort((a, b) => {
    const left = `${born.get(a.facts.uid)} ${a.facts.name}`;
    const right = `${born.get(b.facts.uid)} ${b.facts.name}`;
    return left < right ? -1 : 1;
  });
}

function candidateOf(vm: VirtualMachine, seen: Observation, listed: ReadonlySet<string>, memo: FactsMemo): Candidate {
  const report = seen.machineReport(vm.metadata.uid);
  const placed = vm.status.conditions?.find(({ type }) => type === 'Placed');
  const admitted = vm.status.conditions?.find(({ type }) => type === 'Admitted');
  const placedOn = placed?.status === 'True' ? vm.status.host : undefined;
  const isActive = report !== undefined && report.power !== 'Off' && report.power !== 'Suspended';
  const wanted = wantedFacts(vm, seen, report, memo);
  const facts = isActive ? liveFacts(wanted, report.config) : wanted;
  const holds = isActive ? factsInEffect(report, wanted, memo) : placedOn === undefined ? undefined : facts;
  return {
    facts,
    generation: vm.metadata.generation ?? 0,
    wish: wishOf(vm, vm.spec.template === undefined ? undefined : seen.templates.get(vm.spec.template)),
    state:
      report === undefined
        ? undefined
        : {
            power: report.power,
            epoch: report.epoch,
            restartToken: report.restartToken,
            exit: report.exit?.reason,
            host: report.host,
          },
    holds,
    placedOn,
    admitted: admitted && { isTrue: admitted.status === 'True', generation: admitted.observedGeneration ?? 0 },
    dangling: isActive ? [] : danglingOf(vm, facts, seen, listed),
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
  seen: Observation,
  report: MachineReport | undefined,
  memo: FactsMemo,
): MachineFacts {
  const known = memo.get(vm.spec);
  if (known !== undefined && report === undefined && vm.spec.template === undefined) return known;
  const template = vm.spec.template === undefined ? undefined : seen.templates.get(vm.spec.template);
  const facts = machineFacts(vm, {
    template,
    ...(report === undefined ? {} : { disks: new Set(report.config.disks.map(({ name }) => name)) }),
    ...(report?.power === 'Suspended' ? { features: vm.status.cpu?.features ?? [] } : {}),
  });
  if (report === undefined) memo.set(vm.spec, facts);
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

/** What a running machine holds, which may differ from what its spec asks for. */
function factsInEffect({ config }: MachineReport, wanted: MachineFacts, memo: FactsMemo): MachineFacts {
  const known = memo.get(config);
  if (known !== undefined) return known;
  const { cpu, memory } = config;
  const reservation = Math.min(memory.size, memory.reservation);
  const facts: MachineFacts = {
    ...wanted,
    cpu: { count: cpu.count, reservationMHz: cpu.reservationMHz, limitMHz: cpu.limitMHz, affinity: cpu.affinity },
    memory: { size: memory.size, reservation, overhead: memoryOverhead(cpu.count, memory.size) },
  };
  memo.set(config, facts);
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
    if (!seen.datastores.has(name)) dangling.push(absent('spec.disks', 'Datastore', name));
  }
  // A network that a host is cabled to exists, described by an object of its own or not.
  for (const name of facts.networks) {
    if (!seen.networks.has(name) && !listed.has(name)) dangling.push(absent('spec.nics', 'Network', name));
  }
  return dangling;
}
