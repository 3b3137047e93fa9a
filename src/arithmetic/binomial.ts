/**
 * How many of `count` independent trials succeed, each with probability `chance`: exactly binomial, by inversion of
 * one number from 0 up to 1 (Kachitvichyanukul and Schmeiser 1988, BINV). For counts up to a few hundred.
 */
export function binomial(count: number, chance: number, uniform: number): number {
  if (!(chance > 0) || count === 0) return 0;
  if (chance >= 1) return count;
  if (chance > 0.5) return count - below(count, 1 - chance, uniform);
  return below(count, chance, uniform);
}

function below(count: number, chance: number, uniform: number): number {
  const odds = chance / (1 - chance);
  let term = (1 - chance) ** count;
  let left = uniform - term;
  let successes = 0;
  while (left >= 0 && successes < count) {
    successes++;
    term *= (odds * (count - successes + 1)) / successes;
    left -= term;
  }
  return successes;
}
