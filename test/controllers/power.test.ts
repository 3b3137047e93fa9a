import { describe, expect, it } from 'vitest';
import { decide, type PowerInput } from '../../controllers/power/decide.ts';
import { changesWaiting, machineConfig } from '../../controllers/power/machine-config.ts';
import { stands, statusFor } from '../../controllers/power/status.ts';
import type { VirtualMachine, VirtualMachineSpec, VirtualMachineStatus } from '../../src/api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../src/api/virtual-machine-template.ts';
import { GiB } from '../../src/base/units.ts';
import type { MachineConfig, MachineReport } from '../../src/hypervisor/backend.ts';

const configOf = (spec: VirtualMachineSpec, template?: object) =>
  machineConfig({ metadata: { name: 'a' }, spec } as VirtualMachine, template as VirtualMachineTemplate | undefined);
const wanted = configOf({ memory: { size: '2Gi' } });
const report = (changes: Partial<MachineReport> = {}) =>
  ({
    power: 'On',
    epoch: 1,
    host: 'h1',
    config: wanted,
    restartToken: undefined,
    exit: undefined,
    ...changes,
  }) as MachineReport;
const yes = { isTrue: true, reason: 'Admitted', message: 'every check passed' };

const input = (changes: Partial<PowerInput> = {}): PowerInput => ({
  wish: { power: 'On', deleting: false, restartedAt: undefined, restartPolicy: 'OnFailure' },
  report: undefined,
  wanted,
  admitted: yes,
  placedOn: 'h1',
  given: undefined,
  refusal: undefined,
  isHeard: true,
  ...changes,
});

describe('the power controller', () => {
  it('starts what is admitted and placed, once for the starts it has seen', () => {
    expect(decide(input()).order).toEqual({ order: 'PowerOn', host: 'h1', config: wanted, epoch: 0, resume: false });
    const off = report({ power: 'Off', epoch: 7, exit: { reason: 'Requested', at: 0 } });
    expect(decide(input({ report: off })).order).toMatchObject({ order: 'PowerOn', epoch: 7 });
  });

  it.each<[string, Partial<PowerInput>]>([
    ['has not been admitted', { admitted: undefined }],
    ['was refused', { admitted: { isTrue: false, reason: 'NoSuitableHost', message: 'no' } }],
    ['has no host yet', { placedOn: undefined }],
    ['has no template', { wanted: undefined }],
  ])('starts nothing that %s', (_, changes) => {
    expect(decide(input(changes)).order).toBeUndefined();
  });

  it('calls a resume one until it runs', () => {
    const resuming = decide(input({ report: report({ power: 'PoweringOn', isResuming: true }) }));
    expect(resuming).toMatchObject({
      phase: 'Resuming',
      ready: { reason: 'Resuming', message: 'is being resumed on h1' },
    });
    expect(decide(input({ report: report({ power: 'PoweringOn' }) })).phase).toBe('PoweringOn');
    const asleep = report({ power: 'Suspended' });
    expect(decide(input({ report: asleep })).phase).toBe('Resuming');
    expect(decide(input({ report: asleep, admitted: undefined })).phase).toBe('Resuming');
    expect(decide(input({ report: asleep, admitted: { ...yes, isTrue: false } })).phase).toBe('Pending');
  });

  it('calls a machine inaccessible that was made on a datastore which no host reaches now', () => {
    const admitted = { isTrue: false, reason: 'DatastoreNotAccessible', message: '2 hosts do not reach datastore d' };
    expect(decide(input({ admitted })).phase).toBe('Pending');
    expect(decide(input({ admitted, report: report({ power: 'Off' }) })).phase).toBe('Inaccessible');
  });

  it('gives a running machine what it now asks for, once it is admitted, and once only', () => {
    const more = configOf({ memory: { size: '2Gi' }, cpu: { reservationMHz: 500 } });
    expect(decide(input({ report: report(), wanted: more })).order).toEqual({ order: 'Reconfigure', config: more });
    expect(decide(input({ report: report(), wanted: more, admitted: undefined })).order).toBeUndefined();
    expect(decide(input({ report: report(), wanted: more, given: more })).order).toBeUndefined();
    expect(decide(input({ report: report() })).order).toBeUndefined();
  });

  it('leaves its word about one that runs well as it is until the new spec has been dealt with', () => {
    const was = (status: string) =>
      ({ observedGeneration: 1, conditions: [{ type: 'Ready', status }] }) as unknown as VirtualMachineStatus;
    const more = configOf({ memory: { size: '2Gi' }, cpu: { reservationMHz: 500 } });
    const held = (changes: Partial<PowerInput>, status = 'True') =>
      stands(was(status), decide(input({ report: report(), ...changes })));
    expect(held({ admitted: undefined, wanted: more })).toBe(true);
    expect(held({ wanted: more })).toBe(true);
    expect(held({ wanted: more, given: more })).toBe(false);
    // Not when there is worse to say, nor of one that was not well.
    expect(held({ wanted: more, refusal: { reason: 'InsufficientReservation', message: 'no' } })).toBe(false);
    expect(held({ admitted: { ...yes, isTrue: false }, wanted: more })).toBe(false);
    expect(held({ admitted: undefined, hostConnection: 'Dead' })).toBe(false);
    expect(held({ admitted: undefined }, 'False')).toBe(false);
    expect(held({})).toBe(false);
  });

  it('says ready when what is wanted is so, off and suspended included', () => {
    const off = report({ power: 'Off', exit: { reason: 'Requested', at: 0 } });
    const wish = (power: 'On' | 'Off' | 'Suspended') =>
      ({ power, deleting: false, restartedAt: undefined, restartPolicy: 'OnFailure' }) as const;
    expect(decide(input({ report: report() })).ready).toMatchObject({ status: 'True', reason: 'Running' });
    expect(decide(input({ report: off, wish: wish('Off') }))).toMatchObject({
      phase: 'Off',
      ready: { status: 'True', reason: 'PoweredOff' },
    });
    expect(decide(input({ report: report({ power: 'Suspended' }), wish: wish('Suspended') }))).toMatchObject({
      phase: 'Suspended',
      ready: { status: 'True' },
    });
    expect(decide(input({ wish: wish('Suspended') })).ready).toMatchObject({
      status: 'False',
      reason: 'CannotSuspend',
      abnormal: 'Stalled',
    });
  });

  it('is not ready while its guest, its host or its storage fails it', () => {
    const ready = (changes: Partial<MachineReport>, hostConnection = 'Connected') =>
      decide(input({ report: report(changes), hostConnection })).ready;
    const guest = (state: 'Running' | 'Hung' | 'Crashed', heartbeat: 'Green' | 'Red') => ({
      guest: { state, heartbeat },
    });
    expect(ready(guest('Running', 'Green'))).toMatchObject({ status: 'True', reason: 'Running' });
    expect(ready(guest('Crashed', 'Red'))).toMatchObject({
      status: 'False',
      reason: 'GuestCrashed',
      abnormal: 'Stalled',
    });
    expect(ready(guest('Hung', 'Red'))).toMatchObject({ status: 'False', reason: 'GuestHung', abnormal: 'Stalled' });
    const hangs = ready(guest('Running', 'Red'), 'NotResponding');
    expect(hangs).toMatchObject({ status: 'False', reason: 'HostNotResponding', abnormal: 'Reconciling' });
    expect(hangs.message).toBe('its host h1 is NotResponding: its guest shows no heartbeat');
    expect(ready(guest('Running', 'Green'), 'NotResponding').status).toBe('Unknown');
    // ESX: its HA agent is dead, and nothing else.
    expect(ready(guest('Running', 'Green'), 'AgentDown').status).toBe('True');
    expect(ready({ ...guest('Running', 'Green'), staleInstances: ['h1'] })).toMatchObject({
      status: 'False',
      reason: 'LockLost',
    });
    const starts = decide(input({ report: report({ power: 'PoweringOn' }), hostConnection: 'NotResponding' })).ready;
    expect(starts.message).toBe('is being powered on on h1, which is NotResponding');
  });

  it('says under way, refused, or unheard, and which of these can wait for another write', () => {
    const starting = decide(input());
    expect(starting).toMatchObject({
      phase: 'PoweringOn',
      ready: { status: 'False', reason: 'PoweringOn', abnormal: 'Reconciling' },
    });
    expect(statusFor(starting, undefined).isUrgent).toBe(false);
    const refused = decide(input({ refusal: { reason: 'FileLocked', message: 'h2 holds the lock' } }));
    expect(refused.ready).toMatchObject({ status: 'False', reason: 'FileLocked' });
    expect(statusFor(refused, undefined).isUrgent).toBe(true);
    // The whole story is told once by each who has it.
    expect(statusFor(refused, undefined).conditions).toMatchObject([
      { type: 'Ready', reason: 'FileLocked', message: 'h2 holds the lock' },
      {
        type: 'Reconciling',
        reason: 'FileLocked',
        message: expect.stringMatching(/^refused for now, and tried again/),
      },
      {},
      {},
    ]);
    expect(decide(input({ isHeard: false })).ready).toMatchObject({
      status: 'Unknown',
      reason: 'DatacenterUnreachable',
    });
    expect(decide(input({ isHeard: false, report: report() })).ready.status).toBe('True');
  });

  it('tells the same again as nothing, and takes Reconciling out when it is over', () => {
    expect(statusFor(decide(input({ report: report() })), undefined).conditions).toContainEqual({
      type: 'Reconciling',
      status: undefined,
      reason: '',
      message: '',
    });
  });
});

describe('a machine as the hypervisor takes it', () => {
  it('has every default, its words as numbers, and its template behind it', () => {
    expect(wanted).toMatchObject({
      cpu: { count: 1, shares: 1000, reservationMHz: 0 },
      memory: { size: 2 * GiB, shares: 20480, reservation: 0 },
      guest: { bootMs: 30_000, tools: true },
      reclaim: 'Delete',
    });
    expect('limitMHz' in wanted.cpu).toBe(false);
    const template = { spec: { cpu: { count: 4, shares: 'High' }, memory: { size: '8Gi' } } };
    expect(configOf({ cpu: { count: 2 } }, template)).toMatchObject({
      cpu: { count: 2, shares: 4000 },
      memory: { size: 8 * GiB },
    });
  });

  it('lists what waits for the next power-on, field by field', () => {
    const running = configOf({ cpu: { count: 1 }, memory: { size: '2Gi' }, nics: [{ network: 'lan' }] });
    const next = configOf({
      cpu: { count: 4 },
      memory: { size: '4Gi' },
      nics: [{ network: 'dmz' }],
      disks: [{ name: 'data', size: '1Gi', datastore: 'san1' }],
    });
    expect(changesWaiting(running, next)).toEqual([
      { field: 'cpu.count', running: '1', wanted: '4' },
      { field: 'memory.size', running: '2Gi', wanted: '4Gi' },
      { field: 'disks[data]', running: 'none', wanted: '1Gi' },
      { field: 'nics', running: 'lan', wanted: 'dmz' },
    ]);
    expect(changesWaiting(running, running)).toEqual([]);
    // Of a larger reservation, as much as it has memory holds at once.
    const all = configOf({ memory: { size: '2Gi', reservation: '2Gi' } });
    expect(changesWaiting(all, configOf({ memory: { size: '4Gi', reservation: '3Gi' } }))).toEqual([
      { field: 'memory.size', running: '2Gi', wanted: '4Gi' },
      { field: 'memory.reservation', running: '2Gi (all it has)', wanted: '3Gi' },
    ]);
    expect(
      changesWaiting(next, { ...next, powerOff: { mode: 'GuestShutdown', timeoutMs: 1 } } as MachineConfig),
    ).toEqual([]);
  });
});
