import { describe, expect, it } from 'vitest';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { addFinalizer, removeFinalizer } from '../../src/runtime/finalizers.ts';
import { MemoryClient } from '../support/memory-client.ts';

const hosts: ResourceType = { group: 'test', version: 'v1', kind: 'Host', plural: 'hosts', namespaced: true };
const OURS = 'orrery.dev/host';

async function start(finalizers: string[] = []) {
  const server = new MemoryClient(new VirtualClock());
  const metadata = { namespace: 'n', name: 'h', finalizers };
  const host = await server.create<KubeObject>(hosts, { metadata, spec: {} });
  const present = async () => (await server.get(hosts, host.metadata)).metadata.finalizers;
  const others = (list: string[]) =>
    server.patch<KubeObject>(hosts, host.metadata, { type: 'merge', body: { metadata: { finalizers: list } } });
  return { server, host, present, others };
}

describe('finalizers', () => {
  it('are added beside those of others, once', async () => {
    const { server, host, present } = await start(['a']);
    const added = await addFinalizer(server, hosts, host, OURS);
    expect(await present()).toEqual(['a', OURS]);
    expect(await addFinalizer(server, hosts, added, OURS)).toBe(added);
  });

  it('are not added over a change that was not seen', async () => {
    const { server, host, present, others } = await start();
    await others(['b']);
    await expect(addFinalizer(server, hosts, host, OURS)).rejects.toMatchObject({ code: 409 });
    expect(await present()).toEqual(['b']);
  });

  it('are removed wherever they stand now', async () => {
    const { server, host, present, others } = await start([OURS]);
    await others(['x', 'y', OURS]);
    await removeFinalizer(server, hosts, host, OURS);
    expect(await present()).toEqual(['x', 'y']);
    await removeFinalizer(server, hosts, host, OURS);
    expect(await present()).toEqual(['x', 'y']);
  });

  it('let the object go, and leave one of the same name alone', async () => {
    const { server, host, present } = await start([OURS]);
    await server.delete(hosts, host.metadata);
    await removeFinalizer(server, hosts, host, OURS);
    expect(await removeFinalizer(server, hosts, host, OURS)).toBeUndefined();
    await server.create(hosts, { metadata: { namespace: 'n', name: 'h', finalizers: [OURS] }, spec: {} });
    expect(await removeFinalizer(server, hosts, host, OURS)).toBeUndefined();
    expect(await present()).toEqual([OURS]);
  });
});
