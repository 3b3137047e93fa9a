import type { NetworkHardware } from '../hardware.ts';

/** What is kept of a network. */
export interface NetworkRecord {
  hardware: NetworkHardware;
}

/** What machines' nics are plugged into. Which hosts reach it stands in the hosts' cabling. */
export class Network {
  readonly kind = 'Network';
  readonly record: NetworkRecord;

  constructor(record: NetworkRecord) {
    this.record = record;
  }

  get key(): string {
    return this.name;
  }

  get name(): string {
    return this.record.hardware.name;
  }
}
