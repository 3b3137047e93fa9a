/**
 * What a virtual machine has when its manifest does not say. These are no defaults of the schema: the API server would
 * fill them in before anybody looked, and a machine's own fields could not be told from what its template should give.
 */
import type { VirtualMachineSpec } from './virtual-machine.ts';
import type { VirtualMachineTemplateSpec } from './virtual-machine-template.ts';

export const machineDefaults = {
  power: 'On',
  powerOff: { mode: 'Hard', timeoutSeconds: 300 },
  restartPolicy: 'OnFailure',
  reclaimPolicy: 'Delete',
  guest: {
    os: 'linux',
    virtualization: 'HVM',
    pvDrivers: false,
    tools: 'Installed',
    bootSeconds: 30,
    shutdownSeconds: 20,
  },
  cpu: {
    count: 1,
    shares: 'Normal',
    reservationMHz: 0,
    maxSkew: 'Individual',
    affinity: [],
    htSharing: 'Any',
    numaNodeAffinity: [],
    vsmpConsolidate: false,
    model: '',
    hotAdd: false,
  },
  memory: { size: '1Gi', shares: 'Normal', reservation: '0', hotAdd: false },
  disks: [],
  nics: [],
  devices: [],
  workload: { idle: {} },
  faultTolerance: { enabled: false, suspended: false },
} as const;

/** What an item of `disks` has when its fields are left out. */
export const diskDefaults = { provisioning: 'Thin', shares: 'Normal', limitIOPS: 0 } as const;
/** The same for `nics`; 0 is no limit. */
export const nicDefaults = { shares: 'Normal', limitMbps: 0 } as const;
/** The same for `devices`. */
export const deviceDefaults = { backing: 'Client' } as const;

/** `T` with the fields given that `D` gives. */
type Filled<T, D> = {
  readonly [K in keyof T as K extends keyof D ? never : K]: T[K];
} & {
  readonly [K in keyof T as K extends keyof D ? K : never]-?: K extends keyof D
    ? D[K] extends readonly unknown[]
      ? NonNullable<T[K]>
      : D[K] extends object
        ? Filled<NonNullable<T[K]>, D[K]>
        : NonNullable<T[K]>
    : never;
};

/** The spec of a machine with its template and every default filled in. */
export type FilledMachineSpec = Filled<VirtualMachineSpec, Omit<typeof machineDefaults, 'workload'>> & {
  readonly workload: NonNullable<VirtualMachineSpec['workload']>;
};

/**
 * A machine's own fields over those of its template over the defaults. Objects go together field by field; a list or a
 * workload that the machine gives takes the place of the template's whole.
 */
export function filledMachineSpec(spec: VirtualMachineSpec, template?: VirtualMachineTemplateSpec): FilledMachineSpec {
  const everything: VirtualMachineSpec = machineDefaults; // checks the table against the schema
  const { workload: idle = machineDefaults.workload, ...defaults } = everything;
  const { workload: templateWorkload, ...inherited } = template ?? {};
  const { workload = templateWorkload ?? idle, ...own } = spec;
  return { ...(over(over(defaults, inherited), own) as FilledMachineSpec), workload };
}

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function over(base: Plain, top: Plain): Plain {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const below = result[key];
    result[key] = isPlain(value) && isPlain(below) ? over(below, value) : value;
  }
  return result;
}
