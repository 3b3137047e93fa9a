import type { DatastoreReport, HostReport, NetworkReport } from '../backend.ts';
import type { Host } from '../host/host.ts';
import type { Network } from '../network/network.ts';
import type { Site } from '../site.ts';
import type { Datastore } from '../storage/datastore.ts';

/** A host as it is now. */
export function hostReport(site: Site, host: Host): HostReport {
  const { record, hardware } = host;
  const cpu = host.cpu.total();
  const memory = host.memory.total();
  const isOn = record.power === 'On';
  return {
    kind: 'Host',
    namespace: site.namespace,
    name: host.name,
    uid: hardware.uid,
    power: record.power,
    ...(record.resumes === true && record.power === 'Off' ? { lostPower: true } : {}),
    connection: host.connection,
    maintenance: record.maintenance,
    capacity: { cpuMHz: host.capacityMHz, memory: hardware.memory },
    demand: { cpuMHz: cpu.demandMHz, memory: memory.demand },
    entitlement: { cpuMHz: cpu.entitlementMHz, memory: memory.entitlement },
    used: { cpuMHz: cpu.usedMHz, memory: isOn ? memory.used : 0 },
    memory: {
      minFree: memory.minFree,
      free: isOn ? memory.free : hardware.memory,
      state: isOn ? memory.state : 'High',
    },
    uplinks: site.uplinks.on(host),
    machines: [...host.instances.keys()].sort(),
    hypervisor: { type: hardware.hypervisor.type, version: hardware.hypervisor.version },
    poweredOnAt: record.poweredOnAt,
    lastExitedStandby: record.lastExitedStandby,
    wakeTested: record.wakeTested,
    ...slicesOf(host),
  };
}

/** What is known of its processors where they are scheduled slice by slice. */
function slicesOf({ cpu }: Host): Pick<HostReport, 'fidelity' | 'dom0'> {
  const { sampling, dom0 } = cpu;
  if (sampling === undefined) return {};
  const fidelity = sampling === 1 ? 'exact' : `sampled:${sampling}`;
  const figures = dom0 === undefined ? undefined : cpu.figures(dom0);
  if (figures === undefined) return { fidelity };
  const { runPercent, readyPercent } = figures;
  return { fidelity, dom0: { runPercent, readyPercent } };
}

export function datastoreReport(site: Site, datastore: Datastore): DatastoreReport {
  const { name, uid, capacity } = datastore.record.hardware;
  return {
    kind: 'Datastore',
    namespace: site.namespace,
    name,
    uid,
    capacity,
    free: datastore.free,
    traffic: site.disks.on(name),
    hosts: hostsThat(site, (host) => host.reachesDatastore(name)),
    orphans: datastore.orphans,
  };
}

export function networkReport(site: Site, network: Network): NetworkReport {
  const { name, uid } = network.record.hardware;
  return {
    kind: 'Network',
    namespace: site.namespace,
    name,
    uid,
    hosts: hostsThat(site, (host) => host.reachesNetwork(name)),
  };
}

function hostsThat(site: Site, reach: (host: Host) => boolean): string[] {
  const names: string[] = [];
  for (const host of site.hosts.values()) if (reach(host)) names.push(host.name);
  return names.sort();
}
