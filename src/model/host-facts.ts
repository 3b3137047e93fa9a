import type { Host } from '../api/host.ts';
import { allFeatures } from '../arithmetic/cpu-features.ts';
import { quantityToNumber } from '../base/quantity.ts';
import { GiB } from '../base/units.ts';
import type { HostFacts } from './facts.ts';

/** What the machines say of a host now; undefined while nothing is heard from them. */
export interface HostState {
  readonly power: string;
  readonly connection: string;
  readonly maintenance: boolean;
}

/** The generation that a host has when its manifest does not say. */
const defaultFamily = { Intel: 'Nehalem', AMD: 'Greyhound' } as const;
const defaultVirtualization = { Intel: 'VT-x', AMD: 'AMD-V' } as const;

/** A Host as decisions see it: with every default, in MHz and bytes. */
export function hostFacts(host: Host, state: HostState | undefined): HostFacts {
  const { spec, metadata } = host;
  const type = spec.hypervisor?.type ?? 'ESX';
  const vendor = spec.cpu.vendor ?? 'Intel';
  const family = spec.cpu.family ?? defaultFamily[vendor];
  const cores = (spec.cpu.sockets ?? 1) * spec.cpu.coresPerSocket;
  const dom0 = type === 'Xen' ? quantityToNumber(spec.xen?.dom0?.memory ?? 2 * GiB) : 0;
  return {
    name: metadata.name,
    cluster: spec.cluster,
    hypervisor: { type, version: spec.hypervisor?.version ?? (type === 'ESX' ? '5.0' : '4') },
    power: state?.power ?? 'Unknown',
    connection: state?.connection ?? 'Unknown',
    maintenance: spec.maintenance === true || state?.maintenance === true,
    deleting: metadata.deletionTimestamp !== undefined,
    cpu: {
      vendor,
      family,
      features: allFeatures(family, spec.cpu.features ?? []),
      virtualization: spec.cpu.virtualization ?? defaultVirtualization[vendor],
      cores,
      threads: cores * (spec.cpu.threadsPerCore ?? 1),
      mhz: spec.cpu.mhz,
    },
    memory: quantityToNumber(spec.memory.size) - dom0,
    datastores: new Set(spec.datastores ?? []),
    networks: new Set((spec.networks ?? []).map(({ name }) => name)),
  };
}
