import { configuredMHz, type HostFacts, holdingOf, type MachineFacts } from './facts.ts';

/** A host and what is promised on it: the ledger that placement, DRS and HA put machines in and take them out of. */
export class Room {
  readonly host: HostFacts;
  /** Reserved, in MHz and bytes: what admission counts. */
  reservedMHz = 0;
  reservedMemory = 0;
  /** Configured, in MHz and bytes: what initial placement balances, since a new machine has shown no demand yet. */
  configuredMHz = 0;
  configuredMemory = 0;
  machines = 0;

  constructor(host: HostFacts) {
    this.host = host;
  }

  get capacityMHz(): number {
    return this.host.cpu.cores * this.host.cpu.mhz;
  }

  get unreservedMHz(): number {
    return this.capacityMHz - this.reservedMHz;
  }

  get unreservedMemory(): number {
    return this.host.memory - this.reservedMemory;
  }

  take(machine: MachineFacts): void {
    this.#add(machine, 1);
  }

  release(machine: MachineFacts): void {
    this.#add(machine, -1);
  }

  /** The larger of CPU and memory configured here as a share of capacity, once `machine` has come too. */
  loadWith(machine: MachineFacts): { cpu: number; memory: number; load: number } {
    const cpu = (this.configuredMHz + configuredMHz(machine, this.host)) / this.capacityMHz;
    const memory = (this.configuredMemory + machine.memory.size) / this.host.memory;
    return { cpu, memory, load: Math.max(cpu, memory) };
  }

  #add(machine: MachineFacts, sign: 1 | -1): void {
    const holding = holdingOf(machine, this.host.hypervisor.type);
    this.reservedMHz += sign * holding.cpuMHz;
    this.reservedMemory += sign * holding.memory;
    this.configuredMHz += sign * configuredMHz(machine, this.host);
    this.configuredMemory += sign * machine.memory.size;
    this.machines += sign;
  }
}
