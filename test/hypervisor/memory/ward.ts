import { Random } from '../../../src/base/random.ts';
import { GiB, MINUTE, SECOND } from '../../../src/base/units.ts';
import type { MachineConfig } from '../../../src/hypervisor/backend.ts';
import type { HostHardware } from '../../../src/hypervisor/hardware.ts';
import { EsxMemory } from '../../../src/hypervisor/memory/esx-memory.ts';
import type { MemoryDemand, MemoryRate } from '../../../src/hypervisor/memory/host-memory.ts';
import { config, host } from '../lab.ts';

/** A guest as tests speak of it; bytes. What is left out: 1 GiB, 10 shares per MiB, nothing reserved, tools, linux. */
export interface Guest {
  readonly size?: number;
  readonly shares?: number;
  readonly reservation?: number;
  readonly limit?: number;
  readonly overhead?: number;
  readonly tools?: boolean;
  readonly os?: string;
  readonly vcpus?: number;
  /** Of its memory; a fifth. */
  readonly active?: number;
  /** All of its memory, unless said otherwise. */
  readonly touched?: number;
  readonly dirtyPerSecond?: number;
  readonly writable?: number;
  readonly bootMs?: number;
  readonly busy?: number;
}

/** The memory of one host and its guests, on a time of its own that begins at a whole minute. */
export class Ward {
  readonly memory: EsxMemory;
  readonly guests = new Map<string, Guest>();
  readonly hardware: HostHardware;
  now = 1_000_000 * MINUTE;

  constructor(size = 16 * GiB, more: { version?: string; advanced?: Record<string, number>; seed?: string } = {}) {
    const { version = '5.0', advanced, seed = '1' } = more;
    this.hardware = host('h1', {
      memory: size,
      hypervisor: { type: 'ESX', version, ...(advanced === undefined ? {} : { advanced }) },
    });
    this.memory = new EsxMemory(this.hardware, this.now, new Random(seed));
  }

  configOf(name: string, guest: Guest): MachineConfig {
    const { size = GiB, shares = (10 * size) / 2 ** 20, reservation = 0, limit, tools = true } = guest;
    return config(name, {
      guest: { tools, os: guest.os ?? 'linux' },
      cpu: { count: guest.vcpus ?? 1 },
      memory: { size, shares, reservation, ...(limit === undefined ? {} : { limit }) },
    });
  }

  /** It is powered on and boots. */
  boot(name: string, guest: Guest): void {
    this.guests.set(name, guest);
    this.memory.add(name, this.configOf(name, guest), guest.overhead ?? 0);
    this.memory.load(name, guest.busy ?? 0.5);
    this.demand(name, { phase: 'Booting', since: this.now, bootMs: guest.bootMs ?? 30 * SECOND });
  }

  /** It boots, and runs when it has. */
  async start(): Promise<void> {}

  demand(name: string, more: Partial<MemoryDemand> = {}): void {
    const { size = GiB, active = size / 5, touched = size, dirtyPerSecond, writable } = this.guests.get(name)!;
    this.memory.demand(name, {
      active,
      touched,
      ...(dirtyPerSecond === undefined ? {} : { dirtyPerSecond }),
      ...(writable === undefined ? {} : { writable }),
      ...more,
    });
    this.memory.advance(this.now, () => {});
  }

  /** The guests run from now on. */
  run(...names: string[]): void {
    for (const name of names.length > 0 ? names : this.guests.keys()) this.demand(name, { phase: 'Running' });
  }

  /** Boots these together, and lets them run when they are up. */
  all(guests: Record<string, Guest>): this {
    for (const [name, guest] of Object.entries(guests)) this.boot(name, guest);
    this.pass(30 * SECOND);
    this.run(...Object.keys(guests));
    return this;
  }

  change(name: string, more: Partial<Guest>): void {
    const guest = { ...this.guests.get(name)!, ...more };
    this.guests.set(name, guest);
    this.memory.change(name, this.configOf(name, guest), guest.overhead ?? 0);
    if (guest.busy !== undefined) this.memory.load(name, guest.busy);
    this.demand(name);
  }

  stop(name: string): void {
    this.guests.delete(name);
    this.memory.remove(name);
    this.memory.advance(this.now, () => {});
  }

  /** Time passes. `each` is called whenever the memory has done something. */
  pass(ms: number, each: () => void = () => {}): this {
    const end = this.now + ms;
    for (;;) {
      const at = Math.min(end, this.memory.next);
      this.now = Math.max(this.now, at);
      this.memory.advance(this.now, () => {});
      each();
      if (at >= end) return this;
    }
  }

  of(name: string): Required<MemoryRate> {
    return this.memory.rate(name) as Required<MemoryRate>;
  }

  get total() {
    return this.memory.total();
  }
}
