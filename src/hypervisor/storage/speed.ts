import type { Host } from '../host/host.ts';
import type { Datastore } from './datastore.ts';

/** Storage that hosts reach over their networks. */
const overNetwork: ReadonlySet<string> = new Set(['NAS', 'ISCSI']);

/**
 * The networks that carry a host's traffic to a datastore: those with the role Storage, else Management. None where the
 * datastore has cables of its own, or the host has neither.
 */
export function storageNetworks({ hardware }: Host, { record }: Datastore): readonly string[] {
  if (!overNetwork.has(record.hardware.backing ?? '')) return [];
  const withRole = (role: 'Storage' | 'Management') =>
    hardware.networks.filter(({ roles }) => roles.includes(role)).map(({ name }) => name);
  const storage = withRole('Storage');
  return storage.length > 0 ? storage : withRole('Management');
}

/** Megabits per second in one stream between a host and a datastore, as both and what lies between are now. */
export function storageMbps(host: Host | undefined, datastore: Datastore): number {
  const own = datastore.record.hardware.mbps * datastore.ailments.speed;
  if (host === undefined) return own;
  const paths = host.ailments.datastores[datastore.name]?.speed ?? 1;
  const networks = storageNetworks(host, datastore);
  const uplink =
    networks.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...networks.map((one) => host.mbpsOn(one)));
  return Math.min(own * paths, uplink);
}

/** Milliseconds to read or write `bytes` in one stream. */
export function transferMs(host: Host | undefined, datastore: Datastore, bytes: number): number {
  // Where nothing passes, nobody asks.
  return Math.ceil((bytes * 8) / (Math.max(storageMbps(host, datastore), 0.001) * 1000));
}
