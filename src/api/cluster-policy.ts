/** The policies of a Cluster: load balancing, power management, high availability. */
import { clusterDefaults } from './cluster-defaults.ts';
import { customSensitivity, customSensitivityRules } from './machine-policy.ts';
import { dpmOptions, drsOptions, haOptions, options } from './options.ts';
import { bytes, onlyWhen, quantityAtMost } from './rules.ts';
import { boolean, choice, integer, list, nameOf, object, quantity, required, text } from './schema.ts';
import * as words from './words.ts';

export const drs = object('Load balancing: where VMs start, and moving them while they run. Left out: off.', {
  enabled: required(boolean('Whether load is balanced. VMs are placed on the least loaded host that fits either way.')),
  automation: choice(
    "Manual: starts and moves are recommended. PartiallyAutomated: VMs start by themselves, moves are recommended. FullyAutomated: both happen by themselves. A VM's spec.drs overrides it.",
    words.drsAutomations,
    { default: clusterDefaults.drs.automation },
  ),
  migrationThreshold: integer(
    'From 1 (conservative: mandatory moves only) to 5 (aggressive: any gain): moves of priority 1 to this number are made. Level t lets an imbalance of (5 − t) × 0.1 ÷ √hosts stand.',
    { minimum: 1, maximum: 5, default: clusterDefaults.drs.migrationThreshold },
  ),
  intervalSeconds: integer('Simulated seconds between two passes; some changes cause one at once.', {
    minimum: 60,
    maximum: 3600,
    default: clusterDefaults.drs.intervalSeconds,
  }),
  advanced: options("Tuning of DRS by VMware's names.", drsOptions),
});

export const dpm = object(
  'Power management: hosts that are not needed go to standby, and are woken when they are. Needs drs. Left out: off.',
  {
    enabled: required(boolean('Whether hosts are sent to standby.')),
    automation: choice(
      "Manual: recommended. FullyAutomated: done. A host's spec.dpm overrides it.",
      words.dpmAutomations,
      { default: clusterDefaults.dpm.automation },
    ),
    threshold: integer(
      'From 1 (only what a minimum or HA demands) to 5 (any gain): recommendations of priority 1 to this number are carried out. Independent of the one of drs.',
      { minimum: 1, maximum: 5, default: clusterDefaults.dpm.threshold },
    ),
    targetPercent: integer('Load of a host, in percent of capacity, that power management aims at.', {
      minimum: 40,
      maximum: 90,
      default: clusterDefaults.dpm.targetPercent,
    }),
    tolerancePercent: integer(
      'How far a host may be from the target: above target + tolerance a host is woken, below target − tolerance one may sleep.',
      { minimum: 10, maximum: 40, default: clusterDefaults.dpm.tolerancePercent },
    ),
    onWindowSeconds: integer('Simulated seconds of demand that are looked at before a host is woken.', {
      minimum: 0,
      maximum: 3600,
      default: clusterDefaults.dpm.onWindowSeconds,
    }),
    offWindowSeconds: integer('Simulated seconds of demand that are looked at before a host goes to sleep.', {
      minimum: 0,
      maximum: 3600,
      default: clusterDefaults.dpm.offWindowSeconds,
    }),
    minPoweredOn: object(
      'What stays on whatever the load.',
      {
        hosts: integer('Hosts.', { minimum: 1, maximum: 10_000, default: clusterDefaults.dpm.minPoweredOn.hosts }),
        cpuMHz: integer('Processor capacity, in MHz.', {
          minimum: 0,
          maximum: 1_000_000_000,
          default: clusterDefaults.dpm.minPoweredOn.cpuMHz,
        }),
        memory: quantity('Memory capacity.', {
          default: clusterDefaults.dpm.minPoweredOn.memory,
          rules: bytes('1Mi', '512Gi', { zero: true }),
        }),
      },
      { default: {} },
    ),
    advanced: options("Tuning of power management by VMware's names.", dpmOptions),
  },
  {
    rules: [
      {
        rule: 'self.targetPercent + self.tolerancePercent <= 100',
        message:
          'targetPercent + tolerancePercent is over 100: no host could ever be that loaded, so none would be woken',
        fieldPath: '.tolerancePercent',
      },
    ],
  },
);

const needs = (policy: string) => (name: string) =>
  `${name} belongs to policy ${policy}: set spec.ha.admissionControl.policy, or remove ${name} (null in a patch)`;

const admissionControl = object(
  'Room kept free for restarts. A VM that would take it is not admitted (InsufficientFailoverResources); a restart by HA always is.',
  {
    policy: choice(
      'HostFailures: the largest hostFailures hosts may fail, counted in slots. Percentage: shares of capacity stay unreserved. FailoverHosts: hosts that stand by empty. Disabled: no check.',
      words.admissionPolicies,
      { default: clusterDefaults.admissionPolicy },
    ),
    hostFailures: integer('HostFailures: how many hosts may fail. Left out: 1.', { minimum: 1, maximum: 31 }),
    slotCPUMHzMax: integer(
      'HostFailures: a slot has at most this many MHz; larger VMs then take several. Left out: as much as the largest reservation.',
      { minimum: 1, maximum: 10_000_000 },
    ),
    slotMemoryMax: quantity('HostFailures: the same for memory.', { rules: bytes('1Mi', '4Gi') }),
    slotCPUMHzMin: integer(
      'HostFailures: MHz counted for a VM without reservation. Left out: 32 (256 before ESX 5.0).',
      { minimum: 0, maximum: 10_000_000 },
    ),
    slotMemoryMin: quantity('HostFailures: memory counted at least for a VM. Left out: its overhead.', {
      rules: bytes('1Mi', '256Mi', { zero: true }),
    }),
    cpuPercent: integer('Percentage: CPU capacity that stays unreserved. Left out: 25.', { minimum: 0, maximum: 100 }),
    memoryPercent: integer('Percentage: memory that stays unreserved. Left out: 25.', { minimum: 0, maximum: 100 }),
    hosts: list(
      'FailoverHosts: names of the hosts that take no VM until another host fails.',
      nameOf('Name of a Host.'),
      {
        type: 'set',
        minItems: 1,
        maxItems: 64,
      },
    ),
  },
  {
    default: { policy: clusterDefaults.admissionPolicy },
    rules: [
      ...onlyWhen(
        "self.policy == 'HostFailures'",
        ['hostFailures', 'slotCPUMHzMax', 'slotMemoryMax', 'slotCPUMHzMin', 'slotMemoryMin'],
        needs('HostFailures'),
      ),
      ...onlyWhen("self.policy == 'Percentage'", ['cpuPercent', 'memoryPercent'], needs('Percentage')),
      ...onlyWhen("self.policy == 'FailoverHosts'", ['hosts'], needs('FailoverHosts')),
      {
        rule: "self.policy != 'FailoverHosts' || has(self.hosts)",
        message: 'policy FailoverHosts needs hosts: name the hosts that stand by',
        fieldPath: '.hosts',
        reason: 'FieldValueRequired',
      },
      {
        rule: '!has(self.slotCPUMHzMin) || !has(self.slotCPUMHzMax) || self.slotCPUMHzMin <= self.slotCPUMHzMax',
        message: 'slotCPUMHzMin must not exceed slotCPUMHzMax: lower slotCPUMHzMin or raise slotCPUMHzMax',
        fieldPath: '.slotCPUMHzMin',
      },
      quantityAtMost(
        'slotMemoryMin',
        'slotMemoryMax',
        'slotMemoryMin must not exceed slotMemoryMax: lower slotMemoryMin or raise slotMemoryMax',
      ),
    ],
  },
);

export const ha = object(
  'High availability: VMs of a host that fails are started on others, whether or not the controllers live. Left out: off.',
  {
    enabled: required(boolean('Whether failed hosts are watched for and their VMs restarted.')),
    hostMonitoring: boolean('False: pause the watch, as during work on the network.', {
      default: clusterDefaults.ha.hostMonitoring,
    }),
    admissionControl,
    restartPriority: choice(
      'For VMs that say nothing themselves: High before Medium before Low; Disabled: not restarted.',
      words.restartPriorities,
      { default: clusterDefaults.ha.restartPriority },
    ),
    isolationResponse: choice(
      'What a host that is cut off from all others does with its VMs: LeavePoweredOn, PowerOff, or ShutDown (the guests are asked first). Left out: LeavePoweredOn (ShutDown before ESX 5.0).',
      words.isolationResponses,
    ),
    isolationShutdownSeconds: integer('Simulated seconds that ShutDown waits before the plug is pulled.', {
      minimum: 0,
      maximum: 86400,
      default: clusterDefaults.ha.isolationShutdownSeconds,
    }),
    isolationAddresses: list(
      'Addresses that a host without heartbeats pings to tell its own isolation from the failure of others. Left out: its gateway.',
      text('An address or name.', { maxLength: 253, minLength: 1 }),
      { type: 'set', maxItems: 10 },
    ),
    heartbeatDatastores: integer('Datastores over which a host shows that it lives when the network is down.', {
      minimum: 2,
      maximum: 5,
      default: clusterDefaults.ha.heartbeatDatastores,
    }),
    vmMonitoring: choice(
      "Reset guests that hang. Disabled: never. VMOnly: watch the heartbeat of the tools. VMAndApplication: of applications too. A VM's spec.ha.monitoring overrides it.",
      words.monitoringModes,
      { default: clusterDefaults.ha.vmMonitoring },
    ),
    sensitivity: choice(
      'Seconds without heartbeat, after seconds of uptime, and at most 3 resets in a window. High: 30, 120, an hour. Medium: 60, 240, a day. Low: 120, 480, 7 days. Custom: the fields below.',
      words.sensitivities,
      { default: clusterDefaults.ha.sensitivity },
    ),
    ...customSensitivity,
    advanced: options("Tuning of HA by VMware's names.", haOptions),
  },
  { rules: customSensitivityRules('spec.ha.sensitivity') },
);
