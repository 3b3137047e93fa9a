import { gib } from '../../base/units.ts';
import type { MachineFile } from '../backend.ts';
import { type DatastoreAilments, wellDatastore } from '../faults/ailments.ts';
import type { DatastoreHardware } from '../hardware.ts';
import { refusal } from '../refusal.ts';
import { reported, type StoredFile } from './machine-files.ts';

/** What is kept of a datastore. */
export interface DatastoreRecord {
  hardware: DatastoreHardware;
  /** False when it was taken away while files were on it: out of everyone's reach, but not empty. */
  present: boolean;
  /** Bytes that were on it when it became smaller than that. */
  overfull?: number;
  /** Files whose machine was destroyed with `Retain`. */
  orphans: StoredFile[];
}

/** Where machines keep their files and locks. What is used is the sum of what the files take. */
export class Datastore {
  readonly kind = 'Datastore';
  readonly record: DatastoreRecord;
  /** What the active faults do to it. */
  ailments: DatastoreAilments = wellDatastore;
  /** Bytes taken by machines' files. */
  #byMachines = 0;

  constructor(record: DatastoreRecord) {
    this.record = record;
  }

  get key(): string {
    return this.name;
  }

  get name(): string {
    return this.record.hardware.name;
  }

  get used(): number {
    let bytes = this.#byMachines;
    for (const { size } of this.record.orphans) bytes += size;
    return bytes;
  }

  /** Of a datastore that somebody else has filled: nothing. */
  get free(): number {
    if (this.ailments.isFull) return 0;
    return Math.max(0, this.record.hardware.capacity - this.used);
  }

  /** Whether anything is kept on it. */
  get isEmpty(): boolean {
    return this.#byMachines === 0 && this.record.orphans.length === 0;
  }

  get orphans(): MachineFile[] {
    return this.record.orphans.map(reported);
  }

  /** Machines' files took `bytes` more (or less). */
  take(bytes: number): void {
    this.#byMachines += bytes;
  }

  /** Throws `InsufficientDatastoreSpace` when `bytes` more do not fit. `parts` says what they are for. */
  checkSpace(bytes: number, parts: string): void {
    if (bytes <= 0 || bytes <= this.free) return;
    throw refusal(
      'InsufficientDatastoreSpace',
      `${this.name}: ${gib(this.free)} GiB free, needs ${gib(bytes)}${parts === '' ? '' : ` = ${parts}`}`,
    );
  }
}
