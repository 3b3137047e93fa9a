/**
 * The racks of Table 1 of the report: 32 cores and 128 VMs per host (Soundararajan and Anderson 2010). On each host
 * 128 VMs are configured with 384 GiB, 150 % of its 256; what they reserve, with overhead, is 56 % of it.
 */
import { Random } from '../../src/base/random.ts';

export const rackSizes = { small: 10, medium: 20, large: 30, future: 40 } as const;
export type RackName = keyof typeof rackSizes;
export const VMS_PER_HOST = 128;

interface MachineClass {
  readonly app: string;
  readonly perHost: number;
  readonly cpu: string;
  readonly memory: string;
  readonly workload: (random: Random) => string;
}

const percent = (random: Random, low: number, high: number) => random.between(low, high);

function diurnal(random: Random, low: number, high: number): string {
  return `{diurnal: {minPercent: ${percent(random, 1, low)}, maxPercent: ${percent(random, low + 5, high)}}}`;
}

const constant = (random: Random, low: number, high: number) =>
  `{constant: {cpuPercent: ${percent(random, low, high)}}}`;

function periodic(random: Random): string {
  return `{periodic: {runMicroseconds: ${random.between(1, 8) * 250}, sleepMicroseconds: ${random.between(8, 40) * 1000}}}`;
}

const classes: readonly MachineClass[] = [
  {
    app: 'desk',
    perHost: 32,
    cpu: '{count: 1}',
    memory: '{size: 1Gi}',
    workload: (random) => (random.chance(0.4) ? '{idle: {}}' : diurnal(random, 3, 30)),
  },
  {
    app: 'web',
    perHost: 48,
    cpu: '{count: 1}',
    memory: '{size: 2Gi, reservation: 512Mi}',
    workload: (random) => (random.chance(0.3) ? periodic(random) : diurnal(random, 5, 40)),
  },
  {
    app: 'app',
    perHost: 32,
    cpu: '{count: 2}',
    memory: '{size: 4Gi, reservation: 1Gi}',
    workload: (random) => (random.chance(0.5) ? constant(random, 3, 15) : diurnal(random, 5, 30)),
  },
  {
    app: 'db',
    perHost: 16,
    cpu: '{count: 4, shares: High, reservationMHz: 500}',
    memory: '{size: 8Gi, shares: High, reservation: 4Gi}',
    workload: (random) => constant(random, 5, 20),
  },
];

const head = (
  name: RackName,
  hosts: number,
) => `# The ${name} rack: ${hosts} hosts with ${hosts * 32} cores, ${hosts * VMS_PER_HOST} VMs.
# Made by npm run racks from manifests/racks/rack.ts; do not edit.
`;

const host = (name: string) => `---
apiVersion: orrery.dev/v1alpha1
kind: Host
metadata: {name: ${name}}
spec:
  cpu: {vendor: Intel, family: Nehalem, sockets: 4, coresPerSocket: 8, mhz: 2260}
  memory: {size: 256Gi}
  networks:
    - {name: lan, roles: [Management, VirtualMachine], mbps: 1000}
    - {name: vmotion, roles: [Migration, FaultTolerance], mbps: 10000}
`;

const machine = (name: string, { app, cpu, memory, workload }: MachineClass, random: Random) => `---
apiVersion: orrery.dev/v1alpha1
kind: VirtualMachine
metadata: {name: ${name}, labels: {app: ${app}}}
spec:
  cpu: ${cpu}
  memory: ${memory}
  nics: [{network: lan}]
  workload: ${workload(random)}
`;

/** The manifest of a rack, as YAML. The same name gives the same text on any machine. */
export function rack(name: RackName): string {
  const hosts = rackSizes[name];
  const parts = [head(name, hosts)];
  for (let h = 1; h <= hosts; h++) parts.push(host(`rack-h${String(h).padStart(2, '0')}`));
  for (let block = 0; block < hosts; block++) {
    // A seed per block: the small rack is the beginning of the larger ones.
    const random = new Random(`racks/${block}`);
    const order = random.shuffle(classes.flatMap((one) => Array.from({ length: one.perHost }, () => one)));
    order.forEach((one, index) => {
      const number = block * VMS_PER_HOST + index + 1;
      parts.push(machine(`vm-${String(number).padStart(4, '0')}`, one, random));
    });
  }
  return parts.join('');
}
