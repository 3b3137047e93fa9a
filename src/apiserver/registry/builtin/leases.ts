import { type FieldError, forbiddenError, invalidError } from '../../field-error.ts';
import { lease } from '../../kinds/coordination.ts';
import { leaseColumns } from '../../table/builtin-columns.ts';
import { labelKeyProblems, subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

interface LeaseSpec {
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}

export const leases: Builtin = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  singular: 'lease',
  columns: leaseColumns,
  type: lease,
  namespaced: true,
  nameCheck: subdomainName,
  createOnUpdate: true,
  unconditionalUpdate: false,
  validate(object) {
    const spec = object['spec'] as LeaseSpec;
    const errors: FieldError[] = [];
    if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
      errors.push(invalidError('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
    }
    if (spec.leaseTransitions !== undefined && spec.leaseTransitions < 0) {
      errors.push(invalidError('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0'));
    }
    if (spec.strategy !== undefined) {
      for (const problem of labelKeyProblems(spec.strategy)) {
        errors.push(invalidError('spec.strategy', spec.strategy, problem));
      }
    }
    if ((spec.preferredHolder ?? '') !== '' && (spec.strategy ?? '') === '') {
      errors.push(forbiddenError('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
    }
    return errors;
  },
};
