import { createHash } from 'node:crypto';

const LONGEST = 100;

/**
 * The Lease that replicas compete for. Those that share the work among them, by namespace or by controller, do not
 * compete: each share has a Lease of its own.
 */
export function leaseName(share: {
  readonly namespaces?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
}): string {
  const shares = [share.only, share.namespaces].map((part) => part && [...part].sort());
  if (shares.every((part) => part === undefined)) return 'orrery-controllers';
  const name = ['orrery-controllers', ...shares.flatMap((part) => part ?? [])].join('-');
  // The words alone could be too long, or be read in two ways.
  const digest = createHash('sha256').update(JSON.stringify(shares)).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST)}-${digest}`;
}
