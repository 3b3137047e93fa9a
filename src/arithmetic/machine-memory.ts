import { memoryOverhead } from './memory-overhead.ts';

/** What a machine takes of a host's memory and a datastore's space, by the rules of its hypervisor. */

/** The part of a machine's memory that ESX may have to swap: configured less reserved (Waldspurger 2002, 6.1). */
export function swapFileSize(size: number, reservation: number): number {
  return Math.max(0, size - reservation);
}

/** What a machine takes of the room on an ESX host: what it reserves, and what it costs to run. */
export function esxCommitment(vcpus: number, size: number, reservation: number): number {
  return Math.min(reservation, size) + memoryOverhead(vcpus, size);
}

/** The part of idle memory that counts as demand: 100 less the idle tax (Mem.IdleTax 75). */
const IDLE_PART = 0.25;

/**
 * Memory that a machine asks for as DRS counts it: active, a quarter of what it holds idle, and overhead
 * (Denneman; design/algorithms.md 5.2).
 */
export function memoryDemand(active: number, consumed: number, overhead: number): number {
  return active + IDLE_PART * Math.max(0, consumed - active) + overhead;
}
