import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, until } from '../support/spawned.ts';
import { hasKubectl, NO_KUBECTL, newPlace, npmStart, programsOf, smallWorld, type World } from '../support/world.ts';

const VMS = 60;

/** SIGKILL of each program and of the supervisor: the world is right again, and no machine was started twice. */
describe('a world whose programs are killed', () => {
  const place = newPlace();
  let world: World;

  beforeEach(({ skip }) => {
    if (!hasKubectl) skip(NO_KUBECTL);
  });
  beforeAll(async () => {
    if (!hasKubectl) return;
    const file = path.join(place.home, 'lab.json');
    fs.writeFileSync(file, smallWorld(4, VMS, 'lab'));
    world = await npmStart(place, '-f', file);
  }, 60_000);
  afterAll(async () => {
    await world?.interrupt();
    place.remove();
  }, 30_000);

  const vms = async () => {
    const { out } = await world.kubectl('get', 'vm', '-n', 'lab', '-o', 'json');
    if (out === '') return [];
    const { items } = JSON.parse(out) as { items: { metadata: { name: string }; status: Record<string, unknown> }[] };
    return items.map(({ metadata: { name }, status: { phase, host, restarts } }) => ({ name, phase, host, restarts }));
  };
  const allRun = async () => {
    const all = await vms();
    return all.length >= VMS && all.every(({ phase }) => phase === 'Running');
  };
  /** Switches a VM off and on: takes all three programs. */
  const acts = async (name: string) => {
    for (const [power, phase] of [
      ['Off', 'Off'],
      ['On', 'Running'],
    ] as const) {
      const patch = JSON.stringify({ spec: { power } });
      const patched = () => world.kubectl('patch', 'vm', name, '-n', 'lab', '--type', 'merge', '-p', patch);
      await until(async () => (await patched()).exitCode === 0);
      const of = async () => (await vms()).find((vm) => vm.name === name)?.phase;
      await until(async () => (await of()) === phase);
    }
  };

  it('had everything applied, with the namespace that no file declares', async () => {
    await until(allRun);
    expect(world.err()).toContain(`1 file: ${4 + VMS + 2} created`);
  });

  it.each(['controllers', 'datacenter', 'apiserver'])(
    '%s is back, and all VMs run where they ran',
    async (program) => {
      await until(allRun);
      const before = await vms();
      const pid = programsOf(place)[program]!;
      process.kill(pid, 'SIGKILL');
      await world.seen(`the ${program} program runs again`);
      expect(programsOf(place)[program]).not.toBe(pid);
      await until(allRun);
      expect(await vms()).toEqual(before);
      await acts('vm-1');
    },
    60_000,
  );

  it('everything ends with a killed supervisor, and the next start finds it as it was', async () => {
    const before = await vms();
    const programs = programsOf(place);
    process.kill(programs['up']!, 'SIGKILL');
    // At once, while the orphans are still going.
    const next = npmStart(place);
    await until(() => !Object.values(programs).some(isAlive));
    world = await next;
    await until(allRun);
    expect(await vms()).toEqual(before);
    await acts('vm-2');
  }, 60_000);

  it('everything ends with a killed npm start command line', async () => {
    const before = await vms();
    const programs = programsOf(place);
    process.kill(-world.pid, 'SIGKILL');
    await until(() => !Object.values(programs).some(isAlive));
    world = await npmStart(place);
    await until(allRun);
    expect(await vms()).toEqual(before);
  }, 60_000);

  it('everything ends in good order when npm alone gets a signal, as from a script', async () => {
    const programs = programsOf(place);
    world.process.kill('SIGINT');
    expect(await world.ended).toBe(0);
    expect(Object.values(programs).filter(isAlive)).toEqual([]);
    world = await npmStart(place);
    await until(allRun);
  }, 60_000);

  it("started no machine twice, by the datacenter's own ledger", () => {
    const database = new DatabaseSync(path.join(place.data, 'worlds/lab.world'), { readOnly: true });
    const rows = database.prepare('SELECT uid, epoch, act FROM ledger ORDER BY serial').all() as unknown as Entry[];
    database.close();
    const runs = Map.groupBy(rows, ({ uid }) => uid);
    expect(runs.size).toBe(VMS);
    const starts = rows.filter(({ act }) => act === 'Start');
    // Two were switched off and on, one of them three times: nothing else was ever started again.
    expect(starts).toHaveLength(VMS + 3 + 1);
    for (const entries of runs.values()) {
      const epochs = entries.filter(({ act }) => act === 'Start').map(({ epoch }) => epoch);
      expect(epochs).toEqual(epochs.map((_, index) => index + 1));
      const turns = entries.filter(({ act }) => act === 'Start' || act === 'Stop').map(({ act }) => act);
      expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'Start' : 'Stop')));
    }
  });
});

interface Entry {
  readonly uid: string;
  readonly epoch: number;
  readonly act: string;
}
