/** What a supervisor and the programs it started say to each other, over the channel that Node gives a child. */

/** What a program that serves has to tell: addresses, counts. */
export type Facts = Readonly<Record<string, string | number>>;

export type FromProgram =
  /** It has loaded and taken what it needs of the machine (a lock, a port). */
  | { readonly type: 'prepared'; readonly facts: Facts }
  | { readonly type: 'ready'; readonly facts: Facts }
  /** A Fault stops one of the programs (for `forMs`, or until it is said otherwise), or lets it run again. */
  | { readonly type: 'outage'; readonly program: string; readonly isDown: boolean; readonly forMs?: number }
  /** It cannot go on; `text` is what to print. */
  | { readonly type: 'failed'; readonly text: string; readonly exitCode: number };

export type FromSupervisor =
  /** What it waited for is there. */
  { readonly type: 'go'; readonly settings: Facts } | { readonly type: 'stop' };

/** A program started with this in its environment has a supervisor at the other end of its channel. */
export const SUPERVISED = 'ORRERY_SUPERVISED';
