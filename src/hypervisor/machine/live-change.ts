import type { MachineConfig } from '../backend.ts';
import { settledDisks } from '../storage/machine-files.ts';

/**
 * What of a new configuration can take effect while the machine runs (api.md, "Changing a running VM"): shares,
 * reservations, limits, weight and cap; more vCPUs and memory where hot-add was on at power-on; larger disks; what is
 * said about powering off and deleting. The rest is as it was, and waits for the next power-on.
 */
export function liveConfig(running: MachineConfig, wanted: MachineConfig): MachineConfig {
  const { xen: _, ...rest } = running;
  return {
    ...rest,
    cpu: liveCpu(running.cpu, wanted.cpu),
    memory: liveMemory(running.memory, wanted.memory),
    ...liveXen(running, wanted),
    disks: liveDisks(running, wanted),
    nics: running.nics.map((nic, i) => {
      const { shares, limitMbps } = wanted.nics[i] ?? {};
      const rest = withLimit({ network: nic.network }, 'shares', shares);
      return withLimit(rest, 'limitMbps', limitMbps);
    }),
    powerOff: wanted.powerOff,
    reclaim: wanted.reclaim,
  };
}

/** What takes effect of it while the machine is off: everything, but a disk stays where it is and never shrinks. */
export function restingConfig(present: MachineConfig, wanted: MachineConfig): MachineConfig {
  return { ...wanted, disks: settledDisks(wanted, present) };
}

function withLimit<T extends object, K extends string>(rest: T, key: K, limit: number | undefined) {
  return (limit === undefined ? rest : { ...rest, [key]: limit }) as T & { readonly [key in K]?: number };
}

function liveCpu(running: MachineConfig['cpu'], wanted: MachineConfig['cpu']): MachineConfig['cpu'] {
  const { limitMHz: _, ...rest } = running;
  const grows = running.hotAdd && wanted.count > running.count;
  const count = grows ? wanted.count : running.count;
  const { shares, reservationMHz } = wanted;
  return withLimit({ ...rest, count, shares, reservationMHz }, 'limitMHz', wanted.limitMHz);
}

function liveMemory(running: MachineConfig['memory'], wanted: MachineConfig['memory']): MachineConfig['memory'] {
  const { limit: _, ...rest } = running;
  const grows = running.hotAdd && wanted.size > running.size;
  const size = grows ? wanted.size : running.size;
  // More than the running machine has waits with the memory that it is to be of.
  const reservation = Math.min(wanted.reservation, size);
  return withLimit({ ...rest, size, shares: wanted.shares, reservation }, 'limit', wanted.limit);
}

function liveXen(running: MachineConfig, wanted: MachineConfig): { xen?: NonNullable<MachineConfig['xen']> } {
  const { weight, cap } = wanted.xen ?? {};
  const pins = running.xen?.vcpuPin;
  if (weight === undefined && cap === undefined && pins === undefined) return {};
  return {
    xen: {
      ...(weight === undefined ? {} : { weight }),
      ...(cap === undefined ? {} : { cap }),
      ...(pins === undefined ? {} : { vcpuPin: pins }),
    },
  };
}

function liveDisks(running: MachineConfig, wanted: MachineConfig): MachineConfig['disks'] {
  return running.disks.map((disk) => {
    const next = wanted.disks.find(({ name }) => name === disk.name);
    if (next === undefined) return disk;
    const { limitIOPS: _, ...rest } = disk;
    return withLimit(
      { ...rest, size: Math.max(disk.size, next.size), shares: next.shares },
      'limitIOPS',
      next.limitIOPS,
    );
  });
}
