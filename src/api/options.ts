/**
 * The `advanced` maps: VMware's names, each with its range and meaning. A map rather than an object with fields, so that
 * an unknown key is refused with the nearest name whoever sends it; `kubectl explain` shows the table as text.
 */
import { type Field, integer, map, type Rule } from './schema.ts';

export interface Option {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** `%`, `ms`, `s`; '' for switches and counts */
  readonly unit: string;
  readonly meaning: string;
}
export type OptionTable = Readonly<Record<string, Option>>;

/** What an `advanced` map holds: known keys only. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]?: number };

/** The value in force: what the map says, else the table's. */
export function optionValue<T extends OptionTable>(table: T, given: OptionsOf<T> | undefined, name: keyof T): number {
  return given?.[name] ?? table[name]!.default;
}

const HOST_SCHEDULER = {
  'Cpu.Quantum': option(50, 1, 1000, 'ms', 'longest time slice'),
  'Cpu.BoundLagQuanta': option(
    8,
    1,
    100,
    '',
    'slices a vCPU may fall behind in virtual time before the debt is forgiven',
  ),
  'Cpu.CreditAgePeriod': option(3000, 500, 10000, 'ms', 'how often old consumption counts for less'),
  'Cpu.CoschedPollPeriod': option(1000, 100, 100000, 'us', 'how often the skew between siblings is looked at'),
  'Cpu.CoschedCostopThreshold': option(3000, 100, 100000, 'us', 'skew from which a leading vCPU is co-stopped'),
  'Cpu.CoschedCostartThreshold': option(2000, 100, 100000, 'us', 'skew below which it may run again'),
  'Cpu.CoschedHandoffLLC': option(
    1,
    0,
    1,
    '',
    'a co-stopped vCPU leaves its core to siblings of the same last-level cache only',
  ),
  'Cpu.HTWholeCoreThreshold': option(800, 0, 60000, 'ms', 'lag from which a vCPU may claim a whole core'),
  'Cpu.HTStolenAgeThreshold': option(8, 1, 60, 's', 'age at which time lost to a sibling thread is forgotten'),
  'Cpu.HTRebalancePeriod': option(5, 0, 500, 'ms', 'mean time between rebalances inside a core; 0: never'),
  'Cpu.L2RebalancePeriod': option(10, 0, 500, 'ms', 'the same inside a second-level cache'),
  'Cpu.L3RebalancePeriod': option(20, 0, 500, 'ms', 'the same inside a third-level cache'),
  'Cpu.PackageRebalancePeriod': option(20, 0, 500, 'ms', 'the same inside a package'),
  'Cpu.PcpuMigrateIdlePcpus': option(
    4,
    0,
    256,
    '',
    'processors at each distance that one looks at for work that is more behind',
  ),
  'Cpu.WakeupMigrateIdlePcpus': option(
    4,
    0,
    256,
    '',
    'busy ones at each distance that a vCPU that becomes ready may be put on',
  ),
  'Cpu.LimitEnforcementThreshold': option(
    100,
    10,
    5000,
    'ms',
    'running at its limit that a VM that uses less may save up',
  ),
  'Cpu.VMAdmitCheckPerVcpuMin': option(1, 0, 1, '', 'refuse a CPU reservation of more than one core per vCPU'),
} as const satisfies OptionTable;

const HOST_MEMORY = {
  'Mem.IdleTax': option(75, 0, 99, '%', 'what idle memory costs more than active memory; 0: by shares alone'),
  'Mem.SamplePeriod': option(60, 1, 180, 's', 'how often the working set is sampled'),
  'Mem.BalancePeriod': option(15, 1, 120, 's', 'how often memory targets are set anew'),
  'Mem.CtlMaxPercent': option(65, 0, 75, '%', 'most of a VM that its balloon may take'),
  'Mem.ShareScanTime': option(60, 0, 600, 'min', 'time to scan a whole VM for pages to share; 0: no sharing'),
  'Mem.ShareScanGHz': option(4, 0, 32, 'MB/s per GHz', 'most that the host scans; 0: no sharing'),
  'Mem.MemZipEnable': option(1, 0, 1, '', 'compress pages before swapping them (from 4.1 on)'),
  'Mem.MemZipMaxPct': option(10, 5, 100, '%', 'most of a VM that its compression cache may take'),
} as const satisfies OptionTable;

const HOST_NUMA = {
  'Numa.RebalanceEnable': option(1, 0, 1, '', 'give VMs home nodes and move them between nodes'),
  'Numa.RebalancePeriod': option(2000, 100, 60000, 'ms', 'how often home nodes are looked at'),
  'Numa.RebalanceCoresTotal': option(4, 2, 1024, '', 'cores a host needs before home nodes are used'),
  'Numa.RebalanceCoresNode': option(2, 1, 256, '', 'cores a node needs before home nodes are used'),
  'Numa.MigImbalanceThreshold': option(10, 1, 200, '%', 'load difference between nodes that makes a VM move'),
  'Numa.SwapInterval': option(3, 1, 600, 'periods', 'how often two VMs may swap nodes'),
  'Numa.PageMigEnable': option(1, 0, 1, '', 'move the memory of a VM after it to its new node'),
  'Numa.PreferHT': option(0, 0, 1, '', 'count threads as cores when a wide VM is split over nodes'),
} as const satisfies OptionTable;

/** Host.spec.hypervisor.advanced (ESX only). Defaults and ranges: algorithms.md 2.2, 2.5 and 3. */
export const hostOptions = { ...HOST_SCHEDULER, ...HOST_MEMORY, ...HOST_NUMA } as const satisfies OptionTable;

/** Cluster.spec.drs.advanced: algorithms.md 5.3. */
export const drsOptions = {
  MinImbalance: option(50, 0, 1000, 'thousandths', 'imbalance below which nothing is moved, whatever the target'),
  MinGoodness: option(1, 0, 1, '', 'drop moves that better the balance too little; 0: take any that betters it'),
  CostBenefit: option(1, 0, 1, '', 'weigh the cost of a move against its gain; 0: look at the gain only'),
  UseDownTime: option(1, 0, 1, '', 'count the pause of a migration as a cost'),
  IgnoreDownTimeLessThan: option(1, 0, 3600, 's', 'pauses shorter than this cost nothing'),
  IdleTax: option(75, 0, 99, '%', 'share of idle memory that counts as no demand'),
  PercentIdleMBInMemDemand: option(25, 0, 100, '%', 'share of idle memory that counts as demand'),
  MaxMovesPerHost: option(0, 0, 1000, '', 'moves off or onto a host in one pass; 0: as the generation has it'),
  LimitVMsPerESXHost: option(0, 0, 10000, '', 'most VMs on a host; 0: no limit'),
} as const satisfies OptionTable;

/** Cluster.spec.dpm.advanced: algorithms.md 6. */
export const dpmOptions = {
  HostMinUptimeSecs: option(600, 0, 86400, 's', 'how long a host stays on before it may go to standby again'),
  PowerPerformanceRatio: option(40, 0, 500, '%', 'how much performance may be risked for power; 0: none'),
} as const satisfies OptionTable;

/** Cluster.spec.ha.advanced: algorithms.md 7. What has a field of its own is not repeated here. */
export const haOptions = {
  'das.maxvmrestartcount': option(5, 0, 100, '', 'attempts to restart a VM (at 0, 2, 6, 14 and 30 minutes)'),
  'das.perHostConcurrentFailoversLimit': option(32, 1, 1000, '', 'restarts that a host carries out at once'),
  'das.maxFtVmsPerHost': option(4, 0, 1000, '', 'fault-tolerant VMs on a host; 0: no limit'),
  'das.iostatsInterval': option(120, 0, 3600, 's', 'I/O this recent proves that a guest without heartbeat lives'),
  'das.respectVmVmAntiAffinityRules': option(0, 0, 1, '', 'let Separate rules forbid a restart'),
  'das.useDefaultIsolationAddress': option(1, 0, 1, '', 'ping the default gateway besides isolationAddresses'),
  'das.ignoreInsufficientHbDatastore': option(0, 0, 1, '', 'do not warn of too few heartbeat datastores'),
  'das.config.fdm.hostTimeout': option(10, 1, 300, 's', 'silence after which a host is unreachable'),
  'das.config.fdm.icmpPingTimeout': option(5, 1, 60, 's', 'how long a ping is waited for'),
  'das.config.fdm.deadIcmpPingInterval': option(10, 1, 300, 's', 'time between pings of a dead host'),
  'das.config.fdm.isolationPolicyDelaySec': option(30, 0, 3600, 's', 'from isolation to the isolation response'),
  'das.config.fdm.storageVmotionCleanupTimeout': option(
    900,
    0,
    7200,
    's',
    'how long a storage migration masks a restart',
  ),
} as const satisfies OptionTable;

function option(value: number, minimum: number, maximum: number, unit: string, meaning: string): Option {
  return { default: value, minimum, maximum, unit, meaning };
}

/** The field of an `advanced` map. */
export function options<const T extends OptionTable>(
  description: string,
  table: T,
  rules: readonly Rule[] = [],
): Field<OptionsOf<T>> {
  const lines = Object.entries(table).map(([name, { default: value, minimum, maximum, unit, meaning }]) => {
    const measure = unit === '' ? '' : ` ${unit}`;
    return `${name}: ${meaning} (${value}${measure}; ${minimum} to ${maximum}).`;
  });
  const explained = `${description} Known keys, each with its default and range:\n${lines.join('\n')}`;
  const value = integer('A whole number.', { minimum: 0 });
  const all = [unknownKey(table), ...Object.entries(table).map(outOfRange), ...rules];
  return map(explained, value, { maxProperties: Object.keys(table).length, rules: all }) as Field<OptionsOf<T>>;
}

function outOfRange([name, { minimum, maximum }]: [string, Option]): Rule {
  const value = `self['${name}']`;
  const low = minimum > 0 ? `${value} >= ${minimum} && ` : '';
  return {
    rule: `!('${name}' in self) || (${low}${value} <= ${maximum})`,
    message: `${name} takes ${minimum} to ${maximum}`,
    fieldPath: `['${name}']`,
  };
}

/**
 * Names the nearest key. A slip of one letter leaves the first or the second half of a name whole, and comparing with
 * literal halves is all that the cost limit allows, keys having no bound on their length.
 */
function unknownKey(table: OptionTable): Rule {
  const names = Object.keys(table);
  const known = `[${names.map((name) => `'${name}'`).join(', ')}]`;
  const guesses = names.map((name) => {
    const [head, tail] = halves(name, names);
    const variants = [name.toLowerCase(), shortName(name), shortName(name).toLowerCase()];
    const quoted = [...new Set(variants)].filter((text) => text !== name).map((text) => `'${text}'`);
    return `k.startsWith('${head}') || k.endsWith('${tail}') || k in [${quoted.join(', ')}] ? ': did you mean ${name}?' : `;
  });
  const wrong = `self.filter(k, !(k in ${known}))`;
  return {
    rule: `self.all(k, k in ${known})`,
    message: `unknown option; the known ones are ${names.join(', ')}`,
    messageExpression: `'unknown option' + ${wrong}.map(k, ${guesses.join('')}'.')[0] + ' The known ones are ${names.join(', ')}'`,
  };
}

const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** The shortest beginning and end that are at least half of the name and that no other name shares. */
function halves(name: string, names: readonly string[]): [string, string] {
  const others = names.filter((other) => other !== name);
  let head = Math.ceil(name.length / 2);
  while (head < name.length && others.some((other) => other.startsWith(name.slice(0, head)))) head++;
  let tail = Math.floor(name.length / 2);
  while (tail > 0 && others.some((other) => other.endsWith(name.slice(tail)))) tail--;
  return [name.slice(0, head), name.slice(tail)];
}
