import type { Host, HostStatus } from '../api/host.ts';
import { deepEqual } from '../base/json.ts';
import { formatBytes, quantityToNumber } from '../base/quantity.ts';
import { count, rfc3339 } from '../base/units.ts';
import type { HostReport, Usage } from '../hypervisor/backend.ts';
import { connectionWords, powerWords } from '../model/host-words.ts';
import type { Said } from '../model/said.ts';

/** The fields of a Host's status that say what the host reports. */
export type ReportedHostStatus = Pick<
  HostStatus,
  | 'power'
  | 'connection'
  | 'capacity'
  | 'demand'
  | 'entitlement'
  | 'used'
  | 'virtualMachines'
  | 'memory'
  | 'normalizedEntitlement'
  | 'fidelity'
  | 'dom0'
>;

/** @param report undefined while nothing is heard from the datacenter: what was known stays, the connection is Unknown */
export function hostStatus(report: HostReport | undefined): ReportedHostStatus {
  if (report === undefined) return { connection: 'Unknown' } as ReportedHostStatus;
  const { capacity, entitlement, memory, machines, lastExitedStandby, fidelity, dom0 } = report;
  const normalized = Math.max(entitlement.cpuMHz / capacity.cpuMHz, entitlement.memory / capacity.memory);
  return {
    power: {
      state: report.power,
      wakeTested: report.wakeTested,
      ...(lastExitedStandby === undefined ? {} : { lastExitedStandby: rfc3339(lastExitedStandby) }),
    },
    connection: report.connection,
    capacity: written(capacity),
    demand: written(report.demand),
    entitlement: written(entitlement),
    used: written(report.used),
    virtualMachines: machines.length,
    memory: { minFree: wholeMiB(memory.minFree), state: memory.state, free: wholeMiB(memory.free) },
    normalizedEntitlement: Math.round(normalized * 1000) / 1000,
    ...(fidelity === undefined ? {} : { fidelity }),
    ...(dom0 === undefined
      ? {}
      : { dom0: { runPercent: tenths(dom0.runPercent), readyPercent: tenths(dom0.readyPercent) } }),
  } as ReportedHostStatus;
}

const tenths = (value: number) => Math.round(value * 10) / 10;

function written({ cpuMHz, memory }: Usage) {
  return { cpuMHz: Math.round(cpuMHz), memory: wholeMiB(memory) };
}

function wholeMiB(bytes: number): string {
  return formatBytes(Math.round(bytes / 2 ** 20) * 2 ** 20);
}

export function hostConditionsOf(report: HostReport | undefined): Said<'PoweredOn' | 'Connected'>[] {
  if (report === undefined) {
    const said = {
      status: 'Unknown',
      reason: 'DatacenterUnreachable',
      message: 'nothing is heard from the datacenter',
    } as const;
    return [
      { type: 'PoweredOn', ...said },
      { type: 'Connected', ...said },
    ];
  }
  const { power, connection, machines, lostPower } = report;
  const isOn = power === 'On' || power === 'EnteringStandby' || power === 'PoweringOff';
  const words = connectionWords(connection, power, lostPower);
  const isConnected = connection === 'Connected';
  return [
    { type: 'PoweredOn', status: isOn ? 'True' : 'False', reason: power, message: powerWords(power, lostPower) },
    {
      type: 'Connected',
      status: isConnected ? 'True' : 'False',
      reason: connection,
      message: isConnected || machines.length === 0 ? words : `${words}; ${count(machines.length, 'VM')} on it`,
    },
  ];
}

/** `State`: worth a write at once. `Usage`: when there has been none for a while. */
export function hostWeight({ status }: Host, after: ReportedHostStatus): 'None' | 'Usage' | 'State' {
  const { power, connection, capacity, memory } = after;
  const isState =
    status.connection !== connection ||
    (power !== undefined && !deepEqual(status.power, power)) ||
    (capacity !== undefined && !deepEqual(status.capacity, capacity)) ||
    (memory !== undefined && status.memory?.state !== memory.state);
  if (isState) return 'State';
  if (capacity === undefined) return 'None';
  const moved = (a: number | undefined, b: number | undefined, whole: number | undefined) =>
    Math.abs((a ?? 0) - (b ?? 0)) >= 0.1 * (whole ?? 0);
  const bytes = (text: string | number | undefined) => (text === undefined ? 0 : quantityToNumber(text));
  const isFar = (['demand', 'entitlement', 'used'] as const).some(
    (name) =>
      moved(status[name]?.cpuMHz, after[name]?.cpuMHz, capacity.cpuMHz) ||
      moved(bytes(status[name]?.memory), bytes(after[name]?.memory), bytes(capacity.memory)),
  );
  const isDom0Far =
    moved(status.dom0?.runPercent, after.dom0?.runPercent, 100) ||
    moved(status.dom0?.readyPercent, after.dom0?.readyPercent, 100);
  if (isDom0Far || status.fidelity !== after.fidelity) return 'Usage';
  return isFar || status.virtualMachines !== after.virtualMachines ? 'Usage' : 'None';
}
