/** What a guest does: Workload of a VirtualMachine. Percentages are of the VM's own vCPUs. */
import { workloadDefaults, workloadTypes } from './defaults.ts';
import { atMost, bytes, exactlyOne } from './rules.ts';
import { choice, integer, list, nameOf, number, object, quantity, required, text } from './schema.ts';
import * as words from './words.ts';

const DAY_MICROSECONDS = 86_400_000_000;
const percent = (description: string) => number(description, { minimum: 0, maximum: 100 });
const microseconds = (description: string, minimum = 0) => integer(description, { minimum, maximum: DAY_MICROSECONDS });

const trace = object(
  'CPU demand read from a column of numbers, one percentage per line, as public VM traces have it; begins anew after the last.',
  {
    configMap: nameOf('Name of a ConfigMap with the column under its only key, or the key `trace`.'),
    file: text('Path of a file with the column, as the datacenter process sees it (in sim: as the command does).', {
      maxLength: 1024,
      minLength: 1,
    }),
    intervalSeconds: integer('Simulated seconds for which each number holds.', {
      minimum: 1,
      maximum: 86400,
      default: workloadDefaults.intervalSeconds,
    }),
  },
  { rules: [exactlyOne(['configMap', 'file'], 'give exactly one of configMap and file')] },
);

const kinds = {
  idle: object('Does nothing.', {}),
  constant: object('Always the same load.', {
    cpuPercent: required(percent('Percent of its own vCPUs.')),
  }),
  periodic: object('Each vCPU runs and sleeps in turn, exactly.', {
    runMicroseconds: required(microseconds('Work in each turn, in microseconds of CPU time.', 1)),
    sleepMicroseconds: required(microseconds('Sleep after it, in microseconds.')),
  }),
  bursts: list(
    'Pairs [run, sleep] in microseconds, played in a circle by each vCPU.',
    list('One burst: run, sleep.', microseconds('Microseconds.'), { type: 'atomic', minItems: 2, maxItems: 2 }),
    { type: 'atomic', minItems: 1, maxItems: 1000 },
  ),
  diurnal: object(
    'Rises and falls as a cosine, as offices do: least at midnight of the simulated day, most half a period later.',
    {
      minPercent: required(percent('Load at its least.')),
      maxPercent: required(percent('Load at its most.')),
      periodHours: number('Length of a period, in simulated hours.', {
        minimum: 0,
        exclusiveMinimum: true,
        maximum: 8784,
        default: workloadDefaults.periodHours,
      }),
    },
    {
      rules: [
        atMost(
          'minPercent',
          'maxPercent',
          'minPercent must not exceed maxPercent: lower minPercent or raise maxPercent',
        ),
      ],
    },
  ),
  trace,
  steps: list(
    'Load that changes at given times, counted from the start of the guest; 0 before the first.',
    object('From a time on, a load.', {
      atSeconds: required(number('Simulated seconds since the guest started.', { minimum: 0, maximum: 31_622_400 })),
      cpuPercent: required(percent('Percent of its own vCPUs from then on.')),
    }),
    { type: 'atomic', minItems: 1, maxItems: 1000 },
  ),
  parallel: object(
    'A parallel program over all vCPUs: computes, then goes through a critical section or a barrier. While the vCPU that holds it is off the processor, its siblings burn time without progress: what co-scheduling is about.',
    {
      computeMicroseconds: required(microseconds('Work of each vCPU between two synchronisations.', 1)),
      criticalMicroseconds: required(
        microseconds('Time in the critical section (SpinLock), or the last step (Barrier).'),
      ),
      sync: choice('SpinLock: one at a time, the others spin. Barrier: all wait for the last.', words.syncKinds, {
        default: 'SpinLock',
      }),
    },
  ),
} as const;

const beside = {
  burstMicroseconds: integer(
    'Length of the bursts that percentages are made of, with a phase drawn per vCPU, so that waiting times come from the scheduler.',
    { minimum: 100, maximum: DAY_MICROSECONDS, default: workloadDefaults.burstMicroseconds },
  ),
  shutdownAfterSeconds: number(
    "The guest shuts itself down this many simulated seconds after it came up. Left out: never. What follows is restartPolicy's matter.",
    { minimum: 0, maximum: 31_622_400 },
  ),
  memory: object('What it does to its memory.', {
    active: quantity("Memory in use: what must be there for it to run well. Left out: a fifth of the VM's memory.", {
      rules: bytes('1Mi', '512Mi', { zero: true }),
    }),
    dirtyMBps: number(
      'Memory written, in MB (10^6 bytes) per second: what live migration has to copy again. Left out: 0.',
      {
        minimum: 0,
        maximum: 1_000_000,
      },
    ),
    writableWorkingSet: quantity('The memory that those writes go round in. Left out: all that is active.', {
      rules: bytes('1Mi', '128Mi', { zero: true }),
    }),
  }),
  disk: object('What it reads and writes, spread over its disks.', {
    readMBps: number('MB (10^6 bytes) read per second. Left out: 0.', { minimum: 0, maximum: 1_000_000 }),
    writeMBps: number('MB (10^6 bytes) written per second. Left out: 0.', { minimum: 0, maximum: 1_000_000 }),
  }),
  network: object('What it receives and sends, spread over its nics.', {
    receiveMbps: number('Megabits (10^6 bits) received per second. Left out: 0.', { minimum: 0, maximum: 1_000_000 }),
    transmitMbps: number('Megabits (10^6 bits) sent per second. Left out: 0.', { minimum: 0, maximum: 1_000_000 }),
    requestsPerSecond: number('Requests answered per second; on Xen each costs dom0 time. Left out: 0.', {
      minimum: 0,
      maximum: 10_000_000,
    }),
  }),
};

export const workload = object(
  `What the guest does: exactly one of ${workloadTypes.join(', ')}, and beside it memory, disk and network. May change at any time. Left out: the template's, else idle.`,
  { ...kinds, ...beside },
  {
    rules: [
      exactlyOne(
        workloadTypes,
        `give exactly one of ${workloadTypes.join(', ')} (to switch by patch, set the old one to null)`,
      ),
    ],
  },
);
