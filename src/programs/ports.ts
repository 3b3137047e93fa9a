import net from 'node:net';
import { OrreryError } from '../base/errors.ts';

/** Where the API server listens. */
export const HOST = '127.0.0.1';
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

/** Rejects with PORT_IN_USE when something listens there; any port will do where none, or 0, was asked for. */
export async function checkFree(port: number | undefined, address: string): Promise<void> {
  if (port === undefined || port === 0) return;
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      // Of any other trouble, whoever comes to listen there says more.
      if (cause.code === 'EADDRINUSE') reject(new OrreryError('PORT_IN_USE', { port, address }, { cause }));
      else resolve();
    });
    server.listen(port, address, () => server.close(() => resolve()));
  });
}
