/*
 * Scenarios for the credit scheduler in the corners that the recorded ones leave out: slices of 1 and 2 ms, of 7 and
 * 100 ms; no rate limit, one of 100 us, one above the slice; sockets that are partly filled; more than 64 pCPUs; several
 * nodes with threads; caps over several vCPUs; guests that yield among others on several pCPUs.
 */

type Work =
  | { readonly kind: 'cpu' }
  | { readonly kind: 'yield'; readonly runUs: number }
  | { readonly kind: 'periodic'; readonly runUs: number; readonly sleepUs: number; readonly phaseUs: number }
  | { readonly kind: 'bursts'; readonly bursts: readonly (readonly [number, number])[]; readonly phaseUs: number };

export interface CornerDomain {
  readonly name: string;
  readonly weight: number;
  readonly cap: number;
  readonly vcpus: readonly Work[];
}

export interface Corner {
  readonly pcpus: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
  readonly nodePerSocket: boolean;
  readonly ratelimitUs: number;
  readonly tsliceMs: number;
  readonly durationMs: number;
  readonly domains: readonly CornerDomain[];
}

const cpu: Work = { kind: 'cpu' };
const io = (runUs: number, sleepUs: number, phaseUs = 0): Work => ({ kind: 'periodic', runUs, sleepUs, phaseUs });
const domain = (name: string, vcpus: readonly Work[], weight = 256, cap = 0): CornerDomain => ({
  name,
  weight,
  cap,
  vcpus,
});
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** A bit of everything: hogs, sleepers of many rhythms, yielders, weights and caps. */
function mixture(count: number): CornerDomain[] {
  return times(count, (i) => {
    const works: readonly Work[] = [
      cpu,
      io(300 + 370 * i, 900 + 1310 * (i % 5), 450 * i),
      {
        kind: 'bursts',
        bursts: [
          [1500, 700],
          [90, 4000 + 130 * i],
          [12_000, 0],
        ],
        phaseUs: 77 * i,
      },
      { kind: 'yield', runUs: 400 + 100 * i },
    ];
    const vcpus = times(1 + (i % 4), (j) => works[(i + j) % works.length]!);
    const cap = i % 3 === 1 ? 40 * vcpus.length : 0;
    return domain(`d${i}`, vcpus, [256, 64, 1024, 1, 65535][i % 5], cap);
  });
}

const machine = (pcpus: number, coresPerSocket: number, threadsPerCore = 1, nodePerSocket = false) => ({
  pcpus,
  coresPerSocket,
  threadsPerCore,
  nodePerSocket,
});
const usual = { ratelimitUs: 1000, tsliceMs: 30, durationMs: 2000 };

export const corners: Readonly<Record<string, Corner>> = {
  'slice of 1 ms': { ...machine(2, 2), ...usual, tsliceMs: 1, domains: mixture(5) },
  'slice of 2 ms, no rate limit': { ...machine(4, 2, 2), ...usual, tsliceMs: 2, ratelimitUs: 0, domains: mixture(7) },
  'slice of 7 ms, ticks of 2333 us': { ...machine(3, 3), ...usual, tsliceMs: 7, domains: mixture(6) },
  'slice of 100 ms, rate limit of 100 us': {
    ...machine(4, 4),
    ...usual,
    tsliceMs: 100,
    ratelimitUs: 100,
    domains: mixture(8),
  },
  'rate limit above the slice': { ...machine(2, 1), ...usual, tsliceMs: 5, ratelimitUs: 50_000, domains: mixture(5) },
  'a socket that is partly filled': { ...machine(7, 2, 2, true), ...usual, domains: mixture(9) },
  '80 pCPUs, four sockets with threads, a node each': { ...machine(80, 10, 2, true), ...usual, domains: mixture(70) },
  'eight nodes of one core': { ...machine(8, 1, 1, true), ...usual, domains: mixture(11) },
  'a cap over four vCPUs of which one sleeps': {
    ...machine(4, 4),
    ...usual,
    domains: [
      domain('capped', [cpu, cpu, cpu, io(2000, 9000, 10)], 256, 130),
      domain('rest', [cpu, io(400, 3100)], 512),
    ],
  },
  'yielders among hogs on two pCPUs': {
    ...machine(2, 2),
    ...usual,
    domains: [
      domain(
        'spin',
        [
          { kind: 'yield', runUs: 500 },
          { kind: 'yield', runUs: 1300 },
        ],
        512,
      ),
      domain('hog', [cpu, cpu], 256),
      domain('io', [io(150, 2100, 40)], 256),
    ],
  },
  'sleeps of no length': {
    ...machine(2, 2),
    ...usual,
    domains: [
      domain('eager', [io(700, 0), io(1100, 0, 300)]),
      domain('hog', [cpu, cpu]),
      domain('io', [io(90, 650, 5)]),
    ],
  },
};
