import type { MachineReport } from '../backend.ts';
import { nothingUsed } from '../machine/instance.ts';
import { isResuming, type Machine } from '../machine/machine.ts';
import type { Site } from '../site.ts';
import { reported } from '../storage/machine-files.ts';

/** A machine as it is now. */
export function machineReport(site: Site, machine: Machine): MachineReport {
  const { record } = machine;
  return {
    kind: 'Machine',
    namespace: site.namespace,
    uid: record.uid,
    name: machine.name,
    host: record.host,
    power: record.power,
    epoch: record.epoch,
    ...(record.resumes === undefined ? {} : { resumes: record.resumes }),
    ...(isResuming(record) ? { isResuming: true } : {}),
    resets: record.resets,
    restartToken: record.restartToken,
    exit: record.power === 'Off' ? record.exit : undefined,
    guest: { state: record.guest, heartbeat: heartbeatOf(machine) },
    startedAt: record.startedAt,
    ip: tellsAddress(machine) ? record.ip : undefined,
    macs: [...record.macs],
    uuid: record.uuid,
    files: record.files.map(reported),
    config: record.config,
    usage: machine.instance?.usage() ?? nothingUsed,
    staleInstances: machine.staleInstances,
    ...(record.seen === undefined ? {} : { cpuFeatures: record.seen.features }),
  };
}

/** What the tools in the guest let hear. Grey: there are none, or they are not up. */
function heartbeatOf({ record, instance }: Machine): 'Green' | 'Red' | 'Gray' {
  if (!record.config.guest.tools || record.power !== 'On') return 'Gray';
  const isFrozen = instance?.host.record.hungAt !== undefined;
  switch (record.guest) {
    case 'Running':
      return isFrozen ? 'Red' : 'Green';
    case 'Hung':
    case 'Crashed':
      return 'Red';
    default:
      return 'Gray';
  }
}

/** It is the tools that tell a guest's address. */
function tellsAddress({ record }: Machine): boolean {
  return record.config.guest.tools && record.guest === 'Running' && record.config.nics.length > 0;
}
