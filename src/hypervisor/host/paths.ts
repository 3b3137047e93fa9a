import { reviewPaths } from '../machine/strays.ts';
import type { Site } from '../site.ts';
import type { Host } from './host.ts';

/** Which datastores and networks the host reaches may be others than before: locks, traffic and reports follow. */
export function pathsChanged(site: Site, host: Host): void {
  for (const name of host.hardware.datastores) {
    const datastore = site.datastores.get(name);
    if (datastore !== undefined) site.changed(datastore);
    site.disks.touch(name);
  }
  for (const { name } of host.hardware.networks) {
    const network = site.networks.get(name);
    if (network !== undefined) site.changed(network);
  }
  site.usageMoved(host);
  reviewPaths(site, host);
}
