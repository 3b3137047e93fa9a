import { describe, expect, it } from 'vitest';
import { type PowerState, type PowerWish, powerAct } from '../../src/model/power-intent.ts';

const wish = (changes: Partial<PowerWish> = {}): PowerWish => ({
  power: 'On',
  deleting: false,
  restartedAt: undefined,
  restartPolicy: 'OnFailure',
  ...changes,
});
const state = (power: PowerState['power'], changes: Partial<PowerState> = {}): PowerState => ({
  power,
  epoch: 1,
  restartToken: undefined,
  exit: undefined,
  ...changes,
});
const off = (exit: string, changes: Partial<PowerState> = {}) => state('Off', { exit, ...changes });

describe('what power asks for next', () => {
  it.each<[string, PowerWish, PowerState | undefined, object]>([
    ['a machine that never was, wanted on, is started', wish(), undefined, { act: 'PowerOn', resume: false }],
    ['one that was switched off, wanted on, is started', wish(), off('Requested'), { act: 'PowerOn', resume: false }],
    ['one that is on stays so', wish(), state('On'), { act: 'Settled' }],
    [
      'one whose guest shut itself down stays off',
      wish(),
      off('GuestShutdown'),
      { act: 'Settled', off: 'GuestShutdown' },
    ],
    [
      'unless its policy is Always',
      wish({ restartPolicy: 'Always' }),
      off('GuestShutdown'),
      { act: 'PowerOn', resume: false },
    ],
    [
      'or a restart is asked for that it has not had',
      wish({ restartedAt: 't1' }),
      off('GuestShutdown'),
      { act: 'PowerOn', resume: false },
    ],
    [
      'but not one that it has had',
      wish({ restartedAt: 't1' }),
      off('GuestShutdown', { restartToken: 't1' }),
      { act: 'Settled', off: 'GuestShutdown' },
    ],
    ['one switched off at its host stays off', wish(), off('HostDirect'), { act: 'Settled', off: 'HostDirect' }],
    ['one that crashed is started', wish(), off('GuestCrash'), { act: 'PowerOn', resume: false }],
    ['one whose host failed is started', wish(), off('HostFailed'), { act: 'PowerOn', resume: false }],
    ['a suspended one, wanted on, is resumed', wish(), state('Suspended'), { act: 'PowerOn', resume: true }],
    [
      'a new restartedAt resets what runs',
      wish({ restartedAt: 't2' }),
      state('On', { restartToken: 't1' }),
      { act: 'Reset', token: 't2' },
    ],
    ['one that is being started is waited for', wish(), state('PoweringOn'), { act: 'Wait' }],
    ['what is on its way down is waited for', wish(), state('PoweringOff'), { act: 'Wait' }],
    ['wanted off, it is switched off', wish({ power: 'Off' }), state('On'), { act: 'PowerOff' }],
    ['even while it starts', wish({ power: 'Off' }), state('PoweringOn'), { act: 'PowerOff' }],
    ['and what is suspended is given up', wish({ power: 'Off' }), state('Suspended'), { act: 'PowerOff' }],
    ['what never was is off', wish({ power: 'Off' }), undefined, { act: 'Settled' }],
    [
      'what went off by itself and shall be off is noted',
      wish({ power: 'Off' }),
      off('GuestShutdown'),
      { act: 'AcknowledgeOff' },
    ],
    ['wanted suspended, it is', wish({ power: 'Suspended' }), state('On'), { act: 'Suspend' }],
    ['once it runs', wish({ power: 'Suspended' }), state('PoweringOn'), { act: 'Wait' }],
    ['what is off cannot be', wish({ power: 'Suspended' }), off('Requested'), { act: 'CannotSuspend' }],
    ['what is being deleted goes off, whatever its power', wish({ deleting: true }), state('On'), { act: 'PowerOff' }],
  ])('%s', (_, wanted, present, expected) => {
    expect(powerAct(wanted, present)).toEqual(expected);
  });
});
