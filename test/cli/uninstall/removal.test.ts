import { describe, expect, it } from 'vitest';
import { hosts, networks } from '../../../src/api/resources.ts';
import { remove, takeInventory } from '../../../src/cli/uninstall/removal.ts';
import { configMaps, customResourceDefinitions, leases } from '../../../src/client/well-known.ts';
import { installKinds } from '../../../src/programs/kinds.ts';
import { memoryServer } from '../../support/memory-server.ts';

const host = (name: string, finalizers: string[] = []) => ({
  apiVersion: 'orrery.dev/v1alpha1',
  kind: 'Host',
  metadata: { name, namespace: 'default', finalizers },
  spec: { cpu: { sockets: 1, coresPerSocket: 4, mhz: 2000 }, memory: { size: '16Gi' } },
});
const network = { apiVersion: 'orrery.dev/v1alpha1', kind: 'Network', metadata: { name: 'lan', namespace: 'default' } };

async function world() {
  const { client, clock, during } = await memoryServer();
  await during(installKinds(client, clock));
  const progress: string[] = [];
  const signal = new AbortController().signal;
  const options = { client, clock, signal, progress: (line: string) => progress.push(line) };
  const uninstall = async () => during(remove(await during(takeInventory(client)), options));
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'orrery-controllers', namespace: 'kube-system' },
    spec: { holderIdentity: 'somebody', leaseDurationSeconds: 15 },
  };
  return { client, clock, during, uninstall, progress, lease };
}

describe('uninstalling', () => {
  it('removes objects, definitions and leases, and nothing else', async () => {
    const { client, during, uninstall, lease } = await world();
    await during(client.create(hosts, host('h1')));
    await during(client.create(networks, network));
    await during(client.create(leases, lease));
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'default' } };
    await during(client.create(configMaps, other));
    expect(await uninstall()).toEqual({
      objects: { Host: 1, Network: 1 },
      definitions: 14,
      leases: 1,
      stripped: [],
      held: [],
      running: [],
    });
    expect((await during(client.list(customResourceDefinitions))).items).toEqual([]);
    expect((await during(client.list(leases))).items).toEqual([]);
    expect(await during(client.get(configMaps, { namespace: 'default', name: 'mine' }))).toMatchObject(other);
    expect(await during(takeInventory(client))).toEqual({ kinds: [], leases: [] });
  });

  it('takes our finalizers off at once where no controllers have a lease', async () => {
    const { client, during, uninstall, progress } = await world();
    await during(client.create(hosts, host('h1', ['orrery.dev/evacuation'])));
    expect(await uninstall()).toMatchObject({ stripped: ['Host default/h1'], definitions: 14, held: [] });
    expect(progress).toContain('no controllers run: taking our finalizers off 1 object');
  });

  it('takes them off when a lease that somebody held is renewed no longer', async () => {
    const { client, clock, during, uninstall, lease } = await world();
    await during(client.create(hosts, host('h1', ['orrery.dev/evacuation'])));
    await during(client.create(leases, lease));
    const before = clock.monotonic();
    expect(await uninstall()).toMatchObject({ stripped: ['Host default/h1'], leases: 1 });
    expect(clock.monotonic() - before).toBeGreaterThan(5000);
  });

  it('leaves them to controllers that renew their lease', async () => {
    const { client, clock, during, uninstall, lease } = await world();
    await during(client.create(hosts, host('h1', ['orrery.dev/evacuation'])));
    await during(client.create(leases, lease));
    const name = { namespace: 'kube-system', name: 'orrery-controllers' };
    let renewals = 0;
    let isStopped = false;
    const renew = () => {
      if (isStopped) return;
      const spec = { leaseTransitions: ++renewals };
      void client.patch(leases, name, { type: 'merge', body: { spec } }).catch(() => {});
      clock.after(2000, renew);
    };
    clock.after(2000, renew);
    // They let go after 20 s, which is longer than silence would have been waited for.
    const finalizers = { metadata: { finalizers: null } };
    clock.after(20_000, () => {
      void client.patch(hosts, { namespace: 'default', name: 'h1' }, { type: 'merge', body: finalizers });
    });
    // Deleted, the Lease would be made again: it stays, and who renews it is told.
    expect(await uninstall()).toMatchObject({
      objects: { Host: 1 },
      definitions: 14,
      leases: 0,
      stripped: [],
      held: [],
      running: ['somebody'],
    });
    expect(renewals).toBeGreaterThanOrEqual(9);
    expect(await during(client.get(leases, name))).toMatchObject({ spec: { holderIdentity: 'somebody' } });
    // Once they are stopped, the same command takes it away.
    isStopped = true;
    await during(client.patch(leases, name, { type: 'merge', body: { spec: { holderIdentity: '' } } }));
    expect(await uninstall()).toMatchObject({ objects: {}, definitions: 0, leases: 1, running: [] });
    expect(await during(takeInventory(client))).toEqual({ kinds: [], leases: [] });
  });

  it('leaves what the finalizers of others hold, with its definition', async () => {
    const { client, during, uninstall } = await world();
    await during(client.create(hosts, host('h1', ['orrery.dev/evacuation', 'backup.example.io/copy'])));
    expect(await uninstall()).toEqual({
      objects: { Host: 1 },
      definitions: 13,
      leases: 0,
      stripped: ['Host default/h1'],
      held: ['Host default/h1'],
      running: [],
    });
    const left = await during(client.list(hosts));
    expect(left.items.map(({ metadata }) => metadata.finalizers)).toEqual([['backup.example.io/copy']]);
  });
});
