import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';

/** dom0 as a machine: what the entitlement formula has to know of it. */
export function dom0Config(name: string, { dom0 }: HostHardware): MachineConfig {
  const { vcpus, weight, memory } = dom0 ?? { vcpus: 1, weight: 256, memory: 0 };
  return {
    name,
    guest: { os: 'linux', virtualization: 'PV', pvDrivers: true, tools: false, bootMs: 0, shutdownMs: 0 },
    cpu: {
      count: vcpus,
      shares: 1000 * vcpus,
      reservationMHz: 0,
      maxSkew: 'Individual',
      affinity: [],
      htSharing: 'Any',
      numaNodeAffinity: [],
      vsmpConsolidate: false,
      model: '',
      hotAdd: false,
    },
    memory: { size: memory, shares: 0, reservation: 0, hotAdd: false },
    xen: { weight, cap: 0 },
    disks: [],
    nics: [],
    devices: [],
    powerOff: { mode: 'Hard', timeoutMs: 0 },
    reclaim: 'Delete',
  };
}
