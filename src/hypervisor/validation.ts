import type { HostName, MachineConfig, MachineName, PowerOffMode, PowerOnRequest } from './backend.ts';
import { refusal } from './refusal.ts';

/**
 * What comes in through the port may be anything: each check throws `Invalid` with the path of what is wrong and what
 * it has to be. Defects of the caller, not of users: their manifests were checked before.
 */

interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

const MOST_VCPUS = 1024;
const LARGEST = Number.MAX_SAFE_INTEGER;

export function fail(path: string, wanted: string, value: unknown): never {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  throw refusal('Invalid', `${path}: has to be ${wanted}, not ${shown.slice(0, 60)}`);
}

export function checkObject(path: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object', value);
  return value as Record<string, unknown>;
}

export function checkList(path: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) fail(path, 'a list', value);
  return value;
}

export function checkText(path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > 1024) fail(path, 'a text', value);
  return value;
}

export function checkNumber(path: string, value: unknown, { min = 0, max = LARGEST, whole }: Bounds = {}): number {
  const fits = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (fits) return value;
  const kind = whole ? 'a whole number' : 'a number';
  return fail(path, max === LARGEST ? `${kind} from ${min}` : `${kind} from ${min} to ${max}`, value);
}

export function checkBoolean(path: string, value: unknown): boolean {
  if (typeof value !== 'boolean') fail(path, 'true or false', value);
  return value;
}

export function checkWord<T extends string>(path: string, value: unknown, words: readonly T[]): T {
  if (!words.includes(value as T)) fail(path, words.join(' or '), value);
  return value as T;
}

export function checkMachineName(value: unknown): MachineName {
  const { namespace, uid } = checkObject('machine', value);
  checkText('namespace', namespace);
  checkText('uid', uid);
  return value as MachineName;
}

export function checkHostName(value: unknown): HostName {
  const { namespace, name } = checkObject('host', value);
  checkText('namespace', namespace);
  checkText('name', name);
  return value as HostName;
}

export function checkPowerOffMode(path: string, value: unknown): PowerOffMode {
  const { mode, timeoutMs } = checkObject(path, value);
  checkWord(`${path}.mode`, mode, ['Hard', 'GuestShutdown']);
  checkNumber(`${path}.timeoutMs`, timeoutMs);
  return value as PowerOffMode;
}

export function checkPowerOn(value: unknown): PowerOnRequest {
  const { host, config, epoch, restartToken } = checkObject('request', value);
  checkMachineName(value);
  checkText('host', host);
  checkNumber('epoch', epoch, { whole: true });
  if (restartToken !== undefined && typeof restartToken !== 'string') fail('restartToken', 'a text', restartToken);
  checkConfig(config);
  return value as PowerOnRequest;
}

export function checkConfig(value: unknown): MachineConfig {
  const { name, guest, cpu, memory, xen, disks, nics, devices, powerOff, reclaim } = checkObject('config', value);
  checkText('config.name', name);
  checkGuest(checkObject('config.guest', guest));
  checkCpu(checkObject('config.cpu', cpu));
  checkMemory(checkObject('config.memory', memory));
  if (xen !== undefined) checkXen(checkObject('config.xen', xen));
  checkDisks(checkList('config.disks', disks));
  checkList('config.nics', nics).forEach((nic, i) => {
    const { network, shares, limitMbps } = checkObject(`config.nics[${i}]`, nic);
    checkText(`config.nics[${i}].network`, network);
    if (shares !== undefined) checkNumber(`config.nics[${i}].shares`, shares, { min: 1 });
    if (limitMbps !== undefined) checkNumber(`config.nics[${i}].limitMbps`, limitMbps);
  });
  checkList('config.devices', devices).forEach((device, i) => {
    const { type, backing } = checkObject(`config.devices[${i}]`, device);
    checkText(`config.devices[${i}].type`, type);
    checkWord(`config.devices[${i}].backing`, backing, ['Host', 'Client', 'Datastore']);
  });
  checkPowerOffMode('config.powerOff', powerOff);
  checkWord('config.reclaim', reclaim, ['Delete', 'Retain']);
  return value as MachineConfig;
}

function checkGuest({ os, virtualization, pvDrivers, tools, bootMs, shutdownMs }: Record<string, unknown>): void {
  checkText('config.guest.os', os);
  checkWord('config.guest.virtualization', virtualization, ['HVM', 'PV']);
  checkBoolean('config.guest.pvDrivers', pvDrivers);
  checkBoolean('config.guest.tools', tools);
  checkNumber('config.guest.bootMs', bootMs);
  checkNumber('config.guest.shutdownMs', shutdownMs);
}

function checkCpu(cpu: Record<string, unknown>): void {
  const path = 'config.cpu';
  checkNumber(`${path}.count`, cpu['count'], { min: 1, max: MOST_VCPUS, whole: true });
  checkNumber(`${path}.shares`, cpu['shares'], { min: 1 });
  checkNumber(`${path}.reservationMHz`, cpu['reservationMHz']);
  if (cpu['limitMHz'] !== undefined) checkNumber(`${path}.limitMHz`, cpu['limitMHz']);
  checkWord(`${path}.maxSkew`, cpu['maxSkew'], ['Strict', 'Relaxed', 'Individual']);
  checkWord(`${path}.htSharing`, cpu['htSharing'], ['Any', 'None', 'Internal']);
  for (const key of ['affinity', 'numaNodeAffinity']) {
    checkList(`${path}.${key}`, cpu[key]).forEach((item, i) => {
      checkNumber(`${path}.${key}[${i}]`, item, { whole: true });
    });
  }
  checkBoolean(`${path}.vsmpConsolidate`, cpu['vsmpConsolidate']);
  checkBoolean(`${path}.hotAdd`, cpu['hotAdd']);
  if (typeof cpu['model'] !== 'string') fail(`${path}.model`, 'a text', cpu['model']);
}

function checkMemory(memory: Record<string, unknown>): void {
  const path = 'config.memory';
  checkNumber(`${path}.size`, memory['size'], { min: 1, whole: true });
  checkNumber(`${path}.shares`, memory['shares'], { min: 1 });
  checkNumber(`${path}.reservation`, memory['reservation'], { whole: true });
  if (memory['limit'] !== undefined) checkNumber(`${path}.limit`, memory['limit'], { whole: true });
  checkBoolean(`${path}.hotAdd`, memory['hotAdd']);
}

function checkXen({ weight, cap, vcpuPin }: Record<string, unknown>): void {
  if (weight !== undefined) checkNumber('config.xen.weight', weight, { min: 1, max: 65535 });
  if (cap !== undefined) checkNumber('config.xen.cap', cap);
  if (vcpuPin === undefined) return;
  checkList('config.xen.vcpuPin', vcpuPin).forEach((pins, i) => {
    checkList(`config.xen.vcpuPin[${i}]`, pins).forEach((pin, j) => {
      checkNumber(`config.xen.vcpuPin[${i}][${j}]`, pin, { whole: true });
    });
  });
}

function checkDisks(disks: readonly unknown[]): void {
  const names = new Set<string>();
  disks.forEach((disk, i) => {
    const path = `config.disks[${i}]`;
    const { name, size, datastore, provisioning, shares, limitIOPS } = checkObject(path, disk);
    const text = checkText(`${path}.name`, name);
    if (names.has(text)) fail(`${path}.name`, 'the name of no other disk', text);
    names.add(text);
    checkNumber(`${path}.size`, size, { min: 1, whole: true });
    checkText(`${path}.datastore`, datastore);
    checkWord(`${path}.provisioning`, provisioning, ['Thin', 'Thick', 'EagerZeroedThick']);
    checkNumber(`${path}.shares`, shares, { min: 1 });
    if (limitIOPS !== undefined) checkNumber(`${path}.limitIOPS`, limitIOPS);
  });
}
