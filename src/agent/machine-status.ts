import type { VirtualMachineStatus } from '../api/virtual-machine.ts';
import { deepEqual } from '../base/json.ts';
import { formatBytes, quantityToNumber } from '../base/quantity.ts';
import type { MachineReport } from '../hypervisor/backend.ts';
import type { Said } from '../model/said.ts';

/** The fields of a VirtualMachine's status that say what its machine reports. */
export type MachineStatus = Pick<
  VirtualMachineStatus,
  'power' | 'ip' | 'macs' | 'uuid' | 'restarts' | 'staleInstances' | 'files' | 'guest' | 'shares' | 'cpu' | 'memory'
>;

export function machineStatus(report: MachineReport): MachineStatus {
  const { config, files, macs, staleInstances, guest, usage, epoch, resumes = 0, resets } = report;
  return {
    power: report.power,
    ip: report.ip,
    macs,
    uuid: report.uuid,
    restarts: Math.max(0, epoch - resumes - 1) + resets,
    staleInstances: staleInstances.length === 0 ? undefined : staleInstances,
    files: files.map(({ path, kind, size }) => ({ path, kind, size: formatBytes(size) })),
    guest,
    shares: { cpu: config.cpu.shares, memory: config.memory.shares },
    cpu: cpuStatus(report),
    memory: memoryStatus(usage.memory),
  } as MachineStatus;
}

function cpuStatus({ usage, cpuFeatures, power }: MachineReport): MachineStatus['cpu'] {
  const rounded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(usage.cpu)) {
    if (typeof value !== 'number') rounded[name] = value;
    else rounded[name] = name.endsWith('Percent') ? Math.round(value * 10) / 10 : Math.round(value);
  }
  // What the guest has seen of the processor counts for as long as it lives.
  if (cpuFeatures !== undefined && power !== 'Off') rounded['features'] = cpuFeatures;
  return rounded as MachineStatus['cpu'];
}

const KBPS = new Set(['swapInKBps', 'swapOutKBps']);

function memoryStatus(memory: MachineReport['usage']['memory']): MachineStatus['memory'] {
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(memory)) {
    written[name] = KBPS.has(name) ? Math.round(value) : formatBytes(wholeMiB(value));
  }
  return written as MachineStatus['memory'];
}

/** Samples and estimates carry no more than that. */
function wholeMiB(bytes: number): number {
  return Math.round(bytes / 2 ** 20) * 2 ** 20;
}

/** Whether a hypervisor runs it. */
export function runningCondition({ power, host, exit, isResuming }: MachineReport): Said<'Running'> {
  const say = (status: 'True' | 'False', reason: string, message: string) =>
    ({ type: 'Running', status, reason, message }) as const;
  switch (power) {
    case 'On':
      return say('True', 'Running', `on ${host}`);
    case 'PoweringOff':
    case 'Suspending':
      return say('True', power, `on ${host}, ${power === 'Suspending' ? 'being suspended' : 'being powered off'}`);
    case 'PoweringOn':
      if (isResuming) return say('False', 'Resuming', `being resumed on ${host}`);
      return say('False', 'PoweringOn', `being powered on on ${host}`);
    case 'Suspended':
      return say('False', 'Suspended', `its memory is in a file; ran on ${host}`);
    case 'Off': {
      const reason = exit?.reason ?? 'Requested';
      return say(
        'False',
        reason === 'Requested' ? 'PoweredOff' : reason,
        exitMessages[reason]!.replace('{host}', host),
      );
    }
  }
}

const exitMessages: Readonly<Record<string, string>> = {
  Requested: 'off, as asked',
  GuestShutdown: 'the guest shut itself down on {host}',
  GuestCrash: 'the guest crashed on {host}',
  HostFailed: 'its host {host} failed',
  HostDirect: 'powered off at {host} itself',
  LockLost: 'ended on {host}, where it had lost the lock on its files',
};

/** How much a change of status matters: what moved besides usage is told at once, usage when it moved far enough. */
export type Weight = 'None' | 'Usage' | 'State';

/** Usage counts as moved from a tenth of what the machine has. */
const POINTS = 0.1;
/** Active memory is estimated from a hundred pages: of what it moves, 5 points are nothing but chance. */
const ACTIVE_POINTS = 0.15;

/**
 * @param capacityMHz of all its vCPUs
 */
export function weightOf(
  before: VirtualMachineStatus,
  after: MachineStatus,
  capacityMHz: number,
  size: number,
): Weight {
  const { cpu: oldCpu, memory: oldMemory, files: oldFiles } = before;
  const { cpu, memory, files, ...rest } = after;
  for (const [name, value] of Object.entries(rest)) {
    if (!deepEqual((before as Readonly<Record<string, unknown>>)[name], value)) return 'State';
  }
  if (!deepEqual(oldCpu?.features, cpu?.features) || !sameFiles(oldFiles, files)) return 'State';
  const moved = (a: number | undefined, b: number | undefined, whole: number, points = POINTS) =>
    Math.abs((a ?? 0) - (b ?? 0)) >= points * whole;
  const bytes = (text: string | number | undefined) => (text === undefined ? 0 : quantityToNumber(text));
  const isFar =
    moved(oldCpu?.usedMHz, cpu?.usedMHz, capacityMHz) ||
    moved(oldCpu?.demandMHz, cpu?.demandMHz, capacityMHz) ||
    moved(oldCpu?.readyPercent, cpu?.readyPercent, 100) ||
    moved(oldCpu?.coStopPercent, cpu?.coStopPercent, 100) ||
    moved(oldCpu?.swapWaitPercent, cpu?.swapWaitPercent, 100);
  const isMemoryFar =
    moved(bytes(oldMemory?.consumed), bytes(memory?.consumed), size) ||
    moved(bytes(oldMemory?.active), bytes(memory?.active), size, ACTIVE_POINTS) ||
    moved(bytes(oldMemory?.ballooned), bytes(memory?.ballooned), size) ||
    moved(bytes(oldMemory?.swapped), bytes(memory?.swapped), size) ||
    moved(bytes(oldMemory?.sharedSaved), bytes(memory?.sharedSaved), size / 4);
  // A guest that boots touches its memory for the first time; how much that was is told when it runs.
  const isNews = isFar || (isMemoryFar && after.guest?.state !== 'Booting');
  return isNews || oldCpu === undefined ? 'Usage' : 'None';
}

/** Which files there are; how far a thin disk has grown goes along with other news. */
function sameFiles(a: MachineStatus['files'], b: MachineStatus['files']): boolean {
  return (a ?? []).length === (b ?? []).length && (a ?? []).every(({ path }, index) => path === b?.[index]?.path);
}
