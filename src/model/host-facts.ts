import type { Host } from '../api/host.ts';
import { filledHostSpec } from '../api/host-defaults.ts';
import { hostOptions, optionValue } from '../api/options.ts';
import { allFeatures } from '../arithmetic/cpu-features.ts';
import { quantityToNumber } from '../base/quantity.ts';
import type { HostFacts } from './facts.ts';

/** What the machines say of a host now; undefined while nothing is heard from them. */
export interface HostState {
  readonly power: string;
  readonly connection: string;
  readonly maintenance: boolean;
}

/** A Host as decisions see it: with every default, in MHz and bytes. */
export function hostFacts({ spec, metadata }: Host, state: HostState | undefined, beingRackedMs?: number): HostFacts {
  const filled = filledHostSpec(spec);
  const { cpu, hypervisor } = filled;
  const cores = cpu.sockets * cpu.coresPerSocket;
  const dom0 = filled.xen === undefined ? 0 : quantityToNumber(filled.xen.dom0.memory);
  return {
    name: metadata.name,
    cluster: spec.cluster,
    hypervisor: { type: hypervisor.type, version: hypervisor.version },
    power: state?.power ?? 'Unknown',
    connection: state?.connection ?? 'Unknown',
    ...(state === undefined && beingRackedMs !== undefined ? { beingRackedMs } : {}),
    maintenance: filled.maintenance || state?.maintenance === true,
    deleting: metadata.deletionTimestamp !== undefined,
    wantedPower: spec.power,
    cpu: {
      vendor: cpu.vendor,
      family: cpu.family,
      features: allFeatures(cpu.family, cpu.features),
      virtualization: cpu.virtualization,
      cores,
      threads: cores * cpu.threadsPerCore,
      mhz: cpu.mhz,
      isReservedAsWhole: optionValue(hostOptions, hypervisor.advanced, 'Cpu.VMAdmitCheckPerVcpuMin') === 0,
    },
    memory: quantityToNumber(spec.memory.size) - dom0,
    datastores: new Set(filled.datastores),
    networks: new Set(filled.networks.map(({ name }) => name)),
  };
}
