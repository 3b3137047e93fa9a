import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendError, MachineConfig, Report } from '../../../src/hypervisor/backend.ts';
import type { Datacenter } from '../../../src/hypervisor/datacenter.ts';
import { ledgerViolations } from '../../../src/hypervisor/invariants.ts';
import { config, datastore, host, network } from '../../hypervisor/lab.ts';
import { Bench, NAMESPACE, type Transport } from './bench.ts';

const hard = { mode: 'Hard', timeoutMs: 0 } as const;
const h1 = { namespace: NAMESPACE, name: 'h1' };

const name = (uid: string) => ({ namespace: NAMESPACE, uid });
const request = (uid: string, more: object = {}) => ({
  ...name(uid),
  host: 'h1',
  config: config(uid),
  epoch: 0,
  ...more,
});

/** What every transport of the Backend port has to do. */
export function backendSuite(open: (datacenter: Datacenter) => Promise<Transport>): void {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench(open);
    await bench.start();
    bench.world.upsertDatastore(datastore('san1'));
    bench.world.upsertNetwork(network('lan'));
    for (const each of ['h1', 'h2']) bench.world.upsertHost(host(each));
    await bench.advance(0);
  });
  afterEach(async () => {
    await bench.backend.close();
    await bench.die();
  });

  const rack = {
    get bench() {
      return bench;
    },
  };
  answers(rack);
  repeats(rack);
  failures(rack);
  observation(rack);
}

interface Rack {
  readonly bench: Bench;
}

function answers(rack: Rack): void {
  describe('an answer', () => {
    it('is the epoch of a start, whatever the text in it', async () => {
      const { bench } = rack;
      const odd = config('müller "x"\n\u0000\u2028🙂');
      expect(await bench.settle(bench.backend.powerOn(request('a', { config: odd, restartToken: 't' })))).toEqual({
        epoch: 1,
      });
      const report = await bench.machine('a');
      expect(report).toMatchObject({ name: odd.name, power: 'PoweringOn', restartToken: 't' });
      expect(report!.config).toEqual(odd);
    });

    it('is nothing where nothing is to be said', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      expect(await bench.settle(bench.backend.powerOff(name('a'), hard))).toBeUndefined();
      expect(await bench.settle(bench.backend.setHostMaintenance(h1, true))).toBeUndefined();
    });

    it('is a refusal with its reason and sum', async () => {
      const { bench } = rack;
      const large = config('a', { memory: { size: 64 * 2 ** 30, reservation: 64 * 2 ** 30 } });
      await expect(bench.settle(bench.backend.powerOn(request('a', { config: large })))).rejects.toMatchObject({
        name: 'BackendError',
        reason: 'InsufficientReservation',
        message: 'h1: 16.00 GiB unreserved, needs 64.99 = 64.00 reservation + 0.99 overhead',
      });
    });

    it('says which of host and machine there is not', async () => {
      const { bench } = rack;
      expect(await bench.reasonOf(bench.backend.powerOn(request('a', { host: 'h9' })))).toBe('NotFound');
      expect(await bench.reasonOf(bench.backend.suspend(name('a')))).toBe('NotFound');
      expect(await bench.reasonOf(bench.backend.reset(name('a'), 't'))).toBe('NotFound');
      expect(await bench.reasonOf(bench.backend.reconfigure(name('a'), config('a')))).toBe('NotFound');
      expect(await bench.reasonOf(bench.backend.setHostPower({ ...h1, name: 'h9' }, 'On'))).toBe('NotFound');
      expect(await bench.reasonOf(bench.backend.setHostMaintenance({ namespace: 'no', name: 'h1' }, true))).toBe(
        'NotFound',
      );
      expect(await bench.reasonOf(bench.backend.powerOff(name('a'), hard))).toBe('resolved');
      expect(await bench.reasonOf(bench.backend.destroy({ namespace: 'no', uid: 'a' }))).toBe('resolved');
    });

    it('is the state of one namespace, hosts and machines', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      const stats = await bench.settle(bench.backend.stats(NAMESPACE));
      expect(stats.map((report) => [report.kind, report.name])).toEqual([
        ['Host', 'h1'],
        ['Host', 'h2'],
        ['Machine', 'a'],
      ]);
      expect(await bench.settle(bench.backend.stats('no'))).toEqual([]);
    });

    it('comes to each of many calls at once', async () => {
      const { bench } = rack;
      const uids = Array.from({ length: 200 }, (_, i) => `m${i}`);
      const calls = uids.map((uid, i) =>
        bench.backend.powerOn(request(uid, { host: i % 2 === 0 ? 'h1' : 'h2', config: small(uid) })),
      );
      const epochs = await bench.settle(Promise.all(calls));
      expect(epochs).toEqual(uids.map(() => ({ epoch: 1 })));
      expect(bench.ledger()).toHaveLength(200);
    });
  });
}

const small = (uid: string): MachineConfig => config(uid, { memory: { size: 2 ** 20 } });

function repeats(rack: Rack): void {
  describe('a call that is made again', () => {
    it('changes nothing and answers as before: every one of them', async () => {
      const { bench } = rack;
      const twice = async (call: () => Promise<unknown>, time = 0) => {
        const first = await bench.settle(call());
        expect(await bench.settle(call())).toEqual(first);
        await bench.advance(time);
        const state = JSON.stringify(await bench.settle(bench.backend.stats(NAMESPACE)));
        expect(await bench.settle(call())).toEqual(first);
        expect(JSON.stringify(await bench.settle(bench.backend.stats(NAMESPACE)))).toBe(state);
      };
      const { backend } = bench;
      await twice(() => backend.powerOn(request('a')), 31_000);
      await twice(() => backend.reset(name('a'), 'token'), 31_000);
      await twice(() => backend.reconfigure(name('a'), config('a', { cpu: { shares: 5 } })));
      await twice(() => backend.suspend(name('a')), 60_000);
      await twice(() => backend.powerOn(request('a', { epoch: 1, host: 'h2' })), 60_000);
      await twice(() => backend.powerOff(name('a'), { mode: 'GuestShutdown', timeoutMs: 300_000 }), 60_000);
      await twice(() => backend.setHostMaintenance(h1, true));
      await twice(() => backend.setHostPower(h1, 'Standby'), 60_000);
      await twice(() => backend.destroy(name('a')), 1000);
      expect(bench.ledger().map(({ act, epoch, host: on }) => `${act} ${epoch} ${on}`)).toEqual([
        'Start 1 h1',
        'Stop 1 h1',
        'Start 2 h2',
        'Stop 2 h2',
        'Destroyed 2 h2',
      ]);
    });

    it('too late is refused: the machine has been started since', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      await bench.settle(bench.backend.powerOff(name('a'), hard));
      await bench.advance(1000);
      await bench.settle(bench.backend.powerOn(request('a', { epoch: 1 })));
      expect(await bench.reasonOf(bench.backend.powerOn(request('a')))).toBe('StaleEpoch');
      expect(await bench.reasonOf(bench.backend.powerOn(request('a', { epoch: 7 })))).toBe('StaleEpoch');
    });
  });
}

function failures(rack: Rack): void {
  describe('a call without an answer', () => {
    it('that died before it was safe has not happened, and happens once when made again', async () => {
      const { bench } = rack;
      const lost = bench.backend.powerOn(request('a'));
      lost.catch(() => {});
      const { length } = bench.ledger();
      await bench.die();
      expect(await bench.reasonOf(lost)).toBe('Unreachable');
      await bench.restart();
      expect(bench.ledger()).toHaveLength(length);
      expect(await bench.settle(bench.backend.powerOn(request('a')))).toEqual({ epoch: 1 });
      expect(bench.ledger().map(({ act }) => act)).toEqual(['Start']);
    });

    it('that died after it was safe has happened, and does not happen again when made again', async () => {
      const { bench } = rack;
      bench.dieAfterCommit();
      expect(await bench.reasonOf(bench.backend.powerOn(request('a')))).toBe('Unreachable');
      expect(bench.ledger().map(({ act }) => act)).toEqual(['Start']);
      await bench.restart();
      expect((await bench.machine('a'))?.power).toBe('PoweringOn');
      expect(await bench.settle(bench.backend.powerOn(request('a')))).toEqual({ epoch: 1 });
      await bench.advance(31_000);
      expect((await bench.machine('a'))?.guest.state).toBe('Running');
      expect(bench.ledger().map(({ act }) => act)).toEqual(['Start']);
      expect(ledgerViolations(bench.ledger())).toEqual([]);
    });

    it('is Unreachable as long as the datacenter is away: every one of them', async () => {
      const { bench } = rack;
      await bench.die();
      const { backend } = bench;
      const calls: (() => Promise<unknown>)[] = [
        () => backend.powerOn(request('a')),
        () => backend.powerOff(name('a'), hard),
        () => backend.suspend(name('a')),
        () => backend.reset(name('a'), 't'),
        () => backend.reconfigure(name('a'), config('a')),
        () => backend.destroy(name('a')),
        () => backend.setHostPower(h1, 'On'),
        () => backend.setHostMaintenance(h1, true),
        () => backend.stats(NAMESPACE),
      ];
      for (const call of calls) expect(await bench.reasonOf(call())).toBe('Unreachable');
    });

    it('is Unreachable after this side was closed', async () => {
      const { bench } = rack;
      await bench.backend.close();
      expect(await bench.reasonOf(bench.backend.stats(NAMESPACE))).toBe('Unreachable');
    });
  });

  describe('a bad call', () => {
    it('is refused with the path of what is wrong, and changes nothing', async () => {
      const { bench } = rack;
      const { backend } = bench;
      const wrong: [string, () => Promise<unknown>][] = [
        [
          'config.cpu.count',
          () => backend.powerOn(request('a', { config: config('a', { cpu: { count: Number.NaN } }) })),
        ],
        ['config.memory.size', () => backend.powerOn(request('a', { config: config('a', { memory: { size: -1 } }) }))],
        [
          'config.disks[0].size',
          () =>
            backend.powerOn(
              request('a', {
                config: config('a', {
                  disks: [{ name: 'd', size: 0.5, datastore: 'san1', provisioning: 'Thin', shares: 1 }],
                }),
              }),
            ),
        ],
        ['config.nics', () => backend.powerOn(request('a', { config: { ...config('a'), nics: 'lan' } }))],
        ['epoch', () => backend.powerOn(request('a', { epoch: -1 }))],
        ['host', () => backend.powerOn(request('a', { host: '' }))],
        ['how.mode', () => backend.powerOff(name('a'), { mode: 'Gentle' as never, timeoutMs: 0 })],
        ['token', () => backend.reset(name('a'), '')],
        ['uid', () => backend.destroy({ namespace: NAMESPACE } as never)],
        ['machine', () => backend.suspend(undefined as never)],
        ['config', () => backend.reconfigure(name('a'), null as never)],
        ['power', () => backend.setHostPower(h1, 'Sideways' as never)],
        ['maintenance', () => backend.setHostMaintenance(h1, 'yes' as never)],
        ['host', () => backend.setHostPower(undefined as never, 'On')],
        ['namespace', () => backend.stats(7 as never)],
      ];
      for (const [path, call] of wrong) {
        await expect(bench.settle(call()), path).rejects.toMatchObject({
          reason: 'Invalid',
          message: expect.stringContaining(`${path}: has to be `),
        });
      }
      expect(bench.ledger()).toEqual([]);
    });
  });
}

function observation(rack: Rack): void {
  async function observe(bench: Bench) {
    const reports: Report[] = [];
    const ended: BackendError[] = [];
    const observation = bench.backend.observe({
      reports: (batch) => reports.push(...batch),
      closed: (error) => ended.push(error),
    });
    await bench.until(() => reports.some(({ kind }) => kind === 'Synced') || ended.length > 0);
    return { reports, ended, observation };
  }

  describe('an observation', () => {
    it('begins with everything, then Synced, and goes on with what changes, in order', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      const { reports } = await observe(bench);
      expect(reports.map(({ kind }) => kind).sort()).toEqual([
        'Datastore',
        'Host',
        'Host',
        'Machine',
        'Network',
        'Synced',
      ]);
      expect(reports.at(-1)).toEqual({ kind: 'Synced' });
      await bench.advance(31_000);
      await bench.settle(bench.backend.powerOff(name('a'), hard));
      await bench.advance(1000);
      await bench.settle(bench.backend.destroy(name('a')));
      await bench.until(() => reports.at(-1)?.kind === 'Datastore' || reports.some(({ kind }) => kind === 'Gone'));
      const states = reports.flatMap((report) =>
        report.kind === 'Machine' ? [`${report.power} ${report.guest.state}`] : [],
      );
      expect([...new Set(states)]).toEqual([
        'PoweringOn Stopped',
        'On Booting',
        'On Running',
        'PoweringOff Stopped',
        'Off Stopped',
      ]);
      const occurred = reports.flatMap((report) => (report.kind === 'Occurrence' ? [report.reason] : []));
      expect(occurred).toEqual(['VMPoweredOn', 'VMPoweredOff']);
      expect(reports.filter(({ kind }) => kind === 'Gone')).toEqual([
        { kind: 'Gone', namespace: NAMESPACE, of: 'Machine', id: 'a' },
      ]);
    });

    it('tells what stats tell', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      await bench.advance(31_000);
      const { reports } = await observe(bench);
      const stats = await bench.settle(bench.backend.stats(NAMESPACE));
      const hostsAndMachines = reports.filter(({ kind }) => kind === 'Host' || kind === 'Machine');
      expect(hostsAndMachines).toEqual(stats);
    });

    it('tells several observers alike', async () => {
      const { bench } = rack;
      const [first, second] = [await observe(bench), await observe(bench)];
      await bench.settle(bench.backend.powerOn(request('a')));
      const hasMachine = ({ reports }: { reports: Report[] }) => reports.some(({ kind }) => kind === 'Machine');
      await bench.until(() => hasMachine(first) && hasMachine(second));
      expect(second.reports).toEqual(first.reports);
    });

    it('that is stopped hears nothing more', async () => {
      const { bench } = rack;
      const { reports, ended, observation } = await observe(bench);
      const { length } = reports;
      observation.stop();
      observation.stop();
      await bench.settle(bench.backend.powerOn(request('a')));
      const later = await observe(bench);
      expect(later.reports.length).toBeGreaterThan(length);
      expect(reports).toHaveLength(length);
      await bench.die();
      await bench.until(() => later.ended.length > 0);
      expect(ended).toEqual([]);
    });

    it('breaks with the datacenter, once, and everything is told anew to who observes again', async () => {
      const { bench } = rack;
      await bench.settle(bench.backend.powerOn(request('a')));
      const { reports, ended } = await observe(bench);
      await bench.die();
      await bench.until(() => ended.length > 0);
      expect(ended).toMatchObject([{ reason: 'Unreachable' }]);
      const late = await observe(bench);
      expect(late.ended).toMatchObject([{ reason: 'Unreachable' }]);
      await bench.restart();
      const again = await observe(bench);
      expect(again.reports.map(({ kind }) => kind)).toEqual(reports.map(({ kind }) => kind));
      expect(ended).toHaveLength(1);
    });
  });
}
