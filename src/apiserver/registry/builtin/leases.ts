import { type FieldError, invalidError } from '../../field-error.ts';
import { lease } from '../../kinds/coordination.ts';
import type { AnyObject } from '../../objects.ts';
import { leaseColumns } from '../../table/builtin-columns.ts';
import { subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

interface LeaseSpec {
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}

function dropElection(object: AnyObject): void {
  const { strategy: _strategy, preferredHolder: _preferredHolder, ...spec } = object['spec'] as LeaseSpec;
  object['spec'] = spec;
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
  // Coordinated leader election is not served, nor are its fields.
  prepareCreate: dropElection,
  prepareUpdate: dropElection,
  validate(object) {
    const spec = object['spec'] as LeaseSpec;
    const errors: FieldError[] = [];
    if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
      errors.push(invalidError('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
    }
    if (spec.leaseTransitions !== undefined && spec.leaseTransitions < 0) {
      errors.push(invalidError('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
};
