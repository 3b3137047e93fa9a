/**
 * What the spec's `power` and the state of the machine together ask for next. Placement and power controllers both
 * read it, so that a host is looked for exactly when a start is due.
 */

export interface PowerWish {
  readonly power: 'On' | 'Off' | 'Suspended';
  /** Its object is being deleted (and something else holds it back). */
  readonly deleting: boolean;
  readonly restartedAt: string | undefined;
  readonly restartPolicy: 'Always' | 'OnFailure';
}

export interface PowerState {
  readonly power: 'Off' | 'PoweringOn' | 'On' | 'PoweringOff' | 'Suspending' | 'Suspended';
  readonly epoch: number;
  readonly restartToken: string | undefined;
  readonly exit: string | undefined;
}

export type PowerAct =
  /** Nothing to do; `off` says why a machine whose spec says On rightly is off. */
  | { readonly act: 'Settled'; readonly off?: 'GuestShutdown' | 'HostDirect' }
  /** The machine is on its way to a state from which it can be decided anew. */
  | { readonly act: 'Wait' }
  | { readonly act: 'PowerOn'; readonly resume: boolean }
  | { readonly act: 'PowerOff' }
  /** Off already, but not because it was asked to be: note that it now is. */
  | { readonly act: 'AcknowledgeOff' }
  | { readonly act: 'Suspend' }
  | { readonly act: 'Reset'; readonly token: string }
  | { readonly act: 'CannotSuspend' };

/** @param state undefined when the datacenter has no such machine */
export function powerAct(wish: PowerWish, state: PowerState | undefined): PowerAct {
  if (state !== undefined && (state.power === 'Suspending' || state.power === 'PoweringOff')) return { act: 'Wait' };
  if (wish.deleting || wish.power === 'Off') return towardsOff(state);
  return wish.power === 'On' ? towardsOn(wish, state) : towardsSuspended(state);
}

function towardsOff(state: PowerState | undefined): PowerAct {
  if (state === undefined) return { act: 'Settled' };
  if (state.power === 'Off') return { act: state.exit === 'Requested' ? 'Settled' : 'AcknowledgeOff' };
  return { act: 'PowerOff' };
}

function towardsSuspended(state: PowerState | undefined): PowerAct {
  if (state === undefined || state.power === 'Off') return { act: 'CannotSuspend' };
  if (state.power === 'Suspended') return { act: 'Settled' };
  return state.power === 'On' ? { act: 'Suspend' } : { act: 'Wait' };
}

function towardsOn(wish: PowerWish, state: PowerState | undefined): PowerAct {
  if (state === undefined) return { act: 'PowerOn', resume: false };
  const { power, exit } = state;
  const restart = wish.restartedAt !== undefined && wish.restartedAt !== state.restartToken;
  if (power === 'PoweringOn') return { act: 'Wait' };
  if (power === 'On') return restart ? { act: 'Reset', token: wish.restartedAt! } : { act: 'Settled' };
  if (power === 'Suspended') return { act: 'PowerOn', resume: true };
  // A guest that shut itself down, and somebody at the host, meant it; `Always` and a new restartedAt overrule them.
  const meant = exit === 'GuestShutdown' || exit === 'HostDirect';
  if (meant && wish.restartPolicy !== 'Always' && !restart) return { act: 'Settled', off: exit };
  return { act: 'PowerOn', resume: false };
}
