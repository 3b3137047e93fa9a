import type { Random } from '../../base/random.ts';
import type { HostHardware } from '../hardware.ts';
import { EntitlementMemory } from './entitlement-memory.ts';
import { EsxMemory } from './esx-memory.ts';
import type { HostMemory } from './host-memory.ts';

/** The memory of a host as its hypervisor manages it. Xen of this age partitions it, which the formula says exactly. */
export function hostMemory(hardware: HostHardware, now: number, random: Random): HostMemory {
  return hardware.hypervisor.type === 'Xen' ? new EntitlementMemory(hardware) : new EsxMemory(hardware, now, random);
}
