import type { CpuWorkload } from '../hardware.ts';

/** What a guest's processors are asked for over time: constant between its change points, in percent of its vCPUs. */
export interface CpuLoad {
  /** At `time`. */
  percent(time: number): number;
  /** The first change point after `time`; infinity when there is none. */
  next(time: number): number;
}

/** A diurnal load is followed in so many steps per period: five minutes of a day. */
const DIURNAL_STEPS = 288;
const never = Number.POSITIVE_INFINITY;

function constant(percent: number): CpuLoad {
  return { percent: () => percent, next: () => never };
}

/** Part of the time that a cycle of runs and sleeps takes the processor, in percent. */
function duty(pairs: readonly (readonly [number, number])[]): number {
  let [run, all] = [0, 0];
  for (const [runUs, sleepUs] of pairs) {
    run += runUs;
    all += runUs + sleepUs;
  }
  return all > 0 ? (100 * run) / all : 0;
}

/**
 * The steps have their corners at multiples of a step since the epoch, the same for all machines, so that a host is
 * reckoned once for all of them.
 */
function diurnal(min: number, max: number, periodMs: number): CpuLoad {
  const step = Math.max(1, Math.floor(periodMs / DIURNAL_STEPS));
  return {
    percent: (time) => {
      const corner = Math.floor(time / step) * step;
      const phase = ((corner % periodMs) / periodMs) * 2 * Math.PI;
      return min + ((max - min) * (1 - Math.cos(phase))) / 2;
    },
    next: (time) => (Math.floor(time / step) + 1) * step,
  };
}

function trace(percents: readonly number[], intervalMs: number, start: number): CpuLoad {
  const indexAt = (time: number) => Math.max(0, Math.floor((time - start) / intervalMs));
  const valueAt = (index: number) => percents[index % percents.length]!;
  if (percents.every((value) => value === percents[0])) return constant(percents[0] ?? 0);
  return {
    percent: (time) => valueAt(indexAt(time)),
    next: (time) => {
      // A stretch of equal values is one.
      let index = indexAt(time);
      const value = valueAt(index);
      do index++;
      while (valueAt(index) === value);
      return start + index * intervalMs;
    },
  };
}

function steps(list: readonly { readonly atMs: number; readonly percent: number }[], start: number): CpuLoad {
  const sorted = [...list].sort((a, b) => a.atMs - b.atMs);
  return {
    percent: (time) => sorted.findLast(({ atMs }) => start + atMs <= time)?.percent ?? 0,
    next: (time) => {
      const later = sorted.find(({ atMs }) => start + atMs > time);
      return later === undefined ? never : start + later.atMs;
    },
  };
}

/**
 * The load of a guest that came up at `start` (ms of the namespace's time). What goes faster than a simulated second
 * is its mean. A parallel guest asks for all it has: it computes, or spins for its siblings.
 */
export function cpuLoad(workload: CpuWorkload, start: number): CpuLoad {
  switch (workload.kind) {
    case 'Idle':
      return constant(0);
    case 'Constant':
      return constant(workload.percent);
    case 'Periodic':
      return constant(duty([[workload.runUs, workload.sleepUs]]));
    case 'Bursts':
      return constant(duty(workload.bursts));
    case 'Diurnal':
      return diurnal(workload.minPercent, workload.maxPercent, workload.periodMs);
    case 'Trace':
      return trace(workload.percents, workload.intervalMs, start);
    case 'Steps':
      return steps(workload.steps, start);
    case 'Parallel':
      return constant(100);
  }
}
