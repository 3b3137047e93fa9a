import { customResourceDefinition } from '../api/crd.ts';
import { definitions } from '../api/kinds.ts';
import type { KubeObject } from '../api/meta.ts';
import { ApiServer } from '../apiserver/server.ts';
import { VirtualClock } from '../base/clock.ts';
import { Random } from '../base/random.ts';
import { MINUTE } from '../base/units.ts';
import { DirectClient } from '../client/direct.ts';
import { customResourceDefinitions } from '../client/well-known.ts';
import { Digest } from './digest.ts';
import { ApiDisk, type ApiImage } from './disks.ts';
import { Driver } from './driver.ts';
import { Incarnation } from './incarnation.ts';

interface InstalledDefinition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * The disk of an API server in which our kinds are installed and nothing else is: the same bytes always, so that many
 * worlds can begin from one, and a world does not depend on how it was made.
 */
export async function installedKinds(): Promise<ApiImage> {
  const clock = new VirtualClock();
  const disk = new ApiDisk({ digest: new Digest() }, undefined);
  const storage = disk.open(new Incarnation('apiserver', 0, clock));
  const server = new ApiServer({ storage, clock, random: new Random('kinds') });
  const driver = new Driver({ clock, open: () => 0 });
  const settle = <T>(promise: Promise<T>) => driver.settle(promise, MINUTE);
  await settle(server.start());
  const client = new DirectClient({ server, name: 'orrery-up' });
  const names: string[] = [];
  for (const definition of definitions) {
    const created = await settle(
      client.create<KubeObject>(customResourceDefinitions, customResourceDefinition(definition)),
    );
    names.push(created.metadata.name);
  }
  const isServed = async (name: string) => {
    const { status } = await settle(client.get<InstalledDefinition>(customResourceDefinitions, { name }));
    return (status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
  };
  for (const name of names) while (!(await isServed(name))) await driver.runUntil(clock.monotonic() + 10);
  await settle(server.close());
  return disk.image();
}
