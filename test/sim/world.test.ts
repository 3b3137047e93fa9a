import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/meta.ts';
import { hosts, resourceTypes, virtualMachines } from '../../src/api/resources.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { HOUR, MINUTE, SECOND } from '../../src/base/units.ts';
import { ApiError } from '../../src/client/port.ts';
import { events } from '../../src/client/well-known.ts';
import { ledgerViolations, violations } from '../../src/hypervisor/invariants.ts';
import type { Chaos } from '../../src/sim/chaos.ts';
import type { ApiImage } from '../../src/sim/disks.ts';
import { installedKinds } from '../../src/sim/image.ts';
import { programNames } from '../../src/sim/incarnation.ts';
import { World, type WorldOptions } from '../../src/sim/world.ts';
import { hostManifest, vmManifest } from '../support/manifests.ts';
import { cpuLoad } from './cpu-load.ts';

let image: ApiImage | undefined;

async function start(options: Partial<WorldOptions> = {}): Promise<World> {
  image ??= await installedKinds();
  return World.start({ seed: 'test', image, ...options });
}

async function create(world: World, ...manifests: object[]): Promise<void> {
  for (const manifest of manifests as KubeObject[]) {
    const type = resourceTypes.find(({ kind }) => kind === manifest.kind)!;
    const metadata = { ...manifest.metadata, namespace: 'default' };
    await world.settle(world.client.create(type, { ...manifest, metadata }));
  }
}

/** As somebody who types the command again when there is no answer. */
async function insist(world: World, manifest: object): Promise<void> {
  for (;;) {
    try {
      await create(world, manifest);
      return;
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return;
      await world.pass(SECOND);
    }
  }
}

const vm = (world: World, name: string) =>
  world.settle(world.client.get<VirtualMachine>(virtualMachines, { namespace: 'default', name }));

/** Two hosts, six machines, some of which come, go and ask for other things. */
async function busyDay(world: World): Promise<void> {
  await create(world, hostManifest('h1'), hostManifest('h2'));
  for (let i = 0; i < 6; i++) {
    const workload =
      i % 2 === 0 ? { diurnal: { minPercent: 1, maxPercent: 90 } } : { constant: { cpuPercent: 10 * i } };
    await create(world, vmManifest(`vm-${i}`, { workload }));
  }
  await world.pass(MINUTE);
  const name = { namespace: 'default', name: 'vm-1' };
  await world.settle(world.client.patch(virtualMachines, name, { type: 'merge', body: { spec: { power: 'Off' } } }));
  await world.pass(2 * HOUR);
  await world.settle(world.client.delete(virtualMachines, { namespace: 'default', name: 'vm-2' }));
  await world.pass(MINUTE);
}

async function everything(world: World): Promise<string> {
  const lists = [];
  for (const type of resourceTypes) lists.push((await world.settle(world.client.list(type))).items);
  return JSON.stringify(lists);
}

describe('a datastore that hosts lose', () => {
  it('has an event of that, and of their having it back, and none of its racking', async () => {
    const world = await start();
    const about = (kind: string, name: string, spec: object) => ({
      apiVersion: 'orrery.dev/v1alpha1',
      kind,
      metadata: { name },
      spec,
    });
    await create(
      world,
      about('Datastore', 'san', { capacity: '500Gi' }),
      hostManifest('h1', { datastores: ['san'] }),
      about('Fault', 'loss', {
        target: { kind: 'Host', name: 'h1' },
        type: 'LoseDatastore',
        afterSeconds: 600,
        durationSeconds: 600,
      }),
    );
    const told = async () => {
      const { items } = await world.settle(
        world.client.list<KubeObject & { type: string; reason: string; note: string; regarding: { name: string } }>(
          events,
        ),
      );
      return items
        .filter(({ regarding }) => regarding.name === 'san')
        .map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
    };
    await world.pass(9 * MINUTE);
    expect(await told()).toEqual([]);
    await world.pass(2 * MINUTE);
    const lost = 'Warning DatastoreUnreachable: h1 does not reach it any more; none does';
    expect(await told()).toEqual([lost]);
    await world.pass(12 * MINUTE);
    expect((await told()).sort()).toEqual(['Normal DatastoreReachable: h1 reaches it again', lost]);
    world.close();
  });
});

describe('a world', () => {
  it('is a function of its seed, whatever else the machine does', async () => {
    const results: { digest: string; objects: string; steps: number }[] = [];
    for (const isLoaded of [false, true]) {
      const end = isLoaded ? cpuLoad() : undefined;
      const world = await start();
      await busyDay(world);
      results.push({ digest: world.digest.value(), objects: await everything(world), steps: world.driver.steps });
      await end?.();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]!.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another one with another seed', async () => {
    const digests: string[] = [];
    for (const seed of ['a', 'b']) {
      const world = await start({ seed });
      await create(world, hostManifest('h1'), vmManifest('vm-1'));
      await world.pass(MINUTE);
      digests.push(world.digest.value());
    }
    expect(digests[0]).not.toBe(digests[1]);
  });

  it('begins when it is told to, empty', async () => {
    const world = await start({ start: Date.UTC(2020, 1, 29) });
    expect(world.clock.now()).toBe(Date.UTC(2020, 1, 29));
    expect(world.elapsed).toBe(0);
    for (const type of resourceTypes) expect((await world.settle(world.client.list(type))).items).toEqual([]);
    expect(world.digest.counts).toEqual({ writes: 0, transitions: 0 });
    await world.pass(1500);
    expect(world.elapsed).toBe(1500);
  });

  it.each(programNames)('goes on when the %s program is killed and comes back', async (program) => {
    const world = await start();
    await create(world, hostManifest('h1'), vmManifest('a'));
    await world.pass(60 * SECOND);
    const before = (await vm(world, 'a')).status;
    world.crash(program, 3 * SECOND);
    expect(world.isRunning(program)).toBe(false);
    const creating = create(world, vmManifest('b')).catch(() => {});
    await world.pass(3 * SECOND);
    expect(world.isRunning(program)).toBe(true);
    await creating;
    await world.pass(MINUTE);
    if (program === 'apiserver') await create(world, vmManifest('b'));
    await world.pass(MINUTE);
    expect((await vm(world, 'a')).status).toMatchObject({ restarts: 0, host: 'h1', ip: before.ip, phase: 'Running' });
    expect((await vm(world, 'b')).status).toMatchObject({ phase: 'Running', guest: { state: 'Running' } });
    expect(ledgerViolations(world.ledger())).toEqual([]);
  });

  it('answers nothing to a program that is no more, and calls none of its timers', async () => {
    const world = await start();
    const { management } = world;
    await create(world, hostManifest('h1'));
    world.crash('controllers', Number.POSITIVE_INFINITY);
    let isAnswered = false;
    const noted = () => {
      isAnswered = true;
    };
    management!.plane.client.list(hosts).then(noted, noted);
    management!.plane.backend.stats('default').then(noted, noted);
    management!.plane.clock.after(1, noted);
    await world.pass(MINUTE);
    expect(isAnswered).toBe(false);
    expect(world.management).toBeUndefined();
    world.restart('controllers');
    await create(world, vmManifest('a'));
    await world.pass(MINUTE);
    expect((await vm(world, 'a')).status.phase).toBe('Running');
  });

  it('survives a crash before and after each of the first 60 calls through its ports', async () => {
    for (let at = 0; at < 60; at++) {
      const struck: string[] = [];
      let calls = Number.NEGATIVE_INFINITY;
      const onCall: Chaos['onCall'] = ({ caller, port, verb }) => {
        if (caller === 'user' || calls++ !== at) return undefined;
        struck.push(`${caller} ${port} ${verb}`);
        return at % 2 === 0 ? { before: 'crash' } : { after: 'crash' };
      };
      const world = await start({ chaos: { onCall, onBatch: () => undefined } });
      calls = 0;
      await insist(world, hostManifest('h1'));
      await world.pass(5 * SECOND);
      for (const name of ['a', 'b']) await insist(world, vmManifest(name));
      await world.pass(3 * MINUTE);
      expect(struck).toHaveLength(1);
      expect(ledgerViolations(world.ledger())).toEqual([]);
      expect(violations(world.physical!.datacenter.find('default')!.inspect())).toEqual([]);
      const { items } = await world.settle(world.client.list<VirtualMachine>(virtualMachines));
      const phases = items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
      expect({ at, struck, phases }).toEqual({ at, struck, phases: ['a Running', 'b Running'] });
    }
  });
});
