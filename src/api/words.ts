/** Every word that a field of the API can hold, in the order in which a person would expect to read them. */

export const hypervisorTypes = ['ESX', 'Xen'] as const;
export const hypervisorVersions = ['4.0', '4.1', '5.0', '3.2', '4'] as const;
export const cpuVendors = ['Intel', 'AMD'] as const;
export const virtualizationExtensions = ['VT-x', 'AMD-V', 'None'] as const;
export const networkRoles = ['Management', 'VirtualMachine', 'Migration', 'FaultTolerance', 'Storage'] as const;
export const bmcTypes = ['IPMI', 'iLO', 'WakeOnLan', 'None'] as const;
export const hostPowers = ['On', 'Off', 'Standby'] as const;
export const hostPowerStates = [
  'On',
  'Off',
  'PoweringOn',
  'PoweringOff',
  'EnteringStandby',
  'Standby',
  'ExitingStandby',
  'Failed',
] as const;
export const hostConnections = [
  'Connected',
  'NotResponding',
  'Isolated',
  'Partitioned',
  'AgentDown',
  'Dead',
  'Disconnected',
  'Unknown',
] as const;
export const maintenanceStates = ['None', 'Entering', 'In'] as const;
export const haRoles = ['Master', 'Slave', 'None'] as const;
export const memoryStates = ['High', 'Soft', 'Hard', 'Low'] as const;
export const hostDpmModes = ['Default', 'Disabled', 'Manual', 'Automatic'] as const;

export const machinePowers = ['On', 'Off', 'Suspended'] as const;
export const machinePowerStates = ['Off', 'PoweringOn', 'On', 'PoweringOff', 'Suspending', 'Suspended'] as const;
export const machinePhases = [
  'Pending',
  'Cloning',
  'Placing',
  'PoweringOn',
  'Running',
  'Suspending',
  'Suspended',
  'Resuming',
  'ShuttingDown',
  'Off',
  'Inaccessible',
  'Orphaned',
  'Failed',
] as const;
export const guestStates = ['Stopped', 'Booting', 'Running', 'ShuttingDown', 'Hung', 'Crashed'] as const;
export const heartbeats = ['Green', 'Red', 'Gray'] as const;
export const powerOffModes = ['Hard', 'GuestShutdown'] as const;
export const restartPolicies = ['Always', 'OnFailure'] as const;
export const reclaimPolicies = ['Delete', 'Retain'] as const;
export const guestVirtualizations = ['HVM', 'PV'] as const;
export const guestTools = ['Installed', 'None'] as const;
export const shareLevels = ['Low', 'Normal', 'High'] as const;
export const maxSkews = ['Strict', 'Relaxed', 'Individual'] as const;
export const htSharings = ['Any', 'None', 'Internal'] as const;
export const diskProvisionings = ['Thin', 'Thick', 'EagerZeroedThick'] as const;
export const deviceTypes = ['CDROM', 'Floppy', 'USB', 'SerialPort', 'ParallelPort', 'SoundCard', 'PCI'] as const;
export const deviceBackings = ['Host', 'Client', 'Datastore'] as const;
export const fileKinds = ['Config', 'Disk', 'Swap', 'Suspend', 'Snapshot', 'Log'] as const;
export const syncKinds = ['SpinLock', 'Barrier'] as const;

export const drsAutomations = ['Manual', 'PartiallyAutomated', 'FullyAutomated'] as const;
export const machineDrsAutomations = ['Disabled', ...drsAutomations] as const;
export const dpmAutomations = ['Manual', 'FullyAutomated'] as const;
export const admissionPolicies = ['HostFailures', 'Percentage', 'FailoverHosts', 'Disabled'] as const;
export const restartPriorities = ['Disabled', 'Low', 'Medium', 'High'] as const;
export const isolationResponses = ['LeavePoweredOn', 'PowerOff', 'ShutDown'] as const;
export const monitoringModes = ['Disabled', 'VMOnly', 'VMAndApplication'] as const;
export const sensitivities = ['Low', 'Medium', 'High', 'Custom'] as const;
export const ruleTypes = ['Together', 'Separate', 'RunOn', 'NotRunOn'] as const;
export const enforcements = ['Must', 'Should'] as const;
export const ruleStates = ['Active', 'Violated', 'Conflict', 'Disabled'] as const;
export const clusterStates = ['Valid', 'Overcommitted', 'Invalid'] as const;
export const evcModes = [
  'intel-merom',
  'intel-penryn',
  'intel-nehalem',
  'intel-westmere',
  'intel-sandybridge',
  'intel-ivybridge',
  'amd-rev-e',
  'amd-rev-f',
  'amd-greyhound-no3dnow',
  'amd-greyhound',
  'amd-bulldozer',
] as const;
export const faultToleranceStates = [
  'NotConfigured',
  'Disabled',
  'Enabled',
  'NeedSecondary',
  'Starting',
  'Running',
] as const;

export const datastoreTypes = ['VMFS', 'NFS', 'Local'] as const;
export const datastoreBackings = ['FibreChannel', 'ISCSI', 'NAS', 'Local'] as const;

/** Who asked for an object that one of our programs may create. */
export const requesters = ['User', 'DRS', 'DPM', 'HA', 'FT', 'Maintenance', 'Placement', 'Appliance'] as const;
export const priorities = ['Low', 'Normal', 'High'] as const;
export const migrationPhases = [
  'Pending',
  'Preparing',
  'PreCopy',
  'Switchover',
  'Resuming',
  'Cleanup',
  'Succeeded',
  'Failed',
  'Cancelled',
] as const;
export const migrationTypes = ['Live', 'Cold', 'Storage', 'LiveAndStorage', 'ColdAndStorage'] as const;
export const recommendationActions = ['Migrate', 'PowerOn', 'EnterStandby', 'ExitStandby'] as const;
export const recommendationPhases = ['Pending', 'Approved', 'Running', 'Succeeded', 'Failed', 'Expired'] as const;
/** vSphere's codes (ClusterRecommendation.reason), in CamelCase. */
export const recommendationReasons = [
  'FairnessCpuAvg',
  'FairnessMemAvg',
  'JointAffin',
  'AntiAffin',
  'HostMaint',
  'EnterStandby',
  'ReservationCpu',
  'ReservationMem',
  'PowerOnVm',
  'PowerSaving',
  'IncreaseCapacity',
  'CheckResource',
  'UnreservedCapacity',
  'VmHostHardAffinity',
  'VmHostSoftAffinity',
  'BalanceDatastore',
] as const;

export const cloneSources = ['VirtualMachine', 'VirtualMachineTemplate', 'VirtualAppliance'] as const;
export const cloneTypes = ['Full', 'Linked'] as const;
export const clonePhases = ['Pending', 'Copying', 'Succeeded', 'Failed'] as const;
export const snapshotPhases = ['Pending', 'Creating', 'Active', 'Consolidating', 'Failed'] as const;
export const applianceStopActions = ['PowerOff', 'GuestShutdown', 'Suspend', 'None'] as const;
export const applianceStartActions = ['PowerOn', 'None'] as const;
export const appliancePhases = ['Stopped', 'Starting', 'Started', 'Stopping', 'Suspended'] as const;

export const faultTargets = ['Host', 'VirtualMachine', 'Datastore', 'Network', 'Management'] as const;
export const managementPrograms = ['controllers', 'apiserver', 'datacenter'] as const;
export const faultTypes = [
  'Crash',
  'Dom0Crash',
  'Hang',
  'PowerCut',
  'IsolateNetwork',
  'PartitionNetwork',
  'SlowNetwork',
  'PathLoss',
  'LoseDatastore',
  'DatastoreFull',
  'SlowDisk',
  'StopAgent',
  'FailWake',
  'BMCUnreachable',
  'GuestHang',
  'GuestCrash',
  'FTTestFailover',
] as const;
export const faultModes = ['AllPathsDown', 'DeviceLoss'] as const;
export const faultPhases = ['Pending', 'Active', 'Healed', 'Failed'] as const;
