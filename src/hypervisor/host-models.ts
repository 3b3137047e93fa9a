import { EntitlementCpu } from './cpu/entitlement-cpu.ts';
import { readFidelityName } from './cpu/fidelity-name.ts';
import { fixedSampling, type Sampling } from './cpu/sampling.ts';
import { SlicedCpu } from './cpu/sliced-cpu.ts';
import { hostMemory } from './memory/host-memories.ts';
import type { HostModel } from './site.ts';

/** Processors: everyone gets, at every moment, what the formula entitles him to. Memory: as the hypervisor manages it. */
export const entitlementModel: HostModel = {
  cpu: (hardware, now) => new EntitlementCpu(hardware.hypervisor, hardware.cpu, now),
  memory: hostMemory,
};

/** Processors: slice by slice, in the seconds that `sampling` says. */
export function slicedModel(sampling: Sampling): HostModel {
  return { cpu: (hardware, now, random) => new SlicedCpu(hardware, now, random, sampling), memory: hostMemory };
}

/** How closely hosts are simulated: an input of a run, and part of its report. */
export interface Fidelity {
  /** `exact`, `sampled:N` or `entitlement`. */
  readonly name: string;
  readonly model: HostModel;
}

/**
 * The fidelity of that name, or a sentence that says why there is none.
 * @param samplingOf makes the sampling of one second in so many; fixed when left out
 */
export function fidelityOf(name: string, samplingOf: (every: number) => Sampling = fixedSampling): Fidelity | string {
  const read = readFidelityName(name);
  if (typeof read === 'string') return read;
  const { every } = read;
  if (every === undefined) return { name, model: entitlementModel };
  return { name, model: slicedModel(name === 'exact' ? fixedSampling(1) : samplingOf(every)) };
}
