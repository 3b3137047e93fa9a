import { type FlatClaims, waterFill } from './water-filling.ts';

/** The paths that claims come over: of each claim the number of its path, and what each path carries at most. */
export interface Paths {
  readonly of: Int32Array;
  readonly capacities: readonly number[];
}

/**
 * Divides a device among claims by shares, where each claim comes over a path of its own capacity: every path first among
 * those on it, then the device among all, each with at most what its path left it. With the same shares at both this is
 * what one level for all would give, with the paths' levels where those are lower. Writes to `out`, and says whether
 * anyone got less than he asked for. `claims.low` is taken to be 0.
 */
export function shareOverPaths(capacity: number, claims: FlatClaims, paths: Paths, out: Float64Array): boolean {
  const { size, shares, low, high } = claims;
  const ceiling = new Float64Array(high.subarray(0, size));
  const asked = new Array<number>(paths.capacities.length).fill(0);
  for (let i = 0; i < size; i++) asked[paths.of[i]!]! += high[i]!;
  let isShort = false;
  for (const [path, most] of paths.capacities.entries()) {
    if (asked[path]! <= most) continue;
    isShort = true;
    const members: number[] = [];
    for (let i = 0; i < size; i++) if (paths.of[i] === path) members.push(i);
    const pick = (row: Float64Array) => Float64Array.from(members, (i) => row[i]!);
    const own = { size: members.length, shares: pick(shares), low: pick(low), high: pick(high) };
    const level = new Float64Array(members.length);
    waterFill(most, own, level);
    members.forEach((i, k) => {
      ceiling[i] = level[k]!;
    });
  }
  return waterFill(capacity, { size, shares, low, high: ceiling }, out) || isShort;
}
