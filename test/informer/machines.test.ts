import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import {
  type Backend,
  BackendError,
  type BackendObserver,
  type HostReport,
  type MachineReport,
  type Report,
} from '../../src/hypervisor/backend.ts';
import { Machines } from '../../src/informer/machines.ts';

const host = (name: string, power: HostReport['power'] = 'On', namespace = 'default') =>
  ({ kind: 'Host', namespace, name, power }) as HostReport;
const machine = (uid: string, on: string, power: MachineReport['power'] = 'On') =>
  ({ kind: 'Machine', namespace: 'default', uid, name: `vm-${uid}`, host: on, power }) as MachineReport;
const occurrence = (reason: string): Report => ({
  kind: 'Occurrence',
  namespace: 'default',
  at: 0,
  subject: { kind: 'Machine', id: 'u1' },
  reason,
  message: reason,
});
const synced: Report = { kind: 'Synced' };

/** A backend whose observers are in the test's hands. */
function start(namespaces?: readonly string[]) {
  const clock = new VirtualClock();
  const observers: BackendObserver[] = [];
  let stops = 0;
  const backend = {
    observe(observer: BackendObserver) {
      observers.push(observer);
      return { stop: () => stops++ };
    },
  } as Partial<Backend> as Backend;
  const machines = new Machines({ backend, clock, random: new Random(1), logger: silentLogger, namespaces });
  const story: string[] = [];
  machines.onChange((changes) => {
    for (const { kind, id, before, after } of changes) {
      story.push(`${after === undefined ? '-' : before === undefined ? '+' : '~'}${kind} ${id}`);
    }
  });
  machines.onOccurrence((occurrences) => story.push(...occurrences.map(({ reason }) => `!${reason}`)));
  machines.onConnection((states) => story.push(...states));
  machines.start();
  return {
    machines,
    story,
    observers,
    stops: () => stops,
    tell: (...reports: Report[]) => observers.at(-1)!.reports(reports),
    lose: () => observers.at(-1)!.closed(new BackendError('Unreachable', 'gone')),
    pass: (ms: number) => clock.advance(ms, macrotask),
  };
}

describe('Machines', () => {
  it('hold what was reported once everything was, and what changed since', async () => {
    const { machines, story, tell } = start();
    tell(host('h1'), machine('u1', 'h1'));
    expect(machines.connection).toBe('Unknown');
    expect(machines.host('default', 'h1')).toBeUndefined();
    tell(host('h2'), synced, machine('u2', 'h2'));
    await machines.synced;
    expect(machines.connection).toBe('Connected');
    expect(story).toEqual(['Connected', '+Host h1', '+Machine u1', '+Host h2', '+Machine u2']);
    tell(machine('u1', 'h2'), { kind: 'Gone', namespace: 'default', of: 'Machine', id: 'u2' });
    expect(story.slice(5)).toEqual(['~Machine u1', '-Machine u2']);
    expect(machines.machines().by('host', 'default', 'h2')).toEqual([machine('u1', 'h2')]);
    expect(machines.machines().by('name', 'default', 'vm-u1')).toHaveLength(1);
    expect(Object.isFrozen(machines.machine('default', 'u1'))).toBe(true);
  });

  it('stay as they were last seen, with the connection Unknown, when it breaks', async () => {
    const { machines, story, tell, lose } = start();
    tell(host('h1'), synced);
    lose();
    expect(machines.connection).toBe('Unknown');
    expect(machines.isSynced).toBe(true);
    expect(machines.host('default', 'h1')).toEqual(host('h1'));
    expect(story.at(-1)).toBe('Unknown');
  });

  it('are compared whole over a new connection: what is equal is no change, what is missing is gone', async () => {
    const { story, tell, lose, pass, observers } = start();
    tell(host('h1'), host('h2'), machine('u1', 'h1'), machine('u2', 'h1'), synced);
    story.length = 0;
    lose();
    await pass(300);
    expect(observers).toHaveLength(2);
    tell(host('h1'), machine('u1', 'h1', 'Off'), machine('u3', 'h1'));
    expect(story).toEqual(['Unknown']);
    tell(synced);
    expect(story).toEqual(['Unknown', 'Connected', '-Host h2', '-Machine u2', '~Machine u1', '+Machine u3']);
  });

  it('are asked for again with growing pauses', async () => {
    const { lose, pass, observers, tell } = start();
    for (let i = 0; i < 6; i++) {
      lose();
      await pass(200 * 2 ** i * 1.5);
      expect(observers).toHaveLength(i + 2);
    }
    lose();
    await pass(5000);
    expect(observers).toHaveLength(7);
    await pass(10_000);
    expect(observers).toHaveLength(8);
    tell(synced);
    lose();
    await pass(300);
    expect(observers).toHaveLength(9);
  });

  it('pass occurrences through at once', () => {
    const { story, tell } = start();
    tell(occurrence('VMPoweredOn'));
    tell(synced, occurrence('VMLockLost'));
    expect(story).toEqual(['!VMPoweredOn', 'Connected', '!VMLockLost']);
  });

  it('of other namespaces are left out', () => {
    const { machines, tell } = start(['default']);
    tell(host('h1'), host('h1', 'On', 'other'), synced, host('h2', 'On', 'other'));
    expect(machines.hosts().namespaces()).toEqual(['default']);
    expect(machines.hosts().size).toBe(1);
  });

  it('say nothing more after stop, and of a connection that was given up', async () => {
    const { machines, story, tell, lose, pass, observers, stops } = start();
    tell(synced);
    lose();
    await pass(300);
    observers[0]!.reports([host('h9')]);
    tell(synced);
    machines.stop();
    tell(host('h1'));
    lose();
    await pass(60_000);
    expect(story).toEqual(['Connected', 'Unknown', 'Connected']);
    expect(stops()).toBe(1);
    expect(observers).toHaveLength(2);
  });
});
