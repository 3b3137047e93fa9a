/** Objects of the API as what is bolted in: every default filled in, in MHz, bytes and milliseconds. */
import type { Datastore } from '../api/datastore.ts';
import { defaultBacking } from '../api/defaults.ts';
import type { Host } from '../api/host.ts';
import { type FilledHostSpec, filledHostSpec } from '../api/host-defaults.ts';
import type { Network } from '../api/network.ts';
import { quantityToNumber } from '../base/quantity.ts';
import { SECOND } from '../base/units.ts';
import type { DatastoreHardware, HostHardware, NetworkHardware } from '../hypervisor/hardware.ts';

/** Of a network without an object or a speed. */
const DEFAULT_MBPS = 1000;

/** @param networkMbps speed of a network that the host does not give one for */
export function hostHardware(host: Host, networkMbps: (name: string) => number | undefined): HostHardware {
  const spec = filledHostSpec(host.spec);
  const { bmc, xen } = spec;
  return {
    name: host.metadata.name,
    uid: host.metadata.uid,
    hypervisor: hypervisorOf(spec),
    cpu: spec.cpu,
    memory: quantityToNumber(spec.memory.size),
    datastores: spec.datastores,
    networks: spec.networks.map(({ name, roles, mbps }) => ({
      name,
      roles,
      mbps: mbps ?? networkMbps(name) ?? DEFAULT_MBPS,
    })),
    bmc: { type: bmc.type, bootMs: bmc.bootSeconds * SECOND, standbyMs: bmc.standbySeconds * SECOND },
    watts: { curve: spec.wattsCurve, standby: spec.standbyWatts },
    power: spec.power ?? 'On',
    ...(xen === undefined
      ? {}
      : {
          dom0: { vcpus: xen.dom0.vcpus, memory: quantityToNumber(xen.dom0.memory), weight: xen.dom0.weight },
          xenTimesliceMs: xen.timesliceMilliseconds,
          xenRatelimitUs: xen.ratelimitMicroseconds,
          ...(xen.ioCosts === undefined ? {} : { xenIoCosts: xenIoCosts(xen.ioCosts) }),
        }),
  };
}

/** What is given of them; the rest is the hypervisor's to know. */
function xenIoCosts(
  costs: NonNullable<NonNullable<FilledHostSpec['xen']>['ioCosts']>,
): NonNullable<HostHardware['xenIoCosts']> {
  const { packetMicroseconds, diskRequestMicroseconds, deviceModelMemory } = costs;
  const { emulatedPacketMicroseconds, emulatedDiskRequestMicroseconds } = costs;
  return {
    ...(packetMicroseconds === undefined ? {} : { packetUs: packetMicroseconds }),
    ...(diskRequestMicroseconds === undefined ? {} : { diskRequestUs: diskRequestMicroseconds }),
    ...(emulatedPacketMicroseconds === undefined ? {} : { emulatedPacketUs: emulatedPacketMicroseconds }),
    ...(emulatedDiskRequestMicroseconds === undefined
      ? {}
      : { emulatedDiskRequestUs: emulatedDiskRequestMicroseconds }),
    ...(deviceModelMemory === undefined ? {} : { deviceModelMemory: quantityToNumber(deviceModelMemory) }),
  };
}

function hypervisorOf({ hypervisor }: FilledHostSpec): HostHardware['hypervisor'] {
  const { type, version, advanced } = hypervisor;
  return advanced === undefined ? { type, version } : { type, version, advanced: advanced as Record<string, number> };
}

export function datastoreHardware({ metadata, spec }: Datastore): DatastoreHardware {
  return {
    name: metadata.name,
    uid: metadata.uid,
    type: spec.type ?? 'VMFS',
    backing: spec.backing ?? defaultBacking[spec.type ?? 'VMFS'],
    capacity: quantityToNumber(spec.capacity),
    mbps: spec.mbps ?? 4000,
    iops: spec.iops ?? 20_000,
    lockTimeoutMs: (spec.lockTimeoutSeconds ?? 16) * SECOND,
  };
}

export function networkHardware({ metadata, spec }: Network): NetworkHardware {
  return {
    name: metadata.name,
    uid: metadata.uid,
    mbps: spec?.mbps ?? DEFAULT_MBPS,
    ...(spec?.vlan === undefined ? {} : { vlan: spec.vlan }),
  };
}
