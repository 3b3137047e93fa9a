import type { NumaMode, ShareAllocation, SkewMode } from '../proportional-share/settings.ts';
import type { TopologyShape } from '../topology.ts';
import { LONGEST_MS, MOST_PCPUS, MOST_VCPUS } from './credit-scenario.ts';
import { checkEffort } from './effort.ts';
import { FieldReader } from './fields.ts';
import { readVcpuWork, type VcpuWork } from './vcpu-work.ts';

const MS = 1_000_000;
const MOST_SHARES = 1_000_000;
/** How often per second the scheduler looks at a pCPU, and at all machines, when nothing else happens. */
const LOOKS_PER_SECOND = 100;
const POLLS_PER_SECOND = 1000;
/** What such a look costs, and a burst on many pCPUs (measured on a host of 256 with 512 vCPUs), in steps. */
const PER_LOOK = 10;
const perBurst = (pcpus: number) => 2 + pcpus / 32;

/** A scenario for the proportional-share scheduler (api.md, last section). Times in ns. */
export interface ShareScenario {
  readonly shape: TopologyShape;
  readonly mhz: number;
  readonly duration: number;
  readonly machines: readonly ShareMachine[];
}

export interface ShareMachine extends ShareAllocation {
  readonly name: string;
  readonly vcpus: readonly VcpuWork[];
}

const topFields = ['scheduler', 'durationMs', 'host', 'virtualMachines', 'seed', 'name', 'description', 'expected'];
const hostFields = ['sockets', 'coresPerSocket', 'threadsPerCore', 'mhz', 'numaNodes', 'llcPerSocket'];
const machineFields = [
  'name',
  'shares',
  'reservationMHz',
  'limitMHz',
  'maxSkew',
  'numa',
  'affinity',
  'numaNodeAffinity',
  'htSharing',
  'vsmpConsolidate',
  'vcpus',
];

/** Reads a scenario, or throws a `ScenarioError` that names every wrong field. */
export function readShareScenario(value: unknown): ShareScenario {
  const fields = new FieldReader();
  const object = fields.object(value, '');
  fields.spelling(object, topFields);
  const { shape, mhz } = readHost(fields, object['host']);
  // What machines may ask for depends on the host.
  fields.conclude();
  const duration = MS * fields.integer(object['durationMs'], 'durationMs', { min: 1, max: LONGEST_MS });
  const machines = readMachines(fields, object['virtualMachines'], { shape, mhz });
  if (fields.problems.length === 0) checkScenario(fields, { shape, mhz, duration, machines });
  fields.conclude();
  return { shape, mhz, duration, machines };
}

function readHost(fields: FieldReader, value: unknown): { shape: TopologyShape; mhz: number } {
  const host = fields.object(value, 'host');
  fields.only(host, 'host', hostFields);
  const count = (name: string, max: number, absent?: number) =>
    fields.integer(host[name], `host.${name}`, { min: 1, max, ...(absent === undefined ? {} : { absent }) });
  const sockets = count('sockets', 64);
  const coresPerSocket = count('coresPerSocket', 64);
  const threadsPerCore = count('threadsPerCore', 8, 1);
  const mhz = fields.integer(host['mhz'], 'host.mhz', { min: 1, max: 100_000 });
  const nodes = count('numaNodes', 64, 1);
  const cachesPerSocket = count('llcPerSocket', 64, 1);
  const pcpus = sockets * coresPerSocket * threadsPerCore;
  const read = { shape: { pcpus, coresPerSocket, threadsPerCore, nodes, cachesPerSocket }, mhz };
  if (fields.problems.length > 0) return read;
  if (pcpus > MOST_PCPUS) fields.fail('host', `must have ${MOST_PCPUS} hardware threads at most, has ${pcpus}`);
  if (sockets % nodes !== 0) fields.fail('host.numaNodes', `must divide the ${sockets} sockets evenly, is ${nodes}`);
  if (coresPerSocket % cachesPerSocket !== 0) {
    fields.fail(
      'host.llcPerSocket',
      `must divide the ${coresPerSocket} cores of a socket evenly, is ${cachesPerSocket}`,
    );
  }
  return read;
}

interface Host {
  readonly shape: TopologyShape;
  readonly mhz: number;
}

function readMachines(fields: FieldReader, value: unknown, host: Host): ShareMachine[] {
  const names = new Map<string, string>();
  let vcpus = 0;
  const machines = fields.list(value, 'virtualMachines', { min: 1, max: MOST_VCPUS }).map((entry, index) => {
    const path = `virtualMachines[${index}]`;
    const machine = readMachine(fields, entry, path, host);
    const other = machine.name === '' ? undefined : names.get(machine.name);
    if (other !== undefined) fields.fail(`${path}.name`, `must be unique, ${other} is called ${machine.name} too`);
    names.set(machine.name, path);
    vcpus += machine.vcpus.length;
    return machine;
  });
  if (vcpus > MOST_VCPUS) {
    fields.fail('virtualMachines', `must have ${MOST_VCPUS} vCPUs together at most, have ${vcpus}`);
  }
  return machines;
}

function readMachine(fields: FieldReader, value: unknown, path: string, { shape, mhz }: Host): ShareMachine {
  const object = fields.object(value, path);
  fields.only(object, path, machineFields);
  const vcpus = fields
    .list(object['vcpus'], `${path}.vcpus`, { min: 1, max: Math.min(MOST_VCPUS, shape.pcpus) })
    .map((work, index) => readVcpuWork(fields, work, `${path}.vcpus[${index}]`));
  // How many vCPUs there are is not known where their list is wrong.
  const most = vcpus.length === 0 ? 1e9 : vcpus.length * mhz;
  const at = (name: string) => `${path}.${name}`;
  const because = `${vcpus.length} vCPUs of ${mhz} MHz`;
  const limitMHz = fields.integer(object['limitMHz'], at('limitMHz'), { min: 0, max: 1e9, absent: 0 });
  const reserved = { min: 0, max: most, absent: 0, because };
  const reservationMHz = fields.integer(object['reservationMHz'], at('reservationMHz'), reserved);
  if (limitMHz > 0 && reservationMHz > limitMHz && !fields.isWrong(at('limitMHz'))) {
    fields.fail(at('reservationMHz'), `must not be above limitMHz ${limitMHz}, is ${reservationMHz}`);
  }
  const affinity = readCpus(fields, object['affinity'], at('affinity'), shape.pcpus);
  const nodeAffinity = readCpus(fields, object['numaNodeAffinity'], at('numaNodeAffinity'), shape.nodes);
  if (!fields.isWrong(at('affinity')) && allowedCpus(shape, affinity, nodeAffinity).length === 0) {
    fields.fail(at('numaNodeAffinity'), 'must name the node of a pCPU in affinity, names none');
  }
  const shares = { min: 1, max: MOST_SHARES, absent: 1000 * Math.max(1, vcpus.length) };
  return {
    name: fields.text(object['name'], at('name')),
    shares: fields.integer(object['shares'], at('shares'), shares),
    reservationMHz,
    limitMHz,
    maxSkew: fields.oneOf<SkewMode>(
      object['maxSkew'],
      at('maxSkew'),
      ['Strict', 'Relaxed', 'Individual'],
      'Individual',
    ),
    numa: fields.oneOf<NumaMode>(object['numa'], at('numa'), ['Wide', 'Narrow', 'Off'], 'Wide'),
    htSharing: fields.oneOf(object['htSharing'], at('htSharing'), ['Any', 'None', 'Internal'], 'Any'),
    consolidate: fields.boolean(object['vsmpConsolidate'], at('vsmpConsolidate'), false),
    affinity,
    nodeAffinity,
    vcpus,
  };
}

function readCpus(fields: FieldReader, value: unknown, path: string, count: number): readonly number[] {
  if (value === undefined) return [];
  return fields
    .list(value, path, { min: 0, max: count })
    .map((cpu, index) => fields.integer(cpu, `${path}[${index}]`, { min: 0, max: count - 1 }));
}

/** The pCPUs that both affinities allow; an empty one allows all. */
function allowedCpus(
  { pcpus, nodes }: TopologyShape,
  affinity: readonly number[],
  nodeAffinity: readonly number[],
): number[] {
  const perNode = pcpus / nodes;
  const all = Array.from({ length: pcpus }, (_, cpu) => cpu);
  return all.filter((cpu) => {
    const isNamed = affinity.length === 0 || affinity.includes(cpu);
    return isNamed && (nodeAffinity.length === 0 || nodeAffinity.includes(Math.floor(cpu / perNode)));
  });
}

/** Refuses reservations that machines can never have where their affinities keep them. */
function checkPinned(fields: FieldReader, { shape, mhz, machines }: ShareScenario): void {
  const places = machines.map(({ affinity = [], nodeAffinity = [] }) => allowedCpus(shape, affinity, nodeAffinity));
  const seen = new Set<string>();
  for (const [index, allowed] of places.entries()) {
    const key = allowed.join();
    if (allowed.length === shape.pcpus || seen.has(key)) continue;
    seen.add(key);
    const isAllowed = new Set(allowed);
    const cores = new Set(allowed.map((cpu) => Math.floor(cpu / shape.threadsPerCore))).size;
    const inside = machines.filter((_, other) => places[other]!.every((cpu) => isAllowed.has(cpu)));
    const reserved = inside.reduce((sum, { reservationMHz }) => sum + reservationMHz, 0);
    if (reserved <= cores * mhz) continue;
    const names = inside.map(({ name }) => name).join(', ');
    fields.fail(
      `virtualMachines[${index}].reservationMHz`,
      `cannot be had: ${names} may run on ${cores} cores of ${mhz} MHz only and reserve ${reserved} MHz there`,
    );
    return;
  }
}

function checkScenario(fields: FieldReader, scenario: ShareScenario): void {
  const { shape, mhz, duration, machines } = scenario;
  const cores = shape.pcpus / shape.threadsPerCore;
  const reserved = machines.reduce((sum, { reservationMHz }) => sum + reservationMHz, 0);
  if (reserved > cores * mhz) {
    const room = `${cores} cores of ${mhz} MHz`;
    fields.fail('virtualMachines', `reserve ${reserved} MHz together, more than the host has (${room})`);
  }
  checkPinned(fields, scenario);
  const works = machines.flatMap(({ vcpus }, i) =>
    vcpus.map((work, j) => ({ path: `virtualMachines[${i}].vcpus[${j}]`, work })),
  );
  const seconds = duration / (1000 * MS);
  const looks = seconds * (LOOKS_PER_SECOND * shape.pcpus + POLLS_PER_SECOND);
  checkEffort(fields, duration, works, { base: PER_LOOK * looks, perBurst: perBurst(shape.pcpus) });
}
