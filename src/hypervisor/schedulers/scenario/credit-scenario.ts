import { creditParameters } from '../credit/parameters.ts';
import type { CreditAllocation, CreditSettings } from '../credit.ts';
import type { TopologyShape } from '../topology.ts';
import { checkEffort } from './effort.ts';
import { FieldReader } from './fields.ts';
import { readVcpuWork, type VcpuWork } from './vcpu-work.ts';

export const MOST_VCPUS = 512;
export const MOST_PCPUS = 256;
export const LONGEST_MS = 86_400_000;
const MS = 1_000_000;

/** A scenario for the credit scheduler, as golden/xen-credit writes them. Times in ns. */
export interface CreditScenario {
  readonly shape: TopologyShape;
  readonly settings: CreditSettings;
  readonly duration: number;
  readonly domains: readonly CreditDomain[];
}

export interface CreditDomain extends CreditAllocation {
  readonly name: string;
  readonly vcpus: readonly VcpuWork[];
}

const topFields = [
  'scheduler',
  'version',
  'pcpus',
  'coresPerSocket',
  'threadsPerCore',
  'nodePerSocket',
  'ratelimitUs',
  'tsliceMs',
  'durationMs',
  'domains',
  // Carried by the golden traces, and not read.
  'name',
  'description',
  'reference',
  'tolerance',
  'expected',
];

/** Reads a scenario, or throws a `ScenarioError` that names every wrong field. */
export function readCreditScenario(value: unknown): CreditScenario {
  const fields = new FieldReader();
  const object = fields.object(value, '');
  fields.spelling(object, topFields);
  const scenario = {
    shape: readShape(fields, object),
    settings: readSettings(fields, object),
    duration: MS * fields.integer(object['durationMs'], 'durationMs', { min: 1, max: LONGEST_MS }),
    domains: readDomains(fields, object['domains']),
  };
  if (fields.problems.length === 0) checkScenario(fields, scenario);
  fields.conclude();
  return scenario;
}

function readShape(fields: FieldReader, object: Readonly<Record<string, unknown>>): TopologyShape {
  const most = { min: 1, max: MOST_PCPUS };
  const pcpus = fields.integer(object['pcpus'], 'pcpus', most);
  const threadsPerCore = fields.integer(object['threadsPerCore'], 'threadsPerCore', { ...most, absent: 1 });
  const absent = Math.max(1, Math.ceil(pcpus / threadsPerCore));
  const coresPerSocket = fields.integer(object['coresPerSocket'], 'coresPerSocket', { ...most, absent });
  const nodes = fields.boolean(object['nodePerSocket'], 'nodePerSocket', false) ? MOST_PCPUS : 1;
  return { pcpus, coresPerSocket, threadsPerCore, nodes, cachesPerSocket: 1 };
}

function readSettings(fields: FieldReader, object: Readonly<Record<string, unknown>>): CreditSettings {
  return {
    version: fields.oneOf(object['version'], 'version', ['4', '3.2'], '4'),
    sliceMs: fields.integer(object['tsliceMs'], 'tsliceMs', { min: 1, max: 1000, absent: 30 }),
    rateLimitUs: fields.integer(object['ratelimitUs'], 'ratelimitUs', { min: 0, max: 1_000_000, absent: 1000 }),
  };
}

function readDomains(fields: FieldReader, value: unknown): CreditDomain[] {
  const names = new Map<string, string>();
  let vcpus = 0;
  const domains = fields.list(value, 'domains', { min: 1, max: MOST_VCPUS }).map((entry, index) => {
    const path = `domains[${index}]`;
    const domain = readDomain(fields, entry, path);
    const other = domain.name === '' ? undefined : names.get(domain.name);
    if (other !== undefined) fields.fail(`${path}.name`, `must be unique, ${other} is called ${domain.name} too`);
    names.set(domain.name, path);
    vcpus += domain.vcpus.length;
    return domain;
  });
  if (vcpus > MOST_VCPUS) fields.fail('domains', `must have ${MOST_VCPUS} vCPUs together at most, have ${vcpus}`);
  return domains;
}

function readDomain(fields: FieldReader, value: unknown, path: string): CreditDomain {
  const object = fields.object(value, path);
  fields.only(object, path, ['name', 'weight', 'cap', 'vcpus']);
  const vcpus = fields
    .list(object['vcpus'], `${path}.vcpus`, { min: 1, max: MOST_VCPUS })
    .map((work, index) => readVcpuWork(fields, work, `${path}.vcpus[${index}]`));
  // How many vCPUs there are is not known where their list is wrong.
  const most = vcpus.length > 0 ? 100 * vcpus.length : 100 * MOST_VCPUS;
  const because = `percent of one pCPU, ${vcpus.length} vCPUs; 0: none`;
  return {
    name: fields.text(object['name'], `${path}.name`),
    weight: fields.integer(object['weight'], `${path}.weight`, { min: 1, max: 65535, absent: 256 }),
    cap: fields.integer(object['cap'], `${path}.cap`, { min: 0, max: most, absent: 0, because }),
    vcpus,
  };
}

function checkScenario(fields: FieldReader, { shape, settings, duration, domains }: CreditScenario): void {
  const { tickNs } = creditParameters(settings);
  const works = domains.flatMap(({ vcpus }, i) =>
    vcpus.map((work, j) => ({ path: `domains[${i}].vcpus[${j}]`, work })),
  );
  const base = (duration / tickNs) * shape.pcpus + (duration / (1000 * MS)) * domains.length;
  checkEffort(fields, duration, works, { base, perBurst: 1 });
}
