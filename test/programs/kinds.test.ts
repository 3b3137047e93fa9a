import { describe, expect, it } from 'vitest';
import { customResourceDefinitions } from '../../src/client/well-known.ts';
import { installKinds } from '../../src/programs/kinds.ts';
import { memoryServer } from '../support/memory-server.ts';

describe('our kinds in the embedded server', () => {
  it('are installed once, and left alone after that', async () => {
    const { server, client, clock, during } = await memoryServer();
    expect(await during(installKinds(client, clock))).toBe('14 kinds, new');
    const { revision } = server;
    expect(await during(installKinds(client, clock))).toBe('14 kinds, as before');
    expect(server.revision).toBe(revision);
  });

  it('are brought up to date when another version of Orrery wrote them, and made anew where they are missing', async () => {
    const { client, clock, during } = await memoryServer();
    await during(installKinds(client, clock));
    const old = { metadata: { annotations: { 'orrery.dev/definition-digest': 'older' } } };
    for (const name of ['hosts.orrery.dev', 'networks.orrery.dev']) {
      await during(client.patch(customResourceDefinitions, { name }, { type: 'merge', body: old }));
    }
    await during(client.delete(customResourceDefinitions, { name: 'clocks.orrery.dev' }));
    expect(await during(installKinds(client, clock))).toBe('14 kinds, brought up to date');
    expect(await during(installKinds(client, clock))).toBe('14 kinds, as before');
    expect((await during(client.list(customResourceDefinitions))).items).toHaveLength(14);
  });
});
