import type { MemoryState } from '../../arithmetic/min-free.ts';
import type { MachineConfig } from '../backend.ts';

/**
 * The memory of one host, shared out among what runs on it. Told and asked as `HostCpu` is; `EntitlementMemory`
 * answers by formula, `EsxMemory` with working-set samples, balloons, sharing, compression and swap.
 */
export interface HostMemory {
  /** @param overhead bytes that running the machine costs beyond its own memory */
  add(uid: string, config: MachineConfig, overhead: number): void;
  remove(uid: string): void;
  /** Other size, shares, reservation or limit. */
  change(uid: string, config: MachineConfig, overhead: number): void;
  demand(uid: string, demand: MemoryDemand): void;
  /** How busy the guest wants its vCPUs to be, from 0 to 1: what waiting for memory takes from it depends on that. */
  load(uid: string, busy: number): void;
  /** What its swap file is on; until it is told, a disk of a common kind. */
  swapDevice(uid: string, device: SwapDevice): void;
  /** As `HostCpu.advance`. */
  advance(now: number, changed: (uid: string) => void): void;
  /** Brings pages up to `now` though nothing is due. */
  settle(now: number): void;
  /** Time goes on to `now` and nothing happens: the host hangs. */
  skip(now: number): void;
  /** When something happens here by itself next; infinity while nothing will. */
  readonly next: number;
  rate(uid: string): MemoryRate;
  /** What waiting for memory does to the guest. */
  hindrance(uid: string): Hindrance;
  total(): HostMemoryRate;
  /** The machine's pages, to be moved with it; undefined where there is nothing that lasts. */
  image(uid: string): MemoryImage | undefined;
  /** The machine's pages are these, after `add` and `demand`. */
  restore(uid: string, image: MemoryImage): void;
  /** Whether pages have moved so far since it last said so that a snapshot is worth keeping. */
  hasMoved(): boolean;
  /** All pages, to be kept; undefined where there is nothing that lasts. */
  snapshot(): MemorySnapshot | undefined;
  /** Goes on from a snapshot of the past, with the machines that are here now. */
  resume(snapshot: MemorySnapshot): void;
}

/** What becomes of a guest's memory when it is in that state. */
export type MemoryPhase =
  /** Nothing is held: the machine is being built up or taken down. */
  | 'Empty'
  /** Pages are touched one after the other. */
  | 'Booting'
  | 'Running'
  /** The guest hangs or has crashed: it keeps its pages and touches none. */
  | 'Stalled';

/** What a guest does with its memory, in bytes. */
export interface MemoryDemand {
  /** Used again and again. */
  readonly active: number;
  /** Ever written to: what it would hold if nobody took anything from it. */
  readonly touched: number;
  /** Left out: Running. */
  readonly phase?: MemoryPhase;
  /** When the phase began, and how long booting takes, in ms. */
  readonly since?: number;
  readonly bootMs?: number;
  /** Bytes per second that are written, and the bytes that the writing goes round in. */
  readonly dirtyPerSecond?: number;
  readonly writable?: number;
}

/** What a swap file is on. */
export interface SwapDevice {
  /** From a page being asked for to its being there. */
  readonly latencyMs: number;
  /** In each direction; 0 while the device cannot be reached. */
  readonly bytesPerSecond: number;
}

/** Bytes. What is left out is not known to the model. */
export interface MemoryRate {
  /** Guest memory that machine memory stands behind, shared pages included. */
  readonly granted: number;
  readonly entitlement: number;
  /** Machine memory behind the guest's. */
  readonly consumed: number;
  readonly active: number;
  readonly overhead: number;
  /** As DRS counts it. */
  readonly demand: number;
  readonly target?: number;
  readonly ballooned?: number;
  readonly shared?: number;
  readonly sharedSaved?: number;
  readonly zeroed?: number;
  /** Machine memory that compressed pages take; twice as much guest memory is in them. */
  readonly compressed?: number;
  readonly swapped?: number;
  readonly swapInKBps?: number;
  readonly swapOutKBps?: number;
}

/** What a guest gets done and what it waits for, as parts of 1. */
export interface Hindrance {
  /** Of the work that it would do with all of its memory. */
  readonly work: number;
  /** Time that each of its vCPUs waits for pages from swap (%SWPWT). */
  readonly swapWait: number;
}

export const unhindered: Hindrance = { work: 1, swapWait: 0 };

/** Bytes. `used` is what machines consume, with overhead, and dom0. */
export interface HostMemoryRate {
  readonly demand: number;
  readonly entitlement: number;
  readonly used: number;
  readonly free: number;
  readonly minFree: number;
  readonly state: MemoryState;
}

/** Figures whose meaning is the model's own. */
export type MemoryImage = readonly number[];

/** A host's memory as it was at a time, in ms. */
export interface MemorySnapshot {
  readonly at: number;
  /** Since when swapping is counted. */
  readonly countedFrom: number;
  readonly state: MemoryState;
  /** By uid. */
  readonly machines: Readonly<Record<string, MemoryImage>>;
}
