/** What `/metrics` of the datacenter tells, and where each figure is taken from. Base units, as Prometheus asks for. */
import type { DatastoreReport, HostReport, MachineReport } from '../hypervisor/backend.ts';
import type { CpuTimes } from '../hypervisor/cpu/host-cpu.ts';
import type { XenmonRow } from '../hypervisor/schedulers/credit/xenmon.ts';

const MHZ = 1e6;
const KB = 1000;
const MB = 1e6;
const MBIT = 1e6 / 8;
const MS = 0.001;

type HostGauge = readonly [name: string, help: string, of: (report: HostReport) => number | undefined];

export const hostGauges: readonly HostGauge[] = [
  ['up', '1 while its hypervisor is up and reached.', ({ connection }) => (connection === 'Connected' ? 1 : 0)],
  ['vms', 'Virtual machines that are not off.', ({ machines }) => machines.length],
  ['cpu_capacity_hertz', 'Cores x clock.', ({ capacity }) => capacity.cpuMHz * MHZ],
  ['cpu_used_hertz', 'Used by virtual machines and dom0.', ({ used }) => used.cpuMHz * MHZ],
  ['cpu_demand_hertz', 'What would be used if nobody competed.', ({ demand }) => demand.cpuMHz * MHZ],
  ['cpu_entitlement_hertz', 'Due by reservation, limit, shares and demand.', (r) => r.entitlement.cpuMHz * MHZ],
  ['memory_capacity_bytes', 'Installed memory.', ({ capacity }) => capacity.memory],
  ['memory_used_bytes', 'Used by virtual machines, with overhead, and dom0.', ({ used }) => used.memory],
  ['memory_demand_bytes', 'Wanted by virtual machines.', ({ demand }) => demand.memory],
  ['memory_free_bytes', 'Free memory.', ({ memory }) => memory.free],
  ['memory_min_free_bytes', 'Memory that the hypervisor tries to keep free.', ({ memory }) => memory.minFree],
  [
    'memory_state',
    'How short of memory it is: 0 high, 1 soft, 2 hard, 3 low.',
    ({ memory }) => ['High', 'Soft', 'Hard', 'Low'].indexOf(memory.state),
  ],
  [
    'cpu_sampling_interval_seconds',
    'One second in so many is scheduled slice by slice; 1: all. Absent: by the entitlement formula.',
    ({ fidelity }) => (fidelity === undefined ? undefined : Number(fidelity.split(':')[1] ?? 1)),
  ],
  ['dom0_cpu_run_ratio', 'Time that a vCPU of dom0 is on a processor.', ({ dom0 }) => ratio(dom0?.runPercent)],
  ['dom0_cpu_ready_ratio', 'Time that a vCPU of dom0 waits for a processor.', ({ dom0 }) => ratio(dom0?.readyPercent)],
];

type Uplink = HostReport['uplinks'][number];
type UplinkGauge = readonly [name: string, help: string, of: (uplink: Uplink) => number | undefined];

export const uplinkGauges: readonly UplinkGauge[] = [
  ['capacity_bytes_per_second', 'What it carries in each direction.', ({ mbps }) => mbps * MBIT],
  ['receive_bytes_per_second', 'Received by virtual machines.', ({ receiveMbps }) => receiveMbps * MBIT],
  ['transmit_bytes_per_second', 'Sent by virtual machines.', ({ transmitMbps }) => transmitMbps * MBIT],
  ['latency_seconds', 'That a packet waits for it, mean.', ({ latencyMs }) => times(latencyMs, MS)],
];

type DatastoreGauge = readonly [name: string, help: string, of: (report: DatastoreReport) => number | undefined];

export const datastoreGauges: readonly DatastoreGauge[] = [
  ['capacity_bytes', 'Space for files.', ({ capacity }) => capacity],
  ['free_bytes', 'Space that is free.', ({ free }) => free],
  ['hosts', 'Hosts that reach it.', ({ hosts }) => hosts.length],
  ['read_bytes_per_second', 'Read by virtual machines.', ({ traffic }) => traffic.readMBps * MB],
  ['write_bytes_per_second', 'Written by virtual machines.', ({ traffic }) => traffic.writeMBps * MB],
  ['requests_per_second', 'Requests of virtual machines, of 32 KiB.', ({ traffic }) => traffic.iops],
  ['latency_seconds', 'From request to answer, mean.', ({ traffic }) => times(traffic.latencyMs, MS)],
];

type MachineGauge = readonly [name: string, help: string, of: (report: MachineReport) => number | undefined];

const mean = 'Part of the time, mean per vCPU.';

export const machineGauges: readonly MachineGauge[] = [
  ['vcpus', 'Virtual processors.', ({ config }) => config.cpu.count],
  ['cpu_used_hertz', 'Clock cycles used per second.', ({ usage }) => usage.cpu.usedMHz * MHZ],
  ['cpu_demand_hertz', 'What it would use if nobody competed.', ({ usage }) => usage.cpu.demandMHz * MHZ],
  [
    'cpu_entitlement_hertz',
    'Due by reservation, limit, shares and demand.',
    ({ usage }) => usage.cpu.entitlementMHz * MHZ,
  ],
  ['cpu_run_ratio', `On a processor (%RUN). ${mean}`, ({ usage }) => ratio(usage.cpu.runPercent)],
  [
    'cpu_used_ratio',
    `Run, corrected for shared cores and system work (%USED). ${mean}`,
    (r) => ratio(r.usage.cpu.usedPercent),
  ],
  ['cpu_ready_ratio', `Waiting for a processor (%RDY). ${mean}`, ({ usage }) => ratio(usage.cpu.readyPercent)],
  ['cpu_costop_ratio', `Stopped for its siblings (%CSTP). ${mean}`, ({ usage }) => ratio(usage.cpu.coStopPercent)],
  ['cpu_limited_ratio', `Held back by limit or cap (%MLMTD). ${mean}`, ({ usage }) => ratio(usage.cpu.limitedPercent)],
  ['cpu_system_ratio', `Hypervisor's work for it (%SYS). ${mean}`, ({ usage }) => ratio(usage.cpu.systemPercent)],
  ['cpu_wait_ratio', `Blocked or idle (%WAIT). ${mean}`, ({ usage }) => ratio(usage.cpu.waitPercent)],
  ['cpu_swap_wait_ratio', `Waiting for swapped memory (%SWPWT). ${mean}`, (r) => ratio(r.usage.cpu.swapWaitPercent)],
  ['cpu_idle_ratio', `Idle (%IDLE). ${mean}`, ({ usage }) => ratio(usage.cpu.idlePercent)],
  [
    'cpu_progress_ratio',
    'Useful work, of what its time on processors could have given.',
    (r) => ratio(r.usage.cpu.progressPercent),
  ],
  ['memory_size_bytes', 'Configured memory.', ({ config }) => config.memory.size],
  ['memory_granted_bytes', 'Touched by the guest and given.', ({ usage }) => usage.memory.granted],
  ['memory_entitlement_bytes', 'Physical memory due to it.', ({ usage }) => usage.memory.entitlement],
  ['memory_consumed_bytes', 'Physical memory behind it, after sharing.', ({ usage }) => usage.memory.consumed],
  ['memory_active_bytes', 'In use lately, as sampled.', ({ usage }) => usage.memory.active],
  ['memory_overhead_bytes', "The hypervisor's own, to run it.", ({ usage }) => usage.memory.overhead],
  ['memory_target_bytes', 'Where the hypervisor wants its consumption.', ({ usage }) => usage.memory.target],
  ['memory_ballooned_bytes', 'Taken by the balloon.', ({ usage }) => usage.memory.ballooned],
  ['memory_shared_bytes', 'In pages shared with others.', ({ usage }) => usage.memory.shared],
  ['memory_shared_saved_bytes', 'Saved by sharing.', ({ usage }) => usage.memory.sharedSaved],
  ['memory_zeroed_bytes', 'Of zeros only.', ({ usage }) => usage.memory.zeroed],
  ['memory_compressed_bytes', 'Compressed.', ({ usage }) => usage.memory.compressed],
  ['memory_swapped_bytes', 'In the swap file.', ({ usage }) => usage.memory.swapped],
  ['memory_swap_in_bytes_per_second', 'Swapped in.', ({ usage }) => times(usage.memory.swapInKBps, KB)],
  ['memory_swap_out_bytes_per_second', 'Swapped out.', ({ usage }) => times(usage.memory.swapOutKBps, KB)],
  ['disk_read_bytes_per_second', 'Read from disks.', ({ usage }) => times(usage.disk?.readMBps, MB)],
  ['disk_write_bytes_per_second', 'Written to disks.', ({ usage }) => times(usage.disk?.writeMBps, MB)],
  ['disk_requests_per_second', 'Requests to disks.', ({ usage }) => usage.disk?.iops],
  ['disk_latency_seconds', 'From request to answer, mean.', ({ usage }) => times(usage.disk?.latencyMs, MS)],
  ['network_receive_bytes_per_second', 'Received.', ({ usage }) => times(usage.network?.receiveMbps, MBIT)],
  ['network_transmit_bytes_per_second', 'Sent.', ({ usage }) => times(usage.network?.transmitMbps, MBIT)],
  ['network_latency_seconds', 'In the host, mean.', ({ usage }) => times(usage.network?.latencyMs, MS)],
];

type MachineCounter = readonly [name: string, help: string, of: (times: CpuTimes) => number];

const since = 'Since it was started there, over all vCPUs.';

export const machineCounters: readonly MachineCounter[] = [
  ['cpu_run_seconds', `On a processor. ${since}`, ({ run }) => run],
  ['cpu_used_seconds', `On a processor, corrected for shared cores and system work. ${since}`, ({ used }) => used],
  ['cpu_ready_seconds', `Waiting for a processor, limited time included. ${since}`, ({ ready }) => ready],
  ['cpu_costop_seconds', `Stopped for siblings. ${since}`, ({ coStop }) => coStop],
  ['cpu_limited_seconds', `Held back by limit or cap. ${since}`, ({ limited }) => limited],
  ['cpu_system_seconds', `Hypervisor's work for it. ${since}`, ({ system }) => system],
  ['cpu_idle_seconds', `Idle. ${since}`, ({ idle }) => idle],
  ['cpu_swap_wait_seconds', `Waiting for swapped memory. ${since}`, ({ swapWait }) => swapWait],
  ['cpu_progress_seconds', `Useful work, in seconds at full speed. ${since}`, ({ progress }) => progress],
  ['cpu_dispatches', `Times put on a processor. ${since}`, ({ dispatches }) => dispatches],
  ['cpu_wakeups', `Times woken. ${since}`, ({ wakes }) => wakes],
  ['cpu_wakeup_latency_seconds', `From wake-ups to the processor. ${since}`, ({ wakeLatency }) => wakeLatency],
  ['io_requests', `Packets and disk requests that the hypervisor carried. ${since}`, ({ io }) => io],
];

type DomainGauge = readonly [name: string, help: string, of: (row: XenmonRow) => number];
const NS = 1e9;

export const domainGauges: readonly DomainGauge[] = [
  ['executions', 'Times put on a processor.', ({ executions }) => executions],
  ['gotten_ratio', 'On a processor.', ({ gotten }) => gotten.percent / 100],
  ['gotten_seconds', 'On a processor.', ({ gotten }) => gotten.time / NS],
  ['gotten_seconds_per_execution', 'On a processor.', ({ gotten }) => gotten.perExecution / NS],
  ['allocated_seconds_per_execution', 'Slice granted, mean.', ({ allocated }) => allocated.perExecution / NS],
  ['allocated_seconds_min', 'Slice granted, least.', ({ allocated }) => allocated.least / NS],
  ['allocated_seconds_max', 'Slice granted, most.', ({ allocated }) => allocated.most / NS],
  ['waited_ratio', 'Runnable, not on a processor.', ({ waited }) => waited.percent / 100],
  ['waited_seconds', 'Runnable, not on a processor.', ({ waited }) => waited.time / NS],
  ['waited_seconds_per_execution', 'Runnable, not on a processor.', ({ waited }) => waited.perExecution / NS],
  ['blocked_ratio', 'Blocked. Gotten, waited and blocked add up to 1.', ({ blocked }) => blocked.percent / 100],
  ['blocked_seconds', 'Blocked.', ({ blocked }) => blocked.time / NS],
  ['blocked_seconds_per_io', 'Blocked.', ({ blocked }) => blocked.perIo / NS],
  ['io_requests', 'Requests and packets exchanged with dom0.', ({ io }) => io.count],
  ['io_requests_per_execution', 'Requests and packets exchanged with dom0.', ({ io }) => io.perExecution],
];

function ratio(percent: number | undefined): number | undefined {
  return times(percent, 0.01);
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
