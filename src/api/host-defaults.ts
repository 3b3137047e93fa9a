/** What a host has when its manifest does not say, in full: also what depends on its other fields. */
import { defaultVersion, generationOf } from './generations.ts';
import type { HostSpec } from './host.ts';

/** What the schema fills in, which it gets from here. */
export const hostDefaults = {
  hypervisorType: 'ESX',
  vendor: 'Intel',
  sockets: 1,
  threadsPerCore: 1,
  llcPerSocket: 1,
  maintenance: false,
  dpm: 'Default',
  bmc: { type: 'IPMI', bootSeconds: 180, standbySeconds: 60 },
  dom0: { vcpus: 2, memory: '2Gi', weight: 256 },
  timesliceMilliseconds: 30,
} as const;

/** Watts of a host that does not say; straight from idle to peak. */
export const hostWatts = { idle: 150, peak: 250, standby: 10 } as const;

/** What follows from the vendor. */
export const vendorDefaults = {
  Intel: { family: 'Nehalem', virtualization: 'VT-x' },
  AMD: { family: 'Greyhound', virtualization: 'AMD-V' },
} as const;

type Given<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
type Part<K extends keyof HostSpec> = NonNullable<HostSpec[K]>;

/** The spec of a host with every default filled in; what stays optional has no default. */
export interface FilledHostSpec extends Omit<HostSpec, 'cpu' | 'hypervisor' | 'bmc' | 'xen'> {
  readonly hypervisor: Given<Omit<Part<'hypervisor'>, 'advanced'>> & Pick<Part<'hypervisor'>, 'advanced'>;
  readonly cpu: Given<Part<'cpu'>>;
  readonly datastores: Part<'datastores'>;
  /** `mbps` left out: that of the Network object. */
  readonly networks: readonly (Part<'networks'>[number] & { readonly roles: readonly NetworkRole[] })[];
  readonly maintenance: boolean;
  readonly bmc: Given<Part<'bmc'>>;
  /** At 0, 10, 20 … 100 % load. */
  readonly wattsCurve: readonly number[];
  readonly standbyWatts: number;
  readonly dpm: Part<'dpm'>;
  /** Of a Xen host. */
  readonly xen?: {
    readonly dom0: Given<NonNullable<Part<'xen'>['dom0']>>;
    readonly timesliceMilliseconds: number;
    readonly ratelimitMicroseconds: number;
    readonly ioCosts?: NonNullable<Part<'xen'>['ioCosts']>;
  };
}
type NetworkRole = NonNullable<Part<'networks'>[number]['roles']>[number];

/** Pure and cheap: call it where it is needed. */
export function filledHostSpec(spec: HostSpec): FilledHostSpec {
  const type = spec.hypervisor?.type ?? hostDefaults.hypervisorType;
  const vendor = spec.cpu.vendor ?? hostDefaults.vendor;
  const sockets = spec.cpu.sockets ?? hostDefaults.sockets;
  const { xen, ...rest } = spec;
  return {
    ...rest,
    hypervisor: { ...spec.hypervisor, type, version: spec.hypervisor?.version ?? defaultVersion[type] },
    cpu: {
      vendor,
      ...vendorDefaults[vendor],
      features: [],
      sockets,
      threadsPerCore: hostDefaults.threadsPerCore,
      numaNodes: sockets,
      llcPerSocket: hostDefaults.llcPerSocket,
      ...spec.cpu,
    },
    datastores: spec.datastores ?? [],
    networks: (spec.networks ?? []).map((network) => ({ roles: ['VirtualMachine'] as const, ...network })),
    maintenance: spec.maintenance ?? hostDefaults.maintenance,
    bmc: { ...hostDefaults.bmc, ...spec.bmc },
    wattsCurve: wattsCurve(spec.watts),
    standbyWatts: spec.watts?.standby ?? hostWatts.standby,
    dpm: spec.dpm ?? hostDefaults.dpm,
    ...(type === 'Xen' ? { xen: filledXen(spec) } : {}),
  };
}

function filledXen({ hypervisor, xen }: HostSpec): NonNullable<FilledHostSpec['xen']> {
  const generation = generationOf(hypervisor);
  return {
    dom0: { ...hostDefaults.dom0, ...xen?.dom0 },
    ...(xen?.ioCosts === undefined ? {} : { ioCosts: xen.ioCosts }),
    timesliceMilliseconds: xen?.timesliceMilliseconds ?? hostDefaults.timesliceMilliseconds,
    ratelimitMicroseconds:
      xen?.ratelimitMicroseconds ?? (generation.type === 'Xen' ? generation.ratelimitMicroseconds : 0),
  };
}

function wattsCurve(watts: HostSpec['watts']): readonly number[] {
  if (watts?.curve !== undefined) return watts.curve;
  const { idle, peak } = { ...hostWatts, ...watts };
  return Array.from({ length: 11 }, (_, tenth) => idle + ((peak - idle) * tenth) / 10);
}
