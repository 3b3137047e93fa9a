import { MB, MINUTE, SECOND } from '../../base/units.ts';
import type { HostHardware } from '../hardware.ts';

/** How an ESX host manages its memory: its generation, and what was set of its advanced options. */
export interface MemorySettings {
  /** Part of a machine's idle memory that may be taken from it for that reason. */
  readonly idleTax: number;
  readonly samplePeriodMs: number;
  readonly balancePeriodMs: number;
  /** Most that a balloon takes of a machine. */
  readonly balloonPart: number;
  /** Time to look through a whole machine for pages to share; 0: no sharing. */
  readonly shareScanMs: number;
  /** Most that the host looks through, in bytes per second. */
  readonly shareScanRate: number;
  readonly compresses: boolean;
  /** Most that compressed pages take, of a machine. */
  readonly compressedPart: number;
}

/** As delivered (design/algorithms.md 3; `hostOptions` in src/api/options.ts says the same, and a test that it does). */
export const memoryOptions = {
  'Mem.IdleTax': 75,
  'Mem.SamplePeriod': 60,
  'Mem.BalancePeriod': 15,
  'Mem.CtlMaxPercent': 65,
  'Mem.ShareScanTime': 60,
  'Mem.ShareScanGHz': 4,
  'Mem.MemZipEnable': 1,
  'Mem.MemZipMaxPct': 10,
} as const;

export function memorySettings({ hypervisor, cpu }: HostHardware): MemorySettings {
  const { advanced, version } = hypervisor;
  const option = (name: keyof typeof memoryOptions) => advanced?.[name] ?? memoryOptions[name];
  const gigahertz = (cpu.sockets * cpu.coresPerSocket * cpu.mhz) / 1000;
  return {
    idleTax: option('Mem.IdleTax') / 100,
    samplePeriodMs: option('Mem.SamplePeriod') * SECOND,
    balancePeriodMs: option('Mem.BalancePeriod') * SECOND,
    balloonPart: option('Mem.CtlMaxPercent') / 100,
    shareScanMs: option('Mem.ShareScanTime') * MINUTE,
    shareScanRate: option('Mem.ShareScanGHz') * MB * gigahertz,
    compresses: Number.parseFloat(version) >= 4.1 && option('Mem.MemZipEnable') !== 0,
    compressedPart: option('Mem.MemZipMaxPct') / 100,
  };
}
