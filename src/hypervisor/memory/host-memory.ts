import type { MemoryState } from '../../arithmetic/min-free.ts';
import type { MachineConfig } from '../backend.ts';

/**
 * The memory of one host, shared out among what runs on it. Told and asked as `HostCpu` is; `EntitlementMemory`
 * answers by formula, a manager with balloons, sharing and swap by doing it.
 */
export interface HostMemory {
  /** @param overhead bytes that running the machine costs beyond its own memory */
  add(uid: string, config: MachineConfig, overhead: number): void;
  remove(uid: string): void;
  /** Other size, shares, reservation or limit. */
  change(uid: string, config: MachineConfig, overhead: number): void;
  demand(uid: string, demand: MemoryDemand): void;
  /** As `HostCpu.advance`. */
  advance(now: number, changed: (uid: string) => void): void;
  rate(uid: string): MemoryRate;
  total(): HostMemoryRate;
}

/** Bytes that a guest works with. */
export interface MemoryDemand {
  /** Used again and again. */
  readonly active: number;
  /** Ever written to: what it would hold if nobody took anything from it. */
  readonly touched: number;
}

/** Bytes. */
export interface MemoryRate {
  readonly granted: number;
  readonly entitlement: number;
  /** Machine memory behind the guest's. */
  readonly consumed: number;
  readonly active: number;
  readonly overhead: number;
  /** As DRS counts it. */
  readonly demand: number;
}

/** Bytes. `used` is what machines consume, with overhead, and dom0. */
export interface HostMemoryRate {
  readonly demand: number;
  readonly entitlement: number;
  readonly used: number;
  readonly free: number;
  readonly minFree: number;
  readonly state: MemoryState;
}
