import { parseQuantity } from '../../../base/quantity.ts';
import { type FieldError, invalidError } from '../../field-error.ts';
import { resourceQuota } from '../../kinds/core.ts';
import { resourceQuotaColumns } from '../../table/builtin-columns.ts';
import { labelKeyProblems, subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

type Quantities = Record<string, string>;

function quantityErrors(quantities: Quantities | undefined, field: string): FieldError[] {
  return Object.entries(quantities ?? {}).flatMap(([name, quantity]) => {
    const where = `${field}[${name}]`;
    const errors = labelKeyProblems(name).map((problem) => invalidError(where, name, problem));
    if ((parseQuantity(quantity) ?? 0n) < 0n) {
      errors.push(invalidError(where, quantity, 'must be greater than or equal to 0'));
    }
    return errors;
  });
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
  columns: resourceQuotaColumns,
  prepareCreate(object) {
    object['status'] = {};
  },
  prepareUpdate(object, old) {
    object['status'] = old['status'];
  },
  resets: ['status'],
  validate: (object) => quantityErrors((object['spec'] as { hard?: Quantities }).hard, 'spec.hard'),
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
