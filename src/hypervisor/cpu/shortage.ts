/** Of processors and of what is asked for, the part that counts as nothing (ours). */
const SLIGHT = 0.005;

/**
 * Whether all of a host's processors are used while more is asked for (Beloglazov and Buyya 2012: the time of SLATAH). By
 * what the formula serves, at every fidelity: demand within half a percent of it is met, or a host at just 100 % would
 * be short by what rounding makes of the sums.
 */
export function isShortOf(demandMHz: number, servedMHz: number, capacityMHz: number): boolean {
  return servedMHz >= capacityMHz * (1 - SLIGHT) && demandMHz > servedMHz * (1 + SLIGHT);
}
