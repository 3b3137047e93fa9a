/**
 * Proportional share with reservations and limits. Find the level x at which
 * Σ clamp(x·Sᵢ, min(Rᵢ, Dᵢ), min(Lᵢ, Dᵢ)) = C; that clamp is what client i is entitled to
 * (design/algorithms.md 2.1; the order of satisfaction is that of VMware's Resource Management Guide).
 *
 * An unused reservation is lent out, and what one client leaves flows to the others by shares.
 */

/** One who competes. All in one unit of the resource (MHz or bytes); `shares` is above 0. */
export interface Claim {
  readonly shares: number;
  readonly reservation: number;
  /** Left out: no limit. */
  readonly limit?: number;
  readonly demand: number;
}

/** What each claim is entitled to, in their order; the sum is the smaller of `capacity` and what is asked for. */
export function entitlements(capacity: number, claims: readonly Claim[]): number[] {
  const size = claims.length;
  const shares = new Float64Array(size);
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  claims.forEach((claim, i) => {
    shares[i] = claim.shares;
    high[i] = Math.min(claim.limit ?? Number.POSITIVE_INFINITY, claim.demand);
    low[i] = Math.min(claim.reservation, high[i]!);
  });
  const level = new Float64Array(size);
  waterFill(capacity, { size, shares, low, high }, level);
  return [...level];
}

/** The same, flat. The first `size` places are used; `low` is nowhere above `high`, `shares` are above 0. */
export interface FlatClaims {
  readonly size: number;
  readonly shares: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Writes each claim's part to `out` and says whether they compete (more is asked for than there is). Where not even
 * the lower bounds fit, they are cut in proportion.
 */
export function waterFill(capacity: number, claims: FlatClaims, out: Float64Array): boolean {
  const compete = boundsAlone(capacity, claims, out);
  if (compete !== undefined) return compete;
  findLevel(capacity, claims, out);
  return true;
}

/**
 * Where the bounds alone decide: everyone has his upper bound, or the lower ones cut in proportion. Writes to `out`
 * and says whether they compete; undefined, and nothing written, when there is something to divide.
 */
export function boundsAlone(
  capacity: number,
  { size, low, high }: Omit<FlatClaims, 'shares'>,
  out: Float64Array,
): boolean | undefined {
  let lowest = 0;
  let highest = 0;
  for (let i = 0; i < size; i++) {
    lowest += low[i]!;
    highest += high[i]!;
  }
  if (highest <= capacity) {
    for (let i = 0; i < size; i++) out[i] = high[i]!;
    return false;
  }
  if (lowest >= capacity) {
    const part = lowest > 0 ? Math.max(0, capacity) / lowest : 0;
    for (let i = 0; i < size; i++) out[i] = low[i]! * part;
    return true;
  }
  return undefined;
}

/**
 * Rounds of freezing, as CSS resolves flexible lengths: the level for those still afloat is tried; where it would
 * cut more below the lower bounds than it would push above the upper ones, those at their lower bound are frozen
 * there, otherwise those at their upper bound. Exact, and at most one round per claim.
 */
function findLevel(capacity: number, { size, shares, low, high }: FlatClaims, out: Float64Array): void {
  const afloat = new Int32Array(size);
  for (let i = 0; i < size; i++) afloat[i] = i;
  let count = size;
  let left = capacity;
  while (count > 0) {
    let total = 0;
    for (let k = 0; k < count; k++) total += shares[afloat[k]!]!;
    const level = left / total;
    let violation = 0;
    for (let k = 0; k < count; k++) {
      const i = afloat[k]!;
      const wanted = level * shares[i]!;
      const given = wanted < low[i]! ? low[i]! : wanted > high[i]! ? high[i]! : wanted;
      out[i] = given;
      violation += given - wanted;
    }
    if (violation === 0) return;
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const i = afloat[k]!;
      const wanted = level * shares[i]!;
      const frozen = violation > 0 ? wanted < low[i]! : wanted > high[i]!;
      if (frozen) left -= out[i]!;
      else afloat[kept++] = i;
    }
    // Rounding can leave a violation that no single claim has.
    if (kept === count) return;
    count = kept;
  }
}
