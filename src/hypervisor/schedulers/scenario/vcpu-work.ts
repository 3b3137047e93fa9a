import { YIELD } from '../work.ts';
import type { FieldReader } from './fields.ts';

const US = 1000;
/** No time of a scenario is longer than a day. */
const LONGEST_US = 86_400_000_000;
const MOST_BURSTS = 10_000;

/** What one vCPU of a scenario does. */
export interface VcpuWork {
  /** When it wakes for the first time, in ns. */
  readonly phase: number;
  /** [run ns, sleep ns], in a circle; an endless run is Infinity, a sleep may be `YIELD`. */
  readonly bursts: readonly (readonly [number, number])[];
}

const time = (min: number, absent?: number) => ({
  min,
  max: LONGEST_US,
  ...(absent === undefined ? {} : { absent }),
  because: 'microseconds',
});

/** Reads `{"kind": "cpu" | "periodic" | "bursts" | "yield", …}`. */
export function readVcpuWork(fields: FieldReader, value: unknown, path: string): VcpuWork {
  const object = fields.object(value, path);
  const kind = fields.oneOf(object['kind'], `${path}.kind`, ['cpu', 'periodic', 'bursts', 'yield']);
  fields.only(object, path, ['kind', 'runUs', 'sleepUs', 'bursts', 'phaseUs']);
  for (const name of Object.keys(object)) {
    if (unused[kind].includes(name)) fields.fail(`${path}.${name}`, `is not read for kind ${kind}; leave it out`);
  }
  if (kind === 'cpu') return { phase: 0, bursts: [[Number.POSITIVE_INFINITY, 0]] };
  const run = () => fields.integer(object['runUs'], `${path}.runUs`, time(1)) * US;
  if (kind === 'yield') return { phase: 0, bursts: [[run(), YIELD]] };
  const phase = fields.integer(object['phaseUs'], `${path}.phaseUs`, time(0, 0)) * US;
  if (kind === 'periodic') {
    return { phase, bursts: [[run(), fields.integer(object['sleepUs'], `${path}.sleepUs`, time(0)) * US]] };
  }
  const bursts = fields
    .list(object['bursts'], `${path}.bursts`, { min: 1, max: MOST_BURSTS })
    .map((burst, index): readonly [number, number] => {
      const at = `${path}.bursts[${index}]`;
      const pair = fields.list(burst, at, { min: 2, max: 2 });
      if (pair.length !== 2) return [US, 0];
      return [fields.integer(pair[0], `${at}[0]`, time(1)) * US, fields.integer(pair[1], `${at}[1]`, time(0)) * US];
    });
  return { phase, bursts };
}

const unused: Readonly<Record<'cpu' | 'periodic' | 'bursts' | 'yield', readonly string[]>> = {
  cpu: ['runUs', 'sleepUs', 'bursts', 'phaseUs'],
  periodic: ['bursts'],
  bursts: ['runUs', 'sleepUs'],
  yield: ['sleepUs', 'bursts', 'phaseUs'],
};

/** How many bursts the vCPU can at most begin in `duration` ns. */
export function burstsWithin({ bursts }: VcpuWork, duration: number): number {
  let circle = 0;
  for (const [run, sleep] of bursts) circle += run + Math.max(0, sleep);
  return Math.ceil((duration / circle) * bursts.length);
}
