import { OrreryError } from '../base/errors.ts';

/** How many ports after a taken one are tried. */
const NEIGHBOURS = 100;

/** A port and the ones after it, those given first before them. */
export function portsFrom(port: number, ...first: readonly (number | undefined)[]): number[] {
  const given = first.filter((one) => one !== undefined);
  return [...new Set([...given, ...Array.from({ length: NEIGHBOURS + 1 }, (_, index) => port + index)])];
}

/** Listens on the first of the ports that is free; rejects with PORT_IN_USE of the first one when none is. */
export async function listenOnFirstFree<T>(ports: readonly number[], listen: (port: number) => Promise<T>): Promise<T> {
  let refused: unknown;
  for (const port of ports) {
    try {
      return await listen(port);
    } catch (error) {
      if (!(error instanceof OrreryError && error.code === 'PORT_IN_USE')) throw error;
      refused ??= error;
    }
  }
  throw refused;
}
