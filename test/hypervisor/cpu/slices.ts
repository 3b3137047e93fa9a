import { Random } from '../../../src/base/random.ts';
import type { MachineConfig } from '../../../src/hypervisor/backend.ts';
import type { CpuDemand, CpuFigures, CpuTimes } from '../../../src/hypervisor/cpu/host-cpu.ts';
import { fixedSampling, type Sampling } from '../../../src/hypervisor/cpu/sampling.ts';
import { SlicedCpu } from '../../../src/hypervisor/cpu/sliced-cpu.ts';
import type { HostHardware } from '../../../src/hypervisor/hardware.ts';

export const SECOND = 1000;

/** The processors of one host with machines on it, driven as a host drives them. */
export class SlicedHost {
  readonly cpu: SlicedCpu;
  readonly moved: string[] = [];
  now = 0;
  /** Times that it came back by itself. */
  returns = 0;

  constructor(hardware: HostHardware, every = 1, sampling: Sampling = fixedSampling(every), seed = 'slices') {
    this.cpu = new SlicedCpu(hardware, 0, new Random(seed), sampling);
  }

  add(config: MachineConfig, demand: Partial<CpuDemand> = {}): this {
    this.cpu.add(config.name, config);
    this.cpu.demand(config.name, { percent: 100, burstUs: 10_000, ...demand });
    return this;
  }

  ask(uid: string, demand: Partial<CpuDemand>): void {
    this.cpu.demand(uid, { percent: 100, burstUs: 10_000, ...demand });
    this.settle();
  }

  settle(): void {
    this.cpu.advance(this.now, (uid) => this.moved.push(uid));
  }

  pass(seconds: number): this {
    this.settle();
    const end = this.now + seconds * SECOND;
    while (this.cpu.next <= end) {
      this.now = this.cpu.next;
      this.returns++;
      this.settle();
    }
    this.now = end;
    this.settle();
    return this;
  }

  figures(uid: string): CpuFigures {
    return this.cpu.figures(uid)!;
  }

  /** Times between now and `seconds` later. */
  during(seconds: number, uid: string): CpuTimes {
    const before = this.cpu.times(uid, this.now)!;
    this.pass(seconds);
    const after = this.cpu.times(uid, this.now)!;
    return Object.fromEntries(
      Object.entries(after).map(([name, value]) => [name, value - before[name as keyof CpuTimes]]),
    ) as unknown as CpuTimes;
  }
}
