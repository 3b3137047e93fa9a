/** What may go wrong at a port, beside what the Faults in the manifests do: for the swarm. */
import type { ProgramName } from './incarnation.ts';

/** Who makes a call; `user` is whoever applies manifests. */
export type Caller = ProgramName | 'user';

/** A call through a port, before it is carried out. */
export interface PortCall {
  readonly caller: Caller;
  /** `Disk`: a commit of the API server or of the datacenter. */
  readonly port: 'Client' | 'Backend' | 'Disk';
  /** The method, as `patch` or `powerOn`. */
  readonly verb: string;
  /** What it is about, as `virtualmachines/status default/web-1`. */
  readonly about: string;
}

/** What becomes of a call. Each part is left out where nothing does. */
export interface Misfortune {
  /** `crash`: the caller dies. `fail`: there is no answer (Disk: it is full). Before: nothing was carried out. */
  readonly before?: 'crash' | 'fail';
  readonly after?: 'crash' | 'fail';
  /** The call takes so long to arrive. */
  readonly delayMs?: number;
  /** How long the program stays away after a crash. */
  readonly downMs?: number;
}

/** What becomes of a batch that a watch or an observation brings. */
export interface BatchMisfortune {
  /** The connection breaks after it (`dropped`: instead of it). */
  readonly breaks?: boolean;
  readonly dropped?: boolean;
  readonly doubled?: boolean;
  readonly delayMs?: number;
}

export interface Chaos {
  /** Undefined: nothing becomes of it. */
  onCall(call: PortCall): Misfortune | undefined;
  onBatch(receiver: Caller, what: string): BatchMisfortune | undefined;
}
