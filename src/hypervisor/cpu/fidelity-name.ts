/** What a fidelity's name says: one second in so many is scheduled slice by slice; undefined: none, the formula rules. */
export interface FidelityName {
  readonly every: number | undefined;
}

/** Reads `exact`, `sampled:N` or `entitlement`; a sentence when it is none. */
export function readFidelityName(name: string): FidelityName | string {
  if (name === 'entitlement') return { every: undefined };
  if (name === 'exact') return { every: 1 };
  const every = /^sampled:([1-9]\d{0,4})$/.exec(name)?.[1];
  if (every !== undefined) return { every: Number(every) };
  return `${JSON.stringify(name)} is none of exact, sampled:N (N a whole number from 1 to 99999) and entitlement`;
}
