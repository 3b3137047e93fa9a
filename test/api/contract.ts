/** The objects that design/api.md shows, as a user would type them; `{...}` there is filled in here. */
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Every document of a YAML text, as plain JSON. */
export function manifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

/** Table 1's host, the machine, the cluster and the appliance of api.md, and the sentences about the other kinds. */
export const contract = manifests(`
apiVersion: orrery.dev/v1alpha1
kind: Host
metadata: {name: rack1-h01}
spec:
  cluster: rack1
  hypervisor: {type: ESX, version: "5.0", advanced: {}}
  cpu: {vendor: Intel, family: Nehalem, features: [sse4.2, popcnt], virtualization: VT-x,
        sockets: 4, coresPerSocket: 8, threadsPerCore: 1, mhz: 2260, numaNodes: 4, llcPerSocket: 1}
  memory: {size: 256Gi}
  datastores: [san1, san2]
  networks: [{name: lan, roles: [Management, VirtualMachine], mbps: 1000},
             {name: vmotion, roles: [Migration, FaultTolerance], mbps: 10000}]
  power: On
  maintenance: false
  bmc: {type: IPMI, bootSeconds: 180, standbySeconds: 60}
  watts: {idle: 150, peak: 250, standby: 10}
  dpm: Default
---
apiVersion: orrery.dev/v1alpha1
kind: Host
metadata: {name: xen-h01}
spec:
  hypervisor: {type: Xen, version: "3.2"}
  cpu: {coresPerSocket: 8, mhz: 2260}
  memory: {size: 256Gi}
  watts: {curve: [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117], standby: 10}
  xen: {dom0: {vcpus: 2, memory: 2Gi, weight: 256}, timesliceMilliseconds: 30, ratelimitMicroseconds: 1000}
---
apiVersion: orrery.dev/v1alpha1
kind: VirtualMachine
metadata: {name: web-1}
spec:
  cluster: rack1
  host: rack1-h01
  resourcePool: gold
  power: On
  restartedAt: "2026-01-01T00:00:00Z"
  powerOff: {mode: Hard, timeoutSeconds: 300}
  restartPolicy: OnFailure
  reclaimPolicy: Delete
  guest: {os: linux, virtualization: HVM, pvDrivers: false, tools: Installed, bootSeconds: 30, shutdownSeconds: 20}
  cpu: {count: 2, shares: Normal, reservationMHz: 0, limitMHz: 4000, maxSkew: Individual,
        affinity: [], htSharing: Any, numaNodeAffinity: [], vsmpConsolidate: false, model: "", hotAdd: false}
  memory: {size: 4Gi, shares: Normal, reservation: 1Gi, limit: 4Gi, hotAdd: false}
  xen: {weight: 256, cap: 0, vcpuPin: []}
  disks: [{name: root, size: 20Gi, datastore: san1, provisioning: Thin, shares: Normal, limitIOPS: 0}]
  nics: [{network: lan, limitMbps: 0}]
  devices: [{type: CDROM, backing: Datastore}]
  workload: {constant: {cpuPercent: 50}}
  template: ubuntu
  drs: {automation: FullyAutomated}
  ha: {restartPriority: Medium, isolationResponse: ShutDown, monitoring: {mode: VMOnly, sensitivity: High}}
  faultTolerance: {enabled: false, suspended: false}
---
apiVersion: orrery.dev/v1alpha1
kind: Cluster
metadata: {name: rack1}
spec:
  drs: {enabled: true, automation: FullyAutomated, migrationThreshold: 3, intervalSeconds: 300, advanced: {}}
  dpm: {enabled: false, automation: FullyAutomated, threshold: 3, targetPercent: 63, tolerancePercent: 18,
        onWindowSeconds: 300, offWindowSeconds: 2400, minPoweredOn: {hosts: 1, cpuMHz: 1, memory: 1Mi}, advanced: {}}
  ha: {enabled: true, hostMonitoring: true,
       admissionControl: {policy: HostFailures, hostFailures: 1, slotCPUMHzMax: 2000, slotMemoryMax: 4Gi, slotCPUMHzMin: 32, slotMemoryMin: 0},
       restartPriority: Medium, isolationResponse: LeavePoweredOn, isolationShutdownSeconds: 300, isolationAddresses: [gw], heartbeatDatastores: 2,
       vmMonitoring: Disabled, advanced: {}}
  evc: {mode: intel-nehalem}
  rules:
    - {name: web-apart, type: Separate, enabled: true, virtualMachines: {matchLabels: {app: web}}}
    - {name: db-on-san, type: RunOn, enforcement: Must, virtualMachines: {names: [db-1]}, hosts: {names: [rack1-h01]}}
---
apiVersion: orrery.dev/v1alpha1
kind: ResourcePool
metadata: {name: gold}
spec:
  cluster: rack1
  parent: top
  cpu: {shares: High, reservationMHz: 1000, limitMHz: 8000, expandable: true}
  memory: {shares: 4000, reservation: 4Gi, limit: 8Gi, expandable: false}
---
apiVersion: orrery.dev/v1alpha1
kind: Datastore
metadata: {name: san1}
spec: {type: VMFS, backing: FibreChannel, capacity: 2Ti, mbps: 4000, iops: 20000, lockTimeoutSeconds: 16}
---
apiVersion: orrery.dev/v1alpha1
kind: Network
metadata: {name: lan}
spec: {vlan: 12, mbps: 1000}
---
apiVersion: orrery.dev/v1alpha1
kind: Migration
metadata: {name: move}
spec: {virtualMachine: web-1, targetHost: rack1-h02, targetDatastore: san2, priority: High, ttlSecondsAfterFinished: 60}
---
apiVersion: orrery.dev/v1alpha1
kind: Recommendation
metadata: {name: r1}
spec: {approved: true}
---
apiVersion: orrery.dev/v1alpha1
kind: VirtualMachineTemplate
metadata: {name: ubuntu}
spec:
  guest: {os: linux}
  cpu: {count: 2}
  memory: {size: 4Gi}
  workload: {idle: {}}
---
apiVersion: orrery.dev/v1alpha1
kind: Clone
metadata: {name: c1}
spec: {source: {kind: VirtualMachine, name: web-1}, target: web-2, type: Linked, datastore: san1, powerOn: true}
---
apiVersion: orrery.dev/v1alpha1
kind: Snapshot
metadata: {name: s1}
spec: {virtualMachine: web-1, memory: true, quiesce: true}
---
apiVersion: orrery.dev/v1alpha1
kind: VirtualAppliance
metadata: {name: shop-2}
spec:
  power: On
  cluster: rack1
  resources: {cpu: {shares: Normal}, memory: {shares: Normal}}
  properties: {dbHost: db.local}
  members:
    - {name: db,  template: postgres, startOrder: 0, startDelaySeconds: 120, waitForGuest: true}
    - {name: app, template: tomcat, replicas: 2, startOrder: 1}
    - {name: web, template: nginx, startOrder: 2, stopAction: GuestShutdown, stopDelaySeconds: 60}
    - {name: cache, appliance: redis-ha}
  cloneFrom: shop
  clone: Linked
---
apiVersion: orrery.dev/v1alpha1
kind: Fault
metadata: {name: f1}
spec: {target: {kind: Host, name: rack1-h01}, type: PartitionNetwork, afterSeconds: 60, durationSeconds: 600, network: lan}
---
apiVersion: orrery.dev/v1alpha1
kind: Clock
metadata: {name: default}
spec: {speed: 20, paused: false, advanceTo: "2010-11-02T00:00:00Z"}
`);

/** Every workload of api.md, and what stands beside it. */
export const workloads: readonly string[] = [
  'idle: {}',
  'constant: {cpuPercent: 50}',
  'periodic: {runMicroseconds: 1000, sleepMicroseconds: 9000}',
  'bursts: [[1000, 2000], [500, 0]]',
  'diurnal: {minPercent: 5, maxPercent: 60, periodHours: 24}',
  'trace: {configMap: planetlab, intervalSeconds: 300}',
  'trace: {file: ./trace.csv}',
  'steps: [{atSeconds: 0, cpuPercent: 10}, {atSeconds: 60.5, cpuPercent: 90}]',
  'parallel: {computeMicroseconds: 1000, criticalMicroseconds: 100, sync: SpinLock}',
  'parallel: {computeMicroseconds: 1000, criticalMicroseconds: 100, sync: Barrier}',
  'idle: {}, burstMicroseconds: 10000, memory: {active: 1Gi, dirtyMBps: 5, writableWorkingSet: 128Mi}',
  'idle: {}, disk: {readMBps: 1, writeMBps: 2.5}',
  'idle: {}, network: {receiveMbps: 1, transmitMbps: 2, requestsPerSecond: 100}',
];

/** Every field of status that api.md names, by kind. */
export const statusPaths: Readonly<Record<string, string>> = {
  Host: `power.state power.lastExitedStandby power.wakeTested connection maintenance ha.role capacity.cpuMHz capacity.memory
    demand.cpuMHz demand.memory entitlement.cpuMHz entitlement.memory used.cpuMHz used.memory virtualMachines memory.minFree
    memory.state memory.free normalizedEntitlement`,
  VirtualMachine: `power phase host ip macs uuid restarts lastMigration staleInstances files.path files.kind files.size
    guest.state guest.heartbeat shares.cpu shares.memory cpu.usedMHz cpu.demandMHz cpu.entitlementMHz cpu.features cpu.numa.node
    cpu.numa.vcpus cpu.runPercent cpu.usedPercent cpu.readyPercent cpu.coStopPercent cpu.limitedPercent cpu.systemPercent
    cpu.waitPercent cpu.swapWaitPercent cpu.idlePercent cpu.progressPercent memory.granted memory.entitlement memory.consumed
    memory.active memory.overhead memory.target memory.ballooned memory.shared memory.sharedSaved memory.zeroed
    memory.compressed memory.swapped memory.swapInKBps memory.swapOutKBps availability.percent availability.downSeconds
    availability.since faultTolerance.state faultTolerance.secondary faultTolerance.secondaryHost
    faultTolerance.lagMilliseconds faultTolerance.logMbps`,
  Cluster: `capacity.cpuMHz capacity.memory capacity.storage capacity.networkMbps demand reserved hosts.total hosts.on
    hosts.standby hosts.failed state imbalance.current imbalance.target haMaster power.watts power.kilowattHours availability
    failover.policy failover.hostsTolerated failover.slotCPUMHz failover.slotMemory failover.slotSetBy failover.slots.total
    failover.slots.used failover.slots.available failover.cpuPercent failover.memoryPercent rules.name rules.state rules.with
    rules.virtualMachines`,
  ResourcePool: `cpu.reservationUsed cpu.unreservedForPool cpu.unreservedForVM cpu.entitlement memory.reservationUsed
    memory.unreservedForPool memory.unreservedForVM memory.entitlement`,
  Migration: `phase type source target rounds.round rounds.sent rounds.dirtied rounds.seconds sent residual deviceState
    connections.kind connections.moved downtimeMilliseconds totalSeconds sourceRemoved reason`,
  Recommendation: `priority reason action virtualMachine host expected.imbalanceBefore expected.imbalanceAfter expected.gain
    expected.cost rejected.host rejected.reason phase`,
  VirtualAppliance: 'phase ready members availability',
  Clock: 'time speed anchorSim anchorReal',
};

/** What each word of a field can be, where api.md lists them. */
export const wordLists: Readonly<Record<string, string>> = {
  'Host.spec.hypervisor.type': 'ESX Xen',
  'Host.spec.hypervisor.version': '4.0 4.1 5.0 3.2 4',
  'Host.spec.networks.roles': 'Management VirtualMachine Migration FaultTolerance Storage',
  'Host.spec.power': 'On Off Standby',
  'Host.spec.bmc.type': 'IPMI iLO WakeOnLan None',
  'Host.spec.dpm': 'Default Disabled Manual Automatic',
  'Host.status.power.state': 'On Off PoweringOn PoweringOff EnteringStandby Standby ExitingStandby Failed',
  // Unknown: architecture.md, "Backend unreachable"
  'Host.status.connection': 'Connected NotResponding Isolated Partitioned AgentDown Dead Disconnected Unknown',
  'Host.status.maintenance': 'None Entering In',
  'Host.status.ha.role': 'Master Slave None',
  'Host.status.memory.state': 'High Soft Hard Low',
  'VirtualMachine.spec.power': 'On Off Suspended',
  'VirtualMachine.spec.powerOff.mode': 'Hard GuestShutdown',
  'VirtualMachine.spec.restartPolicy': 'Always OnFailure',
  'VirtualMachine.spec.reclaimPolicy': 'Delete Retain',
  'VirtualMachine.spec.guest.virtualization': 'HVM PV',
  'VirtualMachine.spec.guest.tools': 'Installed None',
  'VirtualMachine.spec.cpu.maxSkew': 'Strict Relaxed Individual',
  'VirtualMachine.spec.disks.provisioning': 'Thin Thick EagerZeroedThick',
  'VirtualMachine.spec.devices.backing': 'Host Client Datastore',
  'VirtualMachine.spec.workload.parallel.sync': 'SpinLock Barrier',
  'VirtualMachine.spec.ha.restartPriority': 'Disabled Low Medium High',
  'VirtualMachine.spec.ha.isolationResponse': 'LeavePoweredOn PowerOff ShutDown',
  'VirtualMachine.spec.ha.monitoring.mode': 'Disabled VMOnly VMAndApplication',
  'VirtualMachine.spec.ha.monitoring.sensitivity': 'Low Medium High Custom',
  'VirtualMachine.status.power': 'Off PoweringOn On PoweringOff Suspending Suspended',
  'VirtualMachine.status.phase':
    'Pending Cloning Placing PoweringOn Running Suspending Suspended Resuming ShuttingDown Off Inaccessible Orphaned Failed',
  'VirtualMachine.status.guest.state': 'Stopped Booting Running ShuttingDown Hung Crashed',
  'VirtualMachine.status.files.kind': 'Config Disk Swap Suspend Snapshot Log',
  'Cluster.spec.drs.automation': 'Manual PartiallyAutomated FullyAutomated',
  'Cluster.spec.dpm.automation': 'Manual FullyAutomated',
  'Cluster.spec.ha.admissionControl.policy': 'HostFailures Percentage FailoverHosts Disabled',
  'Cluster.spec.ha.restartPriority': 'Disabled Low Medium High',
  'Cluster.spec.ha.isolationResponse': 'LeavePoweredOn PowerOff ShutDown',
  'Cluster.spec.ha.vmMonitoring': 'Disabled VMOnly VMAndApplication',
  'Cluster.spec.ha.sensitivity': 'Low Medium High Custom',
  'Cluster.spec.rules.type': 'Together Separate RunOn NotRunOn',
  'Cluster.spec.rules.enforcement': 'Must Should',
  'Cluster.status.state': 'Valid Overcommitted Invalid',
  'Cluster.status.rules.state': 'Active Violated Conflict Disabled',
  'Datastore.spec.type': 'VMFS NFS Local',
  'Datastore.spec.backing': 'FibreChannel ISCSI NAS Local',
  'Migration.status.phase': 'Pending Preparing PreCopy Switchover Resuming Cleanup Succeeded Failed Cancelled',
  'Recommendation.status.action': 'Migrate PowerOn EnterStandby ExitStandby',
  'Clone.spec.type': 'Full Linked',
  'VirtualAppliance.spec.clone': 'Full Linked',
  'VirtualAppliance.status.phase': 'Stopped Starting Started Stopping Suspended',
  'Fault.spec.type':
    'Crash Dom0Crash Hang PowerCut IsolateNetwork PartitionNetwork SlowNetwork PathLoss LoseDatastore DatastoreFull SlowDisk StopAgent FailWake BMCUnreachable GuestHang GuestCrash FTTestFailover',
  'Fault.spec.mode': 'AllPathsDown DeviceLoss',
};

/** Values that hold when a field is left out and the schema fills it in, as api.md states them. */
export const defaults: Readonly<Record<string, unknown>> = {
  'Host.spec.hypervisor.type': 'ESX',
  'Host.spec.maintenance': false,
  'Host.spec.bmc.type': 'IPMI',
  'Host.spec.bmc.bootSeconds': 180,
  'Host.spec.bmc.standbySeconds': 60,
  'Host.spec.dpm': 'Default',
  'Host.spec.xen.dom0.weight': 256,
  'Host.spec.xen.timesliceMilliseconds': 30,
  'VirtualMachine.spec.power': 'On',
  'Cluster.spec.drs.automation': 'FullyAutomated',
  'Cluster.spec.drs.migrationThreshold': 3,
  'Cluster.spec.drs.intervalSeconds': 300,
  'Cluster.spec.dpm.automation': 'FullyAutomated',
  'Cluster.spec.dpm.threshold': 3,
  'Cluster.spec.dpm.targetPercent': 63,
  'Cluster.spec.dpm.tolerancePercent': 18,
  'Cluster.spec.dpm.onWindowSeconds': 300,
  'Cluster.spec.dpm.offWindowSeconds': 2400,
  'Cluster.spec.dpm.minPoweredOn.hosts': 1,
  'Cluster.spec.dpm.minPoweredOn.cpuMHz': 1,
  'Cluster.spec.dpm.minPoweredOn.memory': '1Mi',
  'Cluster.spec.ha.restartPriority': 'Medium',
  'Cluster.spec.ha.isolationShutdownSeconds': 300,
  'Cluster.spec.ha.heartbeatDatastores': 2,
  'Cluster.spec.ha.hostMonitoring': true,
  'Cluster.spec.ha.vmMonitoring': 'Disabled',
  'ResourcePool.spec.cpu.expandable': true,
  'ResourcePool.spec.memory.expandable': true,
  'ResourcePool.spec.cpu.shares': 'Normal',
  'Datastore.spec.lockTimeoutSeconds': 16,
  'VirtualAppliance.spec.power': 'On',
  'Recommendation.spec.approved': false,
  'Clock.spec.paused': false,
};
