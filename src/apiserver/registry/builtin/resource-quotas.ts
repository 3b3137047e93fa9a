import { parseQuantity } from '../../../base/quantity.ts';
import { type FieldError, invalidError } from '../../field-error.ts';
import { resourceQuota } from '../../kinds/core.ts';
import { resourceQuotaColumns } from '../../table/builtin-columns.ts';
import { labelKeyProblems, subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

type Quantities = Record<string, string>;

/** What has no group in its name. */
const STANDARD = new Set([
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims'],
  ...['configmaps', 'services.nodeports', 'services.loadbalancers'],
]);
const MEASURED = /^(requests\.|limits\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$/;
const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
];

function nameErrors(name: string, where: string): FieldError[] {
  const problems = labelKeyProblems(name);
  const errors = problems.map((problem) => invalidError(where, name, problem));
  if (name.includes('/') || STANDARD.has(name) || /^(requests\.)?hugepages-/.test(name)) return errors;
  if (problems.length === 0 && name !== 'storage') {
    errors.push(invalidError(where, name, 'must be a standard resource type or fully qualified'));
  }
  return [...errors, invalidError(where, name, 'must be a standard resource for quota')];
}

/** Whether it is counted in whole numbers. */
function isCounted(name: string): boolean {
  if (name.includes('/')) return !name.includes('kubernetes.io/') && !name.startsWith('requests.');
  return STANDARD.has(name) && !MEASURED.test(name);
}

function quantityErrors(quantities: Quantities | undefined, field: string): FieldError[] {
  return Object.entries(quantities ?? {}).flatMap(([name, quantity]) => {
    const where = `${field}[${name}]`;
    const errors = nameErrors(name, where);
    const value = parseQuantity(quantity) ?? 0n;
    if (value < 0n) errors.push(invalidError(where, quantity, 'must be greater than or equal to 0'));
    if (isCounted(name) && value % 1_000_000_000n !== 0n) {
      errors.push(invalidError(where, quantity, 'must be an integer'));
    }
    return errors;
  });
}

function scopeErrors(scopes: readonly string[] = []): FieldError[] {
  return scopes.every((scope) => SCOPES.includes(scope))
    ? []
    : [invalidError('spec.scopes', scopes, 'unsupported scope')];
}

/** v1 ResourceQuota: stored and shown; nothing enforces it. */
export const resourceQuotas: Builtin = {
  group: '',
  version: 'v1',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  type: resourceQuota,
  namespaced: true,
  nameCheck: subdomainName,
  deletion: { returnsObject: (object) => object },
  columns: resourceQuotaColumns,
  prepareCreate(object) {
    object['status'] = {};
  },
  prepareUpdate(object, old) {
    object['status'] = old['status'];
  },
  resets: ['status'],
  validate(object) {
    const { hard, scopes } = object['spec'] as { hard?: Quantities; scopes?: readonly string[] };
    return [...quantityErrors(hard, 'spec.hard'), ...scopeErrors(scopes)];
  },
  subresources: {
    status: {
      verbs: ['get', 'patch', 'update'],
      resets: ['spec'],
      prepareUpdate(object, old) {
        object['spec'] = old['spec'];
      },
      validate(object) {
        const status = object['status'] as { hard?: Quantities; used?: Quantities };
        return [...quantityErrors(status.hard, 'status.hard'), ...quantityErrors(status.used, 'status.used')];
      },
    },
  },
};
