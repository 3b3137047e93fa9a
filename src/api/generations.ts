/**
 * Everything that differs by hypervisor generation, as one table (api.md, "Generations"; figures: algorithms.md 3.3,
 * 7.4 and 9.5). HA itself is always the 5.0 agent. Reserves and states of free memory are formulas: arithmetic/min-free.ts.
 */

export interface EsxGeneration {
  readonly type: 'ESX';
  readonly version: '4.0' | '4.1' | '5.0';
  /** 6 % of memory, or less of the larger parts of it */
  readonly minFree: 'Flat' | 'Sliding';
  readonly memoryCompression: boolean;
  /** machines with more vCPUs than a node has cores are split over nodes */
  readonly wideNuma: boolean;
  /** live migrations of a host at once, by the speed of its Migration network */
  readonly migrationsPerHost: { readonly gigabit: number; readonly tenGigabit: number };
  readonly storageMigration: 'DirtyBlocks' | 'Mirroring';
  /** a guest that dirties memory faster than it is copied is slowed down (SDPS) */
  readonly slowsMigratingGuests: boolean;
  /** DRS moves per host and pass; undefined: as many as fit into a pass */
  readonly drsMovesPerHost: number | undefined;
  /** MHz that HA counts for a machine without reservation */
  readonly slotCPUMHz: number;
  readonly isolationResponse: 'LeavePoweredOn' | 'ShutDown';
}

export interface XenGeneration {
  readonly type: 'Xen';
  readonly version: '3.2' | '4';
  /** whom a weight is for */
  readonly weightOf: 'Domain' | 'VCPU';
  /** what becomes of credit above 300 when a vCPU is found idle */
  readonly spareCredit: 'Zeroed' | 'Halved';
  /** how long a vCPU runs at least; 0: no such limit */
  readonly ratelimitMicroseconds: number;
  readonly migrationsPerHost: { readonly gigabit: number; readonly tenGigabit: number };
  readonly slotCPUMHz: number;
  readonly isolationResponse: 'LeavePoweredOn' | 'ShutDown';
}

export type Generation = EsxGeneration | XenGeneration;

const esx40: EsxGeneration = {
  type: 'ESX',
  version: '4.0',
  minFree: 'Flat',
  memoryCompression: false,
  wideNuma: false,
  migrationsPerHost: { gigabit: 2, tenGigabit: 2 },
  storageMigration: 'DirtyBlocks',
  slowsMigratingGuests: false,
  drsMovesPerHost: 8,
  slotCPUMHz: 256,
  isolationResponse: 'ShutDown',
};

const esx41: EsxGeneration = {
  ...esx40,
  version: '4.1',
  memoryCompression: true,
  wideNuma: true,
  migrationsPerHost: { gigabit: 4, tenGigabit: 8 },
  drsMovesPerHost: undefined,
};

const esx50: EsxGeneration = {
  ...esx41,
  version: '5.0',
  minFree: 'Sliding',
  storageMigration: 'Mirroring',
  slowsMigratingGuests: true,
  slotCPUMHz: 32,
  isolationResponse: 'LeavePoweredOn',
};

// What api.md leaves open for Xen is as on the ESX that it is compared with: the latest.
const xen4: XenGeneration = {
  type: 'Xen',
  version: '4',
  weightOf: 'VCPU',
  spareCredit: 'Halved',
  ratelimitMicroseconds: 1000,
  migrationsPerHost: esx50.migrationsPerHost,
  slotCPUMHz: esx50.slotCPUMHz,
  isolationResponse: esx50.isolationResponse,
};

const xen32: XenGeneration = {
  ...xen4,
  version: '3.2',
  weightOf: 'Domain',
  spareCredit: 'Zeroed',
  ratelimitMicroseconds: 0,
};

/** Oldest first, by type. */
export const generations = { ESX: [esx40, esx41, esx50], Xen: [xen32, xen4] } as const;

/** The version of a hypervisor whose manifest does not say. */
export const defaultVersion = { ESX: '5.0', Xen: '4' } as const;

/** The row of a host. */
export function generationOf(
  hypervisor: { readonly type?: 'ESX' | 'Xen'; readonly version?: string } = {},
): Generation {
  const type = hypervisor.type ?? 'ESX';
  const version = hypervisor.version ?? defaultVersion[type];
  const rows: readonly Generation[] = generations[type];
  return rows.find((row) => row.version === version) ?? rows[rows.length - 1]!;
}

/** The row that holds for a cluster whose hosts differ: the oldest; without hosts the default one. */
export function oldestGeneration(hosts: readonly Generation[]): Generation {
  const rank = (row: Generation) => (generations[row.type] as readonly Generation[]).indexOf(row);
  return [...hosts].sort((a, b) => rank(a) - rank(b))[0] ?? generationOf();
}
