import { KiB, MiB } from '../base/units.ts';

/** What a machine's files take on a datastore from the start, in bytes; beside its disks and its swap file. */
export const CONFIG_SIZE = 4 * KiB;
export const LOG_SIZE = 256 * KiB;

/** A thin disk begins with one block of the file system. */
const THIN_START = MiB;

export type Provisioning = 'Thin' | 'Thick' | 'EagerZeroedThick';

/** Bytes that a new disk takes when it is made. */
export function newDiskSize(provisioning: Provisioning, size: number): number {
  return provisioning === 'Thin' ? Math.min(THIN_START, size) : size;
}

/** Bytes that a disk takes that was there before; `written` of it, where it is thin. */
export function keptDiskSize(provisioning: Provisioning, size: number, written: number): number {
  return provisioning === 'Thin' ? Math.min(written, size) : size;
}
