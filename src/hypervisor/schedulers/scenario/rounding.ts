/** `value` with so many decimals, exact ties to the even digit: as the C library prints the golden traces. */
export function rounded(value: number, decimals: number): number {
  // More digits than a double of this size has, so that a tie is seen to be one.
  const [whole, fraction] = value.toFixed(60).split('.') as [string, string];
  const isTie = /^50*$/.test(fraction.slice(decimals));
  const isEven = decimals > 0 ? Number(fraction[decimals - 1]) % 2 === 0 : Number(whole.at(-1)) % 2 === 0;
  if (isTie && isEven) return Number(`${whole}.${fraction.slice(0, decimals)}`);
  return Number(value.toFixed(decimals));
}
