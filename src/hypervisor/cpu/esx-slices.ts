import { vmkernelCosts } from '../../arithmetic/io-costs.ts';
import type { Random } from '../../base/random.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import type { ShareAllocation } from '../schedulers/proportional-share/settings.ts';
import { tuningOf } from '../schedulers/proportional-share/tuning.ts';
import { ProportionalShareScheduler, type ShareVcpuCounters } from '../schedulers/proportional-share.ts';
import { shareDecision } from '../schedulers/scenario/share-run.ts';
import type { VcpuUsage } from '../schedulers/scheduler.ts';
import type { CpuDemand, CpuFigures, GuestIo } from './host-cpu.ts';
import { IO, Slices, SYSTEM, topologyOf, USED } from './slices.ts';

const US = 1000;
/** The VMkernel's work for guests is done in pieces this far apart, in ns (ours). */
const SYSTEM_STEP = 20_000_000;

/** An ESX host: proportional share, and the VMkernel's own work for the I/O of its guests. */
export class EsxSlices extends Slices<ShareAllocation> {
  readonly #share: ProportionalShareScheduler;
  readonly #isBefore41: boolean;
  /** By machine. */
  readonly #io = new Map<number, GuestIo>();
  readonly #served = new Map<number, number>();
  readonly #lost = new Map<number, number>();
  /** By uid: what the machine is given, and whether its vCPUs work on the same data. */
  readonly #given = new Map<string, { readonly config: MachineConfig; readonly communicates: boolean }>();

  constructor(hardware: HostHardware, random: Random) {
    const { mhz } = hardware.cpu;
    const share = new ProportionalShareScheduler(topologyOf(hardware), {
      mhz,
      tuning: tuningOf(hardware.hypervisor.advanced),
    });
    super(share, random);
    this.#share = share;
    this.#isBefore41 = Number.parseFloat(hardware.hypervisor.version) < 4.1;
  }

  override add(uid: string, config: MachineConfig): void {
    this.#given.set(uid, { config, communicates: false });
    super.add(uid, config);
  }

  override change(uid: string, config: MachineConfig): void {
    this.#given.set(uid, { config, communicates: false });
    super.change(uid, config);
  }

  override remove(uid: string): void {
    const machine = this.numberOf(uid);
    this.#given.delete(uid);
    this.#io.delete(machine);
    this.#served.delete(machine);
    this.#lost.delete(machine);
    super.remove(uid);
  }

  override ask(uid: string, demand: CpuDemand): void {
    const machine = this.numberOf(uid);
    if (demand.io === undefined) this.#io.delete(machine);
    else this.#io.set(machine, demand.io);
    const { config, communicates: did } = this.#given.get(uid)!;
    const communicates = demand.pattern?.kind === 'Parallel' && demand.percent > 0;
    if (communicates !== did) {
      this.#given.set(uid, { config, communicates });
      this.scheduler.changeMachine(machine, this.allocationOf(config, communicates));
    }
    super.ask(uid, demand);
  }

  override advance(time: number): void {
    while (this.#io.size > 0) {
      const step = (Math.floor(this.scheduler.now / SYSTEM_STEP) + 1) * SYSTEM_STEP;
      if (step > time) break;
      super.advance(step);
      this.#carry();
    }
    super.advance(time);
  }

  override read(uid: string, to: Float64Array): void {
    super.read(uid, to);
    to[IO] = this.#served.get(this.numberOf(uid)) ?? 0;
  }

  override lost(uid: string): number {
    return this.#lost.get(this.numberOf(uid)) ?? 0;
  }

  protected override usageOf(vcpu: number): VcpuUsage {
    return this.#share.counters(vcpu);
  }

  protected override readVcpu(usage: VcpuUsage, to: Float64Array): void {
    super.readVcpu(usage, to);
    const { used, system } = usage as ShareVcpuCounters;
    to[USED]! += used - usage.running;
    to[SYSTEM]! += system;
  }

  override numaOf(uid: string): CpuFigures['numa'] {
    const counts = new Map<number, number>();
    for (const vcpu of this.scheduler.vcpusOf(this.numberOf(uid))) {
      const node = this.#share.homeNodeOf(vcpu);
      if (node >= 0) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    if (counts.size === 0) return undefined;
    return [...counts].sort(([a], [b]) => a - b).map(([node, vcpus]) => ({ node, vcpus }));
  }

  protected allocationOf({ cpu, memory }: MachineConfig, communicates: boolean): ShareAllocation {
    return {
      shares: Math.max(1, cpu.shares),
      reservationMHz: cpu.reservationMHz,
      limitMHz: cpu.limitMHz ?? 0,
      maxSkew: cpu.maxSkew,
      affinity: cpu.affinity,
      nodeAffinity: cpu.numaNodeAffinity,
      htSharing: cpu.htSharing,
      consolidate: cpu.vsmpConsolidate,
      communicates,
      memory: memory.size,
      ...(this.#isBefore41 ? { numa: 'Narrow' as const } : {}),
    };
  }

  protected decision(pcpu: number, vcpu: number, from: number, names: string[]): object {
    return shareDecision(this.scheduler.now, names, [pcpu, vcpu, from]);
  }

  /** The VMkernel carries what came in a step. */
  #carry(): void {
    for (const [machine, { packets, diskRequests }] of this.#io) {
      const seconds = SYSTEM_STEP / 1e9;
      const cost = (packets * vmkernelCosts.packetUs + diskRequests * vmkernelCosts.diskRequestUs) * US * seconds;
      const vcpu = this.scheduler.vcpusOf(machine)[0];
      if (vcpu === undefined) continue;
      // No more than all the time there is: what is beyond that is not carried.
      this.#share.systemWork(vcpu, Math.min(SYSTEM_STEP, Math.round(cost)));
      const asked = (packets + diskRequests) * seconds;
      const served = asked * Math.min(1, SYSTEM_STEP / cost);
      this.#served.set(machine, (this.#served.get(machine) ?? 0) + served);
      this.#lost.set(machine, (this.#lost.get(machine) ?? 0) + asked - served);
    }
  }
}
