/** What a cluster and a pool have when their manifests do not say, in full: also what follows from the hosts' generation. */
import type { Cluster, ClusterRule, ClusterSpec } from './cluster.ts';
import { admissionDefaults, defaultEnforcement, sensitivityLevels } from './defaults.ts';
import type { Generation } from './generations.ts';
import type { ResourcePoolSpec } from './resource-pool.ts';

/** What the schema fills in, which it gets from here. */
export const clusterDefaults = {
  drs: { automation: 'FullyAutomated', migrationThreshold: 3, intervalSeconds: 300 },
  dpm: {
    automation: 'FullyAutomated',
    threshold: 3,
    targetPercent: 63,
    tolerancePercent: 18,
    onWindowSeconds: 300,
    offWindowSeconds: 2400,
    minPoweredOn: { hosts: 1, cpuMHz: 1, memory: '1Mi' },
  },
  ha: {
    hostMonitoring: true,
    restartPriority: 'Medium',
    isolationShutdownSeconds: 300,
    heartbeatDatastores: 2,
    vmMonitoring: 'Disabled',
    sensitivity: 'High',
  },
  admissionPolicy: 'HostFailures',
} as const;

export const poolDefaults = {
  cpu: { shares: 'Normal', reservationMHz: 0, expandable: true },
  memory: { shares: 'Normal', reservation: '0', expandable: true },
} as const;

type Part<K extends keyof ClusterSpec> = NonNullable<ClusterSpec[K]>;
type Given<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
type Admission = NonNullable<Part<'ha'>['admissionControl']>;
type Windows = 'failureIntervalSeconds' | 'minUpSeconds' | 'maxFailures' | 'windowSeconds';

export interface FilledClusterSpec {
  readonly drs: Given<Omit<Part<'drs'>, 'advanced'>> & Pick<Part<'drs'>, 'advanced'>;
  readonly dpm: Given<Omit<Part<'dpm'>, 'advanced' | 'minPoweredOn'>> &
    Pick<Part<'dpm'>, 'advanced'> & { readonly minPoweredOn: Given<NonNullable<Part<'dpm'>['minPoweredOn']>> };
  readonly ha: Given<Omit<Part<'ha'>, 'advanced' | 'admissionControl' | 'isolationAddresses'>> &
    Pick<Part<'ha'>, 'advanced' | 'isolationAddresses'> & {
      /** `cpuPercent`, `memoryPercent` and `hostFailures` are filled in whatever the policy; only its own are in force. */
      readonly admissionControl: Admission &
        Given<Pick<Admission, 'policy' | 'hostFailures' | 'cpuPercent' | 'memoryPercent' | 'slotCPUMHzMin'>>;
    };
  readonly evc?: Part<'evc'>;
  readonly rules: readonly (ClusterRule & { readonly enabled: boolean; readonly enforcement: 'Must' | 'Should' })[];
}

/**
 * The policies of a cluster with every default filled in; drs, dpm and ha that are left out are off.
 *
 * @param generation of its oldest host: oldestGeneration() in generations.ts
 */
export function filledClusterSpec(spec: Cluster['spec'], generation: Generation): FilledClusterSpec {
  const { drs = { enabled: false }, dpm = { enabled: false }, ha = { enabled: false }, evc, rules = [] } = spec;
  const sensitivity = ha.sensitivity ?? clusterDefaults.ha.sensitivity;
  return {
    drs: { ...clusterDefaults.drs, ...drs },
    dpm: { ...clusterDefaults.dpm, ...dpm, minPoweredOn: { ...clusterDefaults.dpm.minPoweredOn, ...dpm.minPoweredOn } },
    ha: {
      ...clusterDefaults.ha,
      isolationResponse: generation.isolationResponse,
      ...(sensitivityLevels[sensitivity] satisfies Readonly<Record<Windows, number>>),
      ...ha,
      admissionControl: {
        policy: clusterDefaults.admissionPolicy,
        ...admissionDefaults,
        slotCPUMHzMin: generation.slotCPUMHz,
        ...ha.admissionControl,
      },
    },
    ...(evc === undefined ? {} : { evc }),
    rules: rules.map((rule) => ({ enabled: true, enforcement: defaultEnforcement[rule.type], ...rule })),
  };
}

type PoolPart<K extends 'cpu' | 'memory', O extends string> = Given<Omit<NonNullable<ResourcePoolSpec[K]>, O>> &
  Pick<NonNullable<ResourcePoolSpec[K]>, O & keyof NonNullable<ResourcePoolSpec[K]>>;

export interface FilledPoolSpec extends Omit<ResourcePoolSpec, 'cpu' | 'memory'> {
  readonly cpu: PoolPart<'cpu', 'limitMHz'>;
  readonly memory: PoolPart<'memory', 'limit'>;
}

/** The spec of a pool with every default filled in; a limit left out is none. */
export function filledPoolSpec(spec: ResourcePoolSpec): FilledPoolSpec {
  return {
    ...spec,
    cpu: { ...poolDefaults.cpu, ...spec.cpu },
    memory: { ...poolDefaults.memory, ...spec.memory },
  };
}
