/**
 * What users get wrong, kind by kind. Each row: the kind, what is written over the smallest valid spec (YAML; null
 * removes), the field that the refusal must name, and what it must say.
 */
export type Mistake = readonly [kind: string, over: string, field: string, says: string];

export const smallest: Readonly<Record<string, string>> = {
  Host: 'cpu: {coresPerSocket: 8, mhz: 2000}, memory: {size: 64Gi}',
  VirtualMachine: '',
  Cluster: '',
  ResourcePool: 'cluster: c1',
  Datastore: 'capacity: 1Ti',
  Network: '',
  Migration: 'virtualMachine: vm1, targetHost: h1',
  Recommendation: '',
  VirtualMachineTemplate: '',
  Clone: 'source: {name: vm1}, target: vm2',
  Snapshot: 'virtualMachine: vm1',
  VirtualAppliance: 'members: [{name: web, template: t1}]',
  Fault: 'target: {kind: Host, name: h1}, type: Crash',
  Clock: '',
};

/** Fields that do not exist, as kubectl's strict validation refuses them; what it says is the path. */
export const unknownFields: readonly (readonly [kind: string, over: string, path: string])[] = [
  ['Host', 'cpu: {cores: 8}', 'spec.cpu.cores'],
  ['Host', 'memory: {capacity: 8Gi}', 'spec.memory.capacity'],
  ['Host', 'networks: [{name: lan, speed: 10}]', 'spec.networks[0].speed'],
  ['VirtualMachine', 'cpus: 2', 'spec.cpus'],
  ['VirtualMachine', 'cpu: {reservation: 500}', 'spec.cpu.reservation'],
  ['VirtualMachine', 'cpu: {share: High}', 'spec.cpu.share'],
  ['VirtualMachine', 'memory: {sizeGB: 4}', 'spec.memory.sizeGB'],
  ['VirtualMachine', 'disks: [{name: a, size: 1Gi, datastore: s, type: thin}]', 'spec.disks[0].type'],
  ['VirtualMachine', 'disks: {root: 20Gi}', 'spec.disks.root'],
  ['VirtualMachine', 'nics: [{network: lan, mac: x}]', 'spec.nics[0].mac'],
  ['VirtualMachine', 'workload: {cpu: 50}', 'spec.workload.cpu'],
  ['Cluster', 'hosts: [h1]', 'spec.hosts'],
  ['Cluster', 'drs: {enabled: true, level: 3}', 'spec.drs.level'],
  ['VirtualMachineTemplate', 'power: "On"', 'spec.power'],
  ['VirtualMachineTemplate', 'cluster: c', 'spec.cluster'],
  ['Migration', 'vm: x', 'spec.vm'],
  ['Clock', 'rate: 2', 'spec.rate'],
];

/** Names that do not fit: kind, name, and what is said. */
export const badNames: readonly (readonly [kind: string, name: string, says: string])[] = [
  ['VirtualMachine', 'v'.repeat(64), 'at most 63 characters'],
  ['VirtualMachine', 'v'.repeat(300), 'no more than 253'],
  ['VirtualMachine', 'Web_1', 'RFC 1123'],
  ['Host', 'h'.repeat(64), 'at most 63 characters'],
  ['Cluster', 'c'.repeat(64), 'at most 63 characters'],
  ['VirtualAppliance', 'a'.repeat(57), 'at most 58 characters together'],
  ['Clock', 'main', 'set metadata.name to default'],
];

/** Changes that are refused: kind, what it was, what it becomes, the field. */
export const immutableFields: readonly (readonly [kind: string, before: string, after: string, field: string])[] = [
  ['VirtualMachine', 'cluster: c1', 'cluster: c2', 'spec.cluster'],
  ['VirtualMachine', 'cluster: c1', 'cluster: null', 'spec.cluster'],
  ['VirtualMachine', '', 'cluster: c1', 'spec.cluster'],
  ['VirtualMachine', 'template: t1', 'template: t2', 'spec.template'],
  ['VirtualMachine', '', 'template: t1', 'spec.template'],
  ['Migration', '', 'virtualMachine: other', 'spec.virtualMachine'],
  ['Migration', '', 'targetHost: other', 'spec.targetHost'],
  ['Migration', '', 'targetDatastore: other', 'spec.targetDatastore'],
  ['Clone', '', 'source: {name: other}', 'spec.source'],
  ['Clone', '', 'target: other', 'spec.target'],
  ['Clone', '', 'type: Linked', 'spec.type'],
  ['Snapshot', '', 'virtualMachine: other', 'spec.virtualMachine'],
  ['Snapshot', '', 'memory: true', 'spec.memory'],
  ['Fault', '', 'target: {name: h2}', 'spec.target'],
  ['Fault', '', 'type: Hang', 'spec.type'],
];

/** Changes that stay allowed. */
export const mutableFields: readonly (readonly [kind: string, before: string, after: string])[] = [
  ['VirtualMachine', 'cluster: c1, host: h1', 'host: h2, resourcePool: p, power: "Off"'],
  ['VirtualMachine', 'workload: {idle: {}}', 'workload: {idle: null, constant: {cpuPercent: 5}}'],
  ['Host', 'cluster: c1', 'cluster: c2, maintenance: true'],
  ['Migration', '', 'priority: High'],
  ['Fault', '', 'durationSeconds: 5'],
  ['Recommendation', '', 'approved: true'],
];

/** Specs that look odd and are right. */
export const unusual: readonly (readonly [kind: string, over: string])[] = [
  ['VirtualMachine', 'nics: [{network: lan}, {network: lan, name: second}, {network: dmz}]'],
  ['VirtualMachine', 'memory: {size: 1073741824, reservation: 0}'],
  ['VirtualMachine', 'memory: {size: 1.5Gi, reservation: 1024Mi, limit: 2G}'],
  ['VirtualMachine', 'memory: {reservation: 0Gi}'],
  ['VirtualMachine', 'memory: {size: 1e9}'],
  [
    'VirtualMachine',
    'disks: [{name: a, size: 21474836480, datastore: s}, {name: b, size: 1T, datastore: s}, {name: c, size: 512Mi, datastore: s}]',
  ],
  ['VirtualMachine', 'cpu: {shares: 1, affinity: [0, 3]}, xen: {vcpuPin: [[0], [], [1, 2]]}'],
  ['VirtualMachine', 'ha: {monitoring: {sensitivity: Custom, failureIntervalSeconds: 30, windowSeconds: -1}}'],
  ['VirtualMachine', 'faultTolerance: {enabled: true, suspended: true}'],
  ['VirtualMachine', 'workload: {idle: {}, shutdownAfterSeconds: 60}'],
  ['Host', 'hypervisor: {type: Xen}'],
  ['Host', 'hypervisor: {type: Xen, advanced: {}}'],
  ['Host', 'hypervisor: {version: "4.0", advanced: {Mem.IdleTax: 0, Numa.PreferHT: 1}}'],
  ['Host', 'cpu: {vendor: AMD, family: Opteron, virtualization: AMD-V, sockets: 3, numaNodes: 6}'],
  ['Host', 'watts: {standby: 5}'],
  ['Host', 'bmc: {type: None}, power: "On"'],
  ['Cluster', 'drs: {enabled: true}, dpm: {enabled: true}'],
  ['Cluster', 'ha: {enabled: true, admissionControl: {policy: Percentage, cpuPercent: 30}}'],
  ['Cluster', 'ha: {enabled: true, admissionControl: {policy: FailoverHosts, hosts: [h1]}}'],
  ['Cluster', 'ha: {enabled: true, advanced: {das.maxvmrestartcount: 3, das.config.fdm.hostTimeout: 20}}'],
  [
    'Cluster',
    'rules: [{name: r, type: NotRunOn, enforcement: Should, virtualMachines: {names: [a]}, hosts: {matchLabels: {disk: slow}}}]',
  ],
  ['ResourcePool', 'cluster: null, parent: gold'],
  ['Migration', 'targetHost: null, targetDatastore: san2'],
  ['Clone', 'source: {kind: VirtualMachineTemplate, name: t1}, target: t1'],
  ['VirtualAppliance', 'members: null, cloneFrom: other'],
  ['VirtualAppliance', 'replicas: 0'],
  ['Fault', 'type: LoseDatastore, mode: DeviceLoss, datastore: san1'],
  ['Fault', 'type: SlowNetwork, target: {kind: Network, name: lan}, percent: 50'],
  ['Fault', 'target: {kind: Management, name: datacenter}, durationSeconds: 0.5'],
  ['Clock', 'speed: 0.5'],
];
