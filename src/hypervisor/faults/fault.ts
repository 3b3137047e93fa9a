/** What breaks, as it is told from outside; times in milliseconds of the namespace's time. */

export type FaultType =
  | 'Crash'
  | 'Dom0Crash'
  | 'Hang'
  | 'PowerCut'
  | 'IsolateNetwork'
  | 'PartitionNetwork'
  | 'SlowNetwork'
  | 'PathLoss'
  | 'LoseDatastore'
  | 'DatastoreFull'
  | 'SlowDisk'
  | 'StopAgent'
  | 'FailWake'
  | 'BMCUnreachable'
  | 'GuestHang'
  | 'GuestCrash'
  | 'FTTestFailover';

export type FaultTarget =
  | { readonly kind: 'Host' | 'Network' | 'Datastore'; readonly name: string }
  /** `uid`: of the machine that bears the name now; undefined when none does. */
  | { readonly kind: 'Machine'; readonly name: string; readonly uid: string | undefined }
  /** One of our own programs. */
  | { readonly kind: 'Management'; readonly name: string };

export interface FaultOrder {
  /** The uid of the Fault object. */
  readonly id: string;
  readonly type: FaultType;
  readonly target: FaultTarget;
  /** From when it is first told of, or from `from`. */
  readonly afterMs: number;
  readonly from?: number;
  /** Left out: until it is taken back. */
  readonly durationMs?: number;
  /** Of a host; left out: every Management network. */
  readonly network?: string;
  /** Of a host; left out: all. */
  readonly datastore?: string;
  /** Of a partition: hosts with the same still reach one another. */
  readonly group: string;
  readonly mode: LossMode;
  /** What is left of a speed. */
  readonly percent: number;
}

/** `AllPathsDown`: silence. `DeviceLoss`: the array says that it is gone. */
export type LossMode = 'AllPathsDown' | 'DeviceLoss';

/** `Failed`: it cannot strike, `message` says why; unless `isFutile`, it does as soon as it can. */
export type FaultPhase = 'Pending' | 'Active' | 'Healed' | 'Failed';

/** What is kept of a fault. */
export interface FaultRecord {
  order: FaultOrder;
  phase: FaultPhase;
  message: string;
  /** Failed, and nothing that may yet come will let it strike. */
  isFutile?: boolean;
  startsAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** The guest that it struck: of that start, reset so often. */
  struck: { readonly epoch: number; readonly resets: number } | undefined;
}

/** When it heals by itself. */
export function endOf({ order, startsAt }: FaultRecord): number {
  return order.durationMs === undefined ? Number.POSITIVE_INFINITY : startsAt + order.durationMs;
}
