import { usualXenIoCosts } from '../arithmetic/io-costs.ts';
import { hostConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { hostDefaults, hostWatts } from './host-defaults.ts';
import type { KubeObject } from './meta.ts';
import { hostOptions, options } from './options.ts';
import { hosts } from './resources.ts';
import { atMost, bytes, nameAtMost, onlyWhen } from './rules.ts';
import {
  boolean,
  choice,
  integer,
  list,
  nameOf,
  number,
  object,
  quantity,
  reportedQuantity,
  required,
  type TypeOf,
  text,
  time,
} from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus, usage } from './status-fields.ts';
import * as words from './words.ts';

const hypervisor = object(
  'The hypervisor installed on the host. All hosts of a cluster need the same type.',
  {
    type: choice(
      'ESX: proportional-share scheduling, memory overcommit (balloon, sharing, swap). Xen: credit scheduling, a dom0, memory partitioned among the VMs.',
      words.hypervisorTypes,
      { default: hostDefaults.hypervisorType },
    ),
    version: choice(
      'Its generation, in quotes ("5.0"): ESX 4.0, 4.1 or 5.0, Xen 3.2 or 4. Sets every default that differs between generations: memory reserve, compression, wide VMs over NUMA nodes, migrations at once, storage migration, HA slot size and isolation response. Left out: 5.0 for ESX, 4 for Xen.',
      words.hypervisorVersions,
    ),
    advanced: options("Tuning of an ESX host by VMware's names.", hostOptions),
  },
  {
    default: {},
    rules: [
      {
        rule: `!has(self.version) || (self.type == 'ESX' ? self.version in ['4.0', '4.1', '5.0'] : self.version in ['3.2', '4'])`,
        message: 'version does not go with spec.hypervisor.type: ESX has "4.0", "4.1" and "5.0", Xen has "3.2" and "4"',
        fieldPath: '.version',
      },
      {
        rule: `!has(self.advanced) || self.type == 'ESX' || size(self.advanced) == 0`,
        message: 'advanced holds options of ESX: remove it on a Xen host (see spec.xen)',
        fieldPath: '.advanced',
        reason: 'FieldValueForbidden',
      },
    ],
  },
);

const cpu = object(
  'The processors. Capacity is cores × mhz; threads give throughput, but add no capacity.',
  {
    vendor: choice('Who makes them. A running VM never moves between vendors.', words.cpuVendors, {
      default: hostDefaults.vendor,
    }),
    family: text(
      'Their generation, as Nehalem, Westmere or Greyhound: says what they can do, and so where a running VM can move. Left out: Nehalem (Intel) or Greyhound (AMD). One that is not known brings no features of its own: list them.',
      { maxLength: 40, pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$' },
    ),
    features: list(
      'Instruction sets beyond those of the family, as sse4.2, popcnt or aes. A running VM moves only to a host that has all that it was shown.',
      text('Name of a feature, in lower case.', { maxLength: 32, pattern: '^[a-z0-9][a-z0-9._-]*$' }),
      { type: 'set', maxItems: 64 },
    ),
    virtualization: choice(
      'Hardware support for virtualisation: without it Xen runs only PV guests. Left out: what the vendor calls it (VT-x, AMD-V).',
      words.virtualizationExtensions,
    ),
    sockets: integer('Processor packages.', { minimum: 1, maximum: 32, default: hostDefaults.sockets }),
    coresPerSocket: required(integer('Cores in each package.', { minimum: 1, maximum: 256 })),
    threadsPerCore: integer(
      'Hardware threads of a core: 2 with hyper-threading. A VM can have at most as many vCPUs as the host has threads.',
      {
        minimum: 1,
        maximum: 8,
        default: hostDefaults.threadsPerCore,
        rules: [{ rule: 'self in [1, 2, 4, 8]', message: 'threadsPerCore is a power of two: 1, 2, 4 or 8' }],
      },
    ),
    mhz: required(integer('Clock of a core, in MHz.', { minimum: 100, maximum: 10000 })),
    numaNodes: integer(
      'Memory nodes; cores and memory are split evenly among them, and memory of another node is slower. Left out: one for each socket.',
      { minimum: 1, maximum: 64 },
    ),
    llcPerSocket: integer('Last-level caches in a package; its cores are split evenly among them.', {
      minimum: 1,
      maximum: 32,
      default: hostDefaults.llcPerSocket,
    }),
  },
  {
    rules: [
      {
        rule: '!has(self.numaNodes) || (self.sockets * self.coresPerSocket) % self.numaNodes == 0',
        message: 'numaNodes must divide the cores (spec.cpu.sockets × spec.cpu.coresPerSocket) evenly',
        fieldPath: '.numaNodes',
      },
      {
        rule: 'self.coresPerSocket % self.llcPerSocket == 0',
        message: 'llcPerSocket must divide spec.cpu.coresPerSocket evenly',
        fieldPath: '.llcPerSocket',
      },
      {
        rule: `!has(self.virtualization) || self.virtualization in ['None', self.vendor == 'Intel' ? 'VT-x' : 'AMD-V']`,
        message: 'virtualization does not go with spec.cpu.vendor: Intel has VT-x, AMD has AMD-V',
        fieldPath: '.virtualization',
      },
    ],
  },
);

const networks = list(
  'The networks it is cabled to, by name. A VM with a nic can run only where its network is listed.',
  object('One network.', {
    name: required(nameOf('Name of the Network.')),
    roles: list(
      'What the host uses it for: Management (heartbeats of HA), VirtualMachine, Migration (live migration), FaultTolerance (its log), Storage (NFS, iSCSI). Left out: VirtualMachine. Nics reach a listed network whatever its roles.',
      choice('One use.', words.networkRoles),
      { type: 'set', maxItems: 5 },
    ),
    mbps: integer(
      'Speed of the uplink, in megabits (10^6 bits) per second. On a Migration network it sets how many migrations run at once. Left out: that of the Network.',
      { minimum: 1, maximum: 1_000_000 },
    ),
  }),
  { type: { keys: ['name'] }, maxItems: 32 },
);

const bmc = object(
  'The board that switches the host on from outside, and how long the host takes.',
  {
    type: choice(
      'How it is reached. IPMI and iLO switch on and off; WakeOnLan only wakes from standby; None: nobody can switch the host on again, so power management leaves it on.',
      words.bmcTypes,
      { default: hostDefaults.bmc.type },
    ),
    bootSeconds: integer('From off to on, in simulated seconds.', {
      minimum: 0,
      maximum: 86400,
      default: hostDefaults.bmc.bootSeconds,
    }),
    standbySeconds: integer('From on to standby, and back, in simulated seconds.', {
      minimum: 0,
      maximum: 86400,
      default: hostDefaults.bmc.standbySeconds,
    }),
  },
  { default: {} },
);

const watts = object(
  'Power drawn, by load of the processors: a straight line from idle to peak, or a measured curve.',
  {
    idle: number(`Watts when on without load. Left out: ${hostWatts.idle}.`, { minimum: 0, maximum: 100_000 }),
    peak: number(`Watts at full load. Left out: ${hostWatts.peak}.`, { minimum: 0, maximum: 100_000 }),
    standby: number(`Watts in standby. Left out: ${hostWatts.standby}.`, { minimum: 0, maximum: 100_000 }),
    curve: list(
      'Watts at 0, 10, 20 … 100 % load, as SPECpower publishes them: 11 numbers, in place of idle and peak.',
      number('Watts.', { minimum: 0, maximum: 100_000 }),
      {
        type: 'atomic',
        maxItems: 20,
        rules: [{ rule: 'size(self) == 11', message: 'curve takes 11 numbers: watts at 0, 10, 20 … 100 % load' }],
      },
    ),
  },
  {
    rules: [
      ...onlyWhen(
        '!has(self.curve)',
        ['idle', 'peak'],
        (name) => `curve takes the place of ${name}: give one of the two`,
      ),
      atMost('idle', 'peak', 'idle must not exceed peak: lower idle or raise peak'),
    ],
  },
);

const ioCost = (description: string) => number(description, { minimum: 0, maximum: 100_000 });

const xen = object(
  'Settings of a Xen host.',
  {
    dom0: object('The first domain, which boots before any guest and does the I/O of the guests.', {
      vcpus: integer('Its vCPUs; they compete with those of the guests.', {
        minimum: 1,
        maximum: 256,
        default: hostDefaults.dom0.vcpus,
      }),
      memory: quantity('Its memory, which no guest can have.', {
        default: hostDefaults.dom0.memory,
        rules: bytes('64Mi', '2Gi'),
      }),
      weight: integer('Its weight against the guests. Too low, and network-heavy guests starve.', {
        minimum: 1,
        maximum: 65535,
        default: hostDefaults.dom0.weight,
      }),
    }),
    ioCosts: object(
      'What carrying the I/O of guests costs dom0, in processor time. HVM guests without pvDrivers are served by a qemu-dm process each, at the emulated prices; PV guests and HVM guests with pvDrivers by the backends.',
      {
        packetMicroseconds: ioCost(`Per packet, by the network backend. Left out: ${usualXenIoCosts.packetUs}.`),
        diskRequestMicroseconds: ioCost(
          `Per disk request, by the block backend. Left out: ${usualXenIoCosts.diskRequestUs}.`,
        ),
        emulatedPacketMicroseconds: ioCost(`Per packet, by qemu-dm. Left out: ${usualXenIoCosts.emulatedPacketUs}.`),
        emulatedDiskRequestMicroseconds: ioCost(
          `Per disk request, by qemu-dm. Left out: ${usualXenIoCosts.emulatedDiskRequestUs}.`,
        ),
        deviceModelMemory: quantity(
          `Memory of one qemu-dm process, within that of dom0: when they do not fit, all of them slow down. Left out: ${usualXenIoCosts.deviceModelMemory / 2 ** 20}Mi.`,
          { rules: bytes('1Mi', '4Gi') },
        ),
      },
    ),
    timesliceMilliseconds: integer('Time slice of the credit scheduler.', {
      minimum: 1,
      maximum: 1000,
      default: hostDefaults.timesliceMilliseconds,
    }),
    ratelimitMicroseconds: integer(
      'How long a vCPU runs at least before another may preempt it; 0: not at all. Left out: 1000, and none on Xen 3.2.',
      { minimum: 0, maximum: 500_000 },
    ),
  },
  {
    rules: [
      {
        rule: '!has(self.ratelimitMicroseconds) || self.ratelimitMicroseconds <= self.timesliceMilliseconds * 1000',
        message:
          'ratelimitMicroseconds must not exceed the time slice: lower it or raise spec.xen.timesliceMilliseconds',
        fieldPath: '.ratelimitMicroseconds',
      },
    ],
  },
);

const spec = object(
  'The hardware, and what is wanted of it.',
  {
    cluster: nameOf('Name of the Cluster it belongs to. Left out: a standalone host, for VMs that name no cluster.'),
    hypervisor,
    cpu: required(cpu),
    memory: required(
      object('The memory of the host.', {
        size: required(
          quantity('Installed memory. On ESX its sum of configured VM sizes may be larger; on Xen never.', {
            rules: bytes('64Mi', '256Gi'),
          }),
        ),
      }),
    ),
    datastores: list(
      'Names of the Datastores it can reach. A VM with a disk can run only where its datastore is listed.',
      nameOf('Name of a Datastore.'),
      { type: 'set', maxItems: 256 },
    ),
    networks,
    power: choice(
      `On, Off or Standby (asleep, quick to wake), in quotes ("Off"): bare On and Off are booleans to kubectl, and refused with: must be of type string. Left out: the cluster's power management decides. A host first seen with On or nothing here is already on.`,
      words.hostPowers,
    ),
    maintenance: boolean(
      'True: it takes no new VM, and is held empty once none runs on it (nothing moves them by itself in this version). False: take part again.',
      { default: hostDefaults.maintenance },
    ),
    bmc,
    watts,
    dpm: choice(
      "Its part in the cluster's power management. Default: as the cluster. Disabled: always on. Manual: recommendations only. Automatic: carried out.",
      words.hostDpmModes,
      { default: hostDefaults.dpm },
    ),
    xen,
  },
  {
    rules: [
      ...onlyWhen(
        "self.hypervisor.type == 'Xen'",
        ['xen'],
        () => 'xen is for hosts with spec.hypervisor.type Xen: remove it',
      ),
      {
        rule: `!has(self.power) || self.power != 'Standby' || self.bmc.type != 'None'`,
        message: 'a host without bmc (type None) cannot be woken from Standby: give spec.bmc.type',
        fieldPath: '.power',
      },
    ],
  },
);

const status = object(
  'What is observed of the host.',
  {
    observedGeneration,
    conditions: conditions(hostConditions),
    power: object('Its electric power.', {
      state: choice('What it does now. Failed: it did not wake when told to.', words.hostPowerStates),
      lastExitedStandby: time('When it last came back from standby.'),
      wakeTested: boolean('Whether it has once come back from standby; power management uses no other.'),
    }),
    connection: choice(
      'Connected: its agent answers. NotResponding: it does not: it may hang, or be cut off. Isolated: cut off from every other host. Partitioned: cut off from some. AgentDown: the agent is dead, VMs run on. Dead: the host itself is. Disconnected: on purpose. Unknown: nothing is heard from the datacenter, which says nothing about the host.',
      words.hostConnections,
    ),
    maintenance: choice(
      'None, Entering (takes no new VM, waits until none runs on it), or In.',
      words.maintenanceStates,
    ),
    ha: object('Its part in high availability.', {
      role: choice('The Master restarts what failed; None: HA is off, or it takes no part.', words.haRoles),
    }),
    capacity: usage('What it has for VMs: cores × mhz, and memory.'),
    demand: usage('What its VMs would use if nobody competed.'),
    entitlement: usage('What its VMs are due by reservation, limit, shares and demand.'),
    used: usage('What its VMs use. Written at most every 10 seconds, and when it moved by 10 points of capacity.'),
    virtualMachines: integer('VMs on it that are not off.', { minimum: 0 }),
    memory: object('The state of its memory.', {
      minFree: reportedQuantity('Memory that the hypervisor tries to keep free.'),
      state: choice(
        'High: enough is free. Soft: guests are asked by balloon. Hard: pages are swapped (and compressed). Low: VMs over their target stand still.',
        words.memoryStates,
      ),
      free: reportedQuantity('Memory that is free now.'),
    }),
    dom0: object('The first domain of a Xen host: what its vCPUs do, in percent, mean per vCPU.', {
      runPercent: number('On a processor.', { minimum: 0 }),
      readyPercent: number('Ready to run, waiting for a processor: what its guests wait for with it.', { minimum: 0 }),
    }),
    fidelity: text(
      'How its processors are simulated now: exact, or sampled:N for one second in N slice by slice; N rises while the machine that runs the datacenter has no time for more. Left out: by the entitlement formula.',
    ),
    normalizedEntitlement: number(
      'Entitlement of its VMs by its capacity, the larger of CPU and memory: what DRS balances.',
      {
        minimum: 0,
      },
    ),
  },
  { default: unwrittenStatus },
);

export type HostSpec = TypeOf<typeof spec>;
export type HostStatus = TypeOf<typeof status>;

/** One physical server. */
export interface Host extends KubeObject {
  readonly spec: HostSpec;
  readonly status: HostStatus;
}

export const hostDefinition: Definition = {
  type: hosts,
  shortNames: ['host'],
  description:
    'A physical server and its hypervisor. Apply it, and it is bolted into the datacenter (the namespace); delete it, and it takes no new VM, and goes when none runs on it any more: its condition Ready names those that hold it.',
  spec,
  specRequired: true,
  status,
  rules: [nameAtMost(63, 'it is used in labels')],
  columns: [
    { name: 'Power', type: 'string', jsonPath: '.status.power.state', description: 'What its power does now.' },
    { name: 'Connection', type: 'string', jsonPath: '.status.connection', description: 'Whether its agent answers.' },
    { name: 'Maintenance', type: 'string', jsonPath: '.status.maintenance', description: 'None, Entering or In.' },
    { name: 'VMs', type: 'integer', jsonPath: '.status.virtualMachines', description: 'VMs that are not off.' },
    readyColumn,
    reasonColumn,
    {
      name: 'Cluster',
      type: 'string',
      jsonPath: '.spec.cluster',
      description: 'The cluster it belongs to.',
      priority: 1,
    },
    { name: 'Hypervisor', type: 'string', jsonPath: '.spec.hypervisor.type', description: 'ESX or Xen.', priority: 1 },
    { name: 'CPU MHz', type: 'integer', jsonPath: '.status.capacity.cpuMHz', description: 'Capacity.', priority: 1 },
    { name: 'Used MHz', type: 'integer', jsonPath: '.status.used.cpuMHz', description: 'Used by VMs.', priority: 1 },
    { name: 'Memory', type: 'string', jsonPath: '.status.capacity.memory', description: 'Capacity.', priority: 1 },
    { name: 'Used Memory', type: 'string', jsonPath: '.status.used.memory', description: 'Used by VMs.', priority: 1 },
    { name: 'State', type: 'string', jsonPath: '.status.memory.state', description: 'Of free memory.', priority: 1 },
    ageColumn,
  ],
  selectable: ['.spec.cluster', '.status.connection', '.status.power.state'],
};
