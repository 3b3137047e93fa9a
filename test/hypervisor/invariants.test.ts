import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import { BackendError, type MachineConfig, type Report } from '../../src/hypervisor/backend.ts';
import { ledgerViolations, violations } from '../../src/hypervisor/invariants.ts';
import type { LedgerEntry } from '../../src/hypervisor/journal/journal.ts';
import { config, datastore, hints, host, Lab, NAMESPACE, xenHost } from './lab.ts';

const hostNames = ['h1', 'h2', 'x1'];
const machineNames = ['a', 'b', 'c', 'd'];

type Step =
  | {
      readonly do: 'on';
      readonly machine: string;
      readonly host: string;
      readonly back: number;
      readonly size: number;
      readonly reservation: number;
    }
  /** Its host loses the datastore for long enough, and it is started elsewhere. */
  | { readonly do: 'split'; readonly machine: string; readonly host: string }
  | { readonly do: 'off'; readonly machine: string; readonly soft: boolean }
  | {
      readonly do: 'suspend' | 'destroy' | 'reset' | 'hangGuest' | 'healGuest' | 'crashGuest' | 'close';
      readonly machine: string;
    }
  | { readonly do: 'change'; readonly machine: string; readonly size: number; readonly reservation: number }
  | { readonly do: 'power'; readonly host: string; readonly power: 'On' | 'Off' | 'Standby' }
  | {
      readonly do: 'crash' | 'cut' | 'hang' | 'unhang' | 'lose' | 'regain' | 'maintain' | 'remove' | 'add';
      readonly host: string;
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'restart'; readonly clean: boolean };

const machine = fc.constantFrom(...machineNames);
const onHost = fc.constantFrom(...hostNames);
const size = fc.constantFrom(1, 2, 5);
const constant = <T extends string>(...values: T[]) => fc.constantFrom(...values);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: constant('on'),
      machine,
      host: onHost,
      back: constant('0', '0', '0', '1', '2').map(Number),
      size,
      reservation: fc.constantFrom(0, 0, 1, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: constant('split'), machine, host: onHost }) },
  { weight: 3, arbitrary: fc.record({ do: constant('off'), machine, soft: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: constant('suspend', 'destroy', 'reset', 'hangGuest', 'healGuest', 'crashGuest', 'close'),
      machine,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: constant('change'), machine, size, reservation: fc.constantFrom(0, 1, 3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: constant('power'), host: onHost, power: constant('On', 'On', 'Off', 'Standby') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: constant('crash', 'cut', 'hang', 'unhang', 'lose', 'lose', 'regain', 'maintain', 'remove', 'add'),
      host: onHost,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: constant('pass'), ms: fc.constantFrom(1, 150, 5000, 17_000, 61_000, 200_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: constant('restart'), clean: fc.boolean() }) },
);

const hardware = (name: string) =>
  name === 'x1' ? xenHost('x1', { memory: 8 * GiB }) : host(name, { memory: 6 * GiB });
const configOf = (name: string, gib: number, reservation = 0): MachineConfig =>
  config(name, {
    cpu: { hotAdd: true, count: gib === 5 ? 2 : 1 },
    memory: { size: gib * GiB, hotAdd: true, reservation: Math.min(gib, reservation) * GiB },
    disks: [
      { name: 'root', size: gib * 2 * GiB, datastore: 'san1', provisioning: gib === 2 ? 'Thin' : 'Thick', shares: 1 },
    ],
    reclaim: name === 'd' ? 'Retain' : 'Delete',
  });

/** Carries out one step as a management server that knows what was reported would, or one that lags behind. */
async function take(lab: Lab, step: Step, incarnations: Map<string, number>): Promise<void> {
  const { backend, world } = lab;
  const nameOf = (name: string) => ({ namespace: NAMESPACE, uid: `${name}-${incarnations.get(name) ?? 0}` });
  switch (step.do) {
    case 'on': {
      const { uid } = nameOf(step.machine);
      const known = lab.site.machines.get(uid)?.record.epoch ?? 0;
      const epoch = Math.max(0, known - step.back);
      const request = {
        namespace: NAMESPACE,
        uid,
        host: step.host,
        epoch,
        config: configOf(step.machine, step.size, step.reservation),
      };
      world.setHints(uid, hints({ kind: 'Constant', percent: 70 }, { disk: { readMBps: 0, writeMBps: 200 } }));
      // A call whose answer is lost is made again.
      const [first, repeat] = await Promise.allSettled([backend.powerOn(request), backend.powerOn(request)]);
      if (first.status === 'fulfilled') expect(repeat).toEqual(first);
      else throw first.reason;
      return;
    }
    case 'split': {
      const found = lab.site.machines.get(nameOf(step.machine).uid)?.record;
      if (found === undefined) return;
      world.loseDatastore(found.host, 'san1');
      await lab.advance(17_000);
      const request = { ...nameOf(step.machine), host: step.host, epoch: found.epoch, config: found.config };
      await lab.call(backend.powerOn(request));
      return;
    }
    case 'off':
      return backend.powerOff(nameOf(step.machine), { mode: step.soft ? 'GuestShutdown' : 'Hard', timeoutMs: 60_000 });
    case 'suspend':
      return backend.suspend(nameOf(step.machine));
    case 'reset':
      return backend.reset(nameOf(step.machine), `${lab.clock.now()}`);
    case 'destroy':
      await backend.destroy(nameOf(step.machine));
      incarnations.set(step.machine, (incarnations.get(step.machine) ?? 0) + 1);
      return;
    case 'change':
      return backend.reconfigure(nameOf(step.machine), configOf(step.machine, step.size, step.reservation));
    case 'power':
      return backend.setHostPower({ namespace: NAMESPACE, name: step.host }, step.power);
    case 'maintain':
      return backend.setHostMaintenance({ namespace: NAMESPACE, name: step.host }, lab.clock.now() % 2 === 0);
    case 'pass':
      return lab.advance(step.ms);
    case 'restart':
      return restart(lab, step.clean);
    default:
      befall(lab, step, nameOf);
  }
}

/** A restart in good order changes nothing at all; after any other, the world is as it was saved last. */
async function restart(lab: Lab, isClean: boolean): Promise<void> {
  const state = async () => {
    const reports: Report[] = [];
    lab.backend.observe({ reports: (batch) => reports.push(...batch), closed: () => {} });
    await lab.settle();
    return known(reports);
  };
  const before = await state();
  await lab.restart(isClean ? 'close' : 'kill');
  expect(await state()).toEqual(before);
}

function befall(lab: Lab, step: Step, nameOf: (name: string) => { uid: string }): void {
  const { world } = lab;
  if ('machine' in step) {
    const { uid } = nameOf(step.machine);
    if (step.do === 'hangGuest') world.hangGuest(uid);
    else if (step.do === 'healGuest') world.healGuest(uid);
    else if (step.do === 'crashGuest') world.crashGuest(uid);
    else if (step.do === 'close') world.shutDownGuest(uid);
    return;
  }
  if (!('host' in step)) return;
  if (step.do === 'crash') world.crashHost(step.host);
  else if (step.do === 'cut') world.cutPower(step.host);
  else if (step.do === 'hang') world.hangHost(step.host);
  else if (step.do === 'unhang') world.unhangHost(step.host);
  else if (step.do === 'lose') world.loseDatastore(step.host, 'san1');
  else if (step.do === 'regain') world.regainDatastore(step.host, 'san1');
  else if (step.do === 'remove') world.removeHost(step.host);
  else if (step.do === 'add') world.upsertHost(hardware(step.host));
}

describe('after any sequence of orders, mishaps, restarts and time', () => {
  it('every invariant holds, and the ledger shows no start twice', { timeout: 60_000 }, async () => {
    let starts = 0;
    let refusals = 0;
    let stales = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const lab = await new Lab({ heartbeatMs: 60_000, gapMs: Number.POSITIVE_INFINITY }).rack();
        lab.world.upsertDatastore(datastore('san1', { capacity: 40 * GiB }));
        for (const name of hostNames) lab.world.upsertHost(hardware(name));
        const incarnations = new Map<string, number>();
        for (const item of steps) {
          const done = take(lab, item, incarnations).catch((error: unknown) => {
            expect(error).toBeInstanceOf(BackendError);
            expect((error as BackendError).message).not.toContain('the datacenter failed');
            refusals++;
          });
          if (item.do !== 'pass' && item.do !== 'restart' && item.do !== 'split') await lab.settle();
          await done;
          expect(violations(lab.site)).toEqual([]);
          stales += lab.site.strays.size;
        }
        await lab.settle();
        const entries = lab.entries();
        expect(ledgerViolations(entries)).toEqual([]);
        const started = entries.filter(({ act }) => act === 'Start');
        expect(new Set(started.map(({ uid, epoch }) => `${uid} ${epoch}`)).size).toBe(started.length);
        starts += started.length;
        // What observers were told last is what there is.
        await told(lab);
      }),
      { numRuns: 250, seed: 20101101 },
    );
    // The sequences did reach what they are for.
    expect(starts).toBeGreaterThan(200);
    expect(refusals).toBeGreaterThan(200);
    expect(stales).toBeGreaterThan(100);
  });
});

/** The last report of every noun, less its usage, is what an observer is told who asks now. */
async function told(lab: Lab): Promise<void> {
  const now: Report[] = [];
  // Hosts on which machines come and go are told of after a moment; nothing else moves meanwhile.
  lab.world.setClock({ speed: 1, paused: true });
  await lab.advance(200);
  lab.backend.observe({ reports: (batch) => now.push(...batch), closed: () => {} });
  await lab.settle();
  expect(known(lab.heard)).toEqual(known(now));
}

function known(reports: readonly Report[]): Record<string, unknown> {
  const last = new Map<string, unknown>();
  for (const report of reports) {
    if (report.kind === 'Gone') last.delete(`${report.of} ${report.id}`);
    else if (report.kind === 'Machine') last.set(`Machine ${report.uid}`, { ...report, usage: 0 });
    else if (report.kind === 'Host') {
      const { demand, entitlement, used, memory, uplinks, ...rest } = report;
      last.set(`Host ${report.name}`, rest);
    } else if (report.kind === 'Datastore') last.set(`Datastore ${report.name}`, { ...report, traffic: 0 });
    else if (report.kind === 'Network') last.set(`Network ${report.name}`, report);
  }
  return Object.fromEntries([...last].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the invariants themselves', () => {
  const start = (epoch: number, uid = 'a'): LedgerEntry => ({
    namespace: 'n',
    uid,
    epoch,
    host: 'h1',
    act: 'Start',
    cause: 'PowerOn',
    simulated: 0,
    real: 0,
  });

  it('see a start that happened twice, one that was skipped, and one under a held lock', () => {
    const stop: LedgerEntry = { ...start(1), act: 'Stop', cause: 'Requested' };
    expect(ledgerViolations([start(1), stop, start(2)])).toEqual([]);
    expect(ledgerViolations([start(1), stop, start(1)])).toEqual(['n/a was started as 1 after 1']);
    expect(ledgerViolations([start(1), stop, start(3)])).toEqual(['n/a was started as 3 after 1']);
    expect(ledgerViolations([start(1), start(2)])).toEqual(['n/a was started on h1 while start 1 held the lock']);
    expect(ledgerViolations([start(1), start(1, 'b')])).toEqual([]);
  });

  it('see machines that run on a dead host, without their lock, beyond the room, or in the wrong space', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { memory: { reservation: GiB } }) });
    const { site } = lab;
    expect(violations(site)).toEqual([]);
    const [machine, on] = [site.machines.get('uid-a')!, site.hosts.get('h1')!];
    on.record.power = 'Off';
    expect(violations(site)).toEqual(['h1 is Off and runs 1']);
    on.record.power = 'On';
    machine.lock.release();
    expect(violations(site)).toEqual(['a (uid-a): h1 sees san1 and runs it without lock']);
    machine.lock.take('h1', 1);
    site.datastores.get('san1')!.take(5);
    expect(violations(site)[0]).toMatch(/^san1: \d+ bytes used, files take \d+$/);
    site.datastores.get('san1')!.take(-5);
    on.record.hardware = { ...on.hardware, memory: GiB };
    expect(violations(site).join()).toContain('bytes more reserved than it has');
  });
});
