import { entitlementModel } from '../hypervisor/datacenter.ts';
import type { HostModel } from '../hypervisor/site.ts';

/** How closely hosts are simulated: an input of a run, and part of its report. */
export interface Fidelity {
  /** `exact`, `sampled:N` or `entitlement`. */
  readonly name: string;
  readonly model: HostModel;
}

/**
 * The fidelity of that name, or a sentence that says why there is none. A model of slices joins here, when hosts can
 * be run by one.
 */
export function fidelityOf(name: string): Fidelity | string {
  if (name === 'entitlement') return { name, model: entitlementModel };
  if (name === 'exact' || /^sampled:[1-9]\d*$/.test(name)) {
    return `${name}: hosts are not run by their slice schedulers in this version; only entitlement is available`;
  }
  return `${JSON.stringify(name)} is none of exact, sampled:N (N a whole number from 1) and entitlement`;
}
