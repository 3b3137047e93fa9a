import { usualXenIoCosts } from '../../arithmetic/io-costs.ts';
import { xenCap, xenWeight } from '../../arithmetic/xen-allocation.ts';
import type { Random } from '../../base/random.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import { XenMonitor, type XenmonRow, type XenmonWindow } from '../schedulers/credit/xenmon.ts';
import { type CreditAllocation, CreditScheduler } from '../schedulers/credit.ts';
import { decisionNow } from '../schedulers/scenario/credit-report.ts';
import { isEmulated } from './device-model.ts';
import { Dom0 } from './dom0.ts';
import type { CpuDemand } from './host-cpu.ts';
import { IO, Slices, topologyOf } from './slices.ts';

/** The name of the first domain, and its uid here. */
export const DOM0 = 'Domain-0';
const SLICE_MS = 30;
const RATE_LIMIT_US = 1000;

/** A Xen host: credit, and dom0, which is there before any guest and does their I/O in time it has to compete for. */
export class XenSlices extends Slices<CreditAllocation> {
  readonly #credit: CreditScheduler;
  readonly #monitor: XenMonitor;
  readonly #dom0: Dom0;
  readonly #mhz: number;
  /** Requests that xenmon has been told of, by machine. */
  readonly #counted = new Map<number, number>();

  constructor(hardware: HostHardware, random: Random) {
    const version = Number.parseFloat(hardware.hypervisor.version) < 4 ? '3.2' : '4';
    const credit = new CreditScheduler(topologyOf(hardware), {
      version,
      sliceMs: hardware.xenTimesliceMs ?? SLICE_MS,
      rateLimitUs: hardware.xenRatelimitUs ?? RATE_LIMIT_US,
    });
    const { vcpus, weight, memory } = hardware.dom0 ?? { vcpus: 1, weight: 256, memory: 2 ** 31 };
    const number = credit.addMachine({ weight, cap: 0 }, vcpus);
    const costs = { ...usualXenIoCosts, ...hardware.xenIoCosts };
    const dom0 = new Dom0(credit.engine, [...credit.vcpusOf(number)], { costs, memory, random: random.split(DOM0) });
    super(credit, random, dom0);
    this.#credit = credit;
    this.#dom0 = dom0;
    this.#mhz = hardware.cpu.mhz;
    this.#monitor = new XenMonitor(credit);
    this.machines.set(DOM0, number);
    this.#monitor.watch(number);
  }

  override add(uid: string, config: MachineConfig): void {
    super.add(uid, config);
    const machine = this.numberOf(uid);
    this.#dom0.open(machine, isEmulated(config));
    this.#monitor.watch(machine);
  }

  override remove(uid: string): void {
    const machine = this.numberOf(uid);
    this.#dom0.close(machine);
    this.#monitor.forget(machine);
    this.#counted.delete(machine);
    super.remove(uid);
  }

  override ask(uid: string, demand: CpuDemand): void {
    this.#dom0.ask(this.numberOf(uid), demand.io);
    super.ask(uid, demand);
  }

  /** Processors that dom0 asks for. */
  get dom0Demand(): number {
    return this.#dom0.demand;
  }

  override read(uid: string, to: Float64Array): void {
    super.read(uid, to);
    to[IO] = this.#dom0.served(this.numberOf(uid));
  }

  override lost(uid: string): number {
    return this.#dom0.lost(this.numberOf(uid));
  }

  override secondOver(): void {
    for (const machine of this.machines.values()) {
      const served = Math.floor(this.#dom0.served(machine));
      this.#monitor.countIo(machine, served - (this.#counted.get(machine) ?? 0));
      this.#counted.set(machine, served);
    }
    this.#monitor.sample();
  }

  override xenmon(uid: string, seconds: XenmonWindow): XenmonRow | undefined {
    const machine = this.machines.get(uid);
    return machine === undefined ? undefined : this.#monitor.window(machine, seconds);
  }

  protected allocationOf({ cpu, xen }: MachineConfig): CreditAllocation {
    return {
      weight: xen?.weight ?? xenWeight(cpu.shares, cpu.count),
      cap: xen?.cap ?? xenCap(cpu.limitMHz, this.#mhz),
      ...(xen?.vcpuPin === undefined ? {} : { pin: xen.vcpuPin }),
    };
  }

  protected decision(pcpu: number, vcpu: number, from: number, names: string[]): object {
    return decisionNow(this.#credit, names, [pcpu, vcpu, from]);
  }
}
