import { type FieldError, invalidError } from '../../field-error.ts';
import { namespace } from '../../kinds/core.ts';
import type { AnyObject } from '../../objects.ts';
import { namespaceColumns } from '../../table/builtin-columns.ts';
import { conflict, forbidden } from '../errors.ts';
import { unsupportedField } from '../field-selector.ts';
import { labelKeyProblems, labelName } from '../names.ts';
import { qualifiedFinalizerErrors } from '../object-meta.ts';
import type { Builtin } from './definition.ts';

export const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';
/** They cannot be deleted. */
const IMMORTAL = ['default', 'kube-system', 'kube-public'];

interface Namespace extends AnyObject {
  spec: { finalizers?: string[] };
  status: { phase?: string; conditions?: unknown[] };
}

const name = { group: '', name: 'namespaces' };

function finalizerErrors(finalizers: readonly string[], field: (index: number) => string): FieldError[] {
  const errors = finalizers.flatMap((finalizer, index) =>
    labelKeyProblems(finalizer).map((problem) => invalidError(field(index), finalizer, problem)),
  );
  return [...errors, ...qualifiedFinalizerErrors(finalizers, field)];
}

/** v1 Namespace: deleting one marks it, and it goes when everything in it is gone and nobody finalises it any more. */
export const namespaces: Builtin = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  columns: namespaceColumns,
  unknownField: unsupportedField,
  type: namespace,
  namespaced: false,
  nameCheck: labelName,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  default(object) {
    if ((object.metadata.name ?? '') === '') return;
    object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: object.metadata.name! };
  },
  prepareCreate(object) {
    const { spec } = object as Namespace;
    const finalizers = spec.finalizers ?? [];
    if (!finalizers.includes(FINALIZER)) spec.finalizers = [...finalizers, FINALIZER];
    (object as Namespace).status = { phase: 'Active' };
    const { name, labels } = object.metadata;
    if ((name ?? '') !== '') object.metadata.labels = { ...labels, [NAME_LABEL]: name! };
  },
  prepareUpdate(object, old) {
    const { spec, status } = old as Namespace;
    const updated = object as Namespace;
    if (spec.finalizers === undefined) delete updated.spec.finalizers;
    else updated.spec.finalizers = spec.finalizers;
    updated.status = status;
  },
  resets: ['status'],
  validate: (object) => finalizerErrors((object as Namespace).spec.finalizers ?? [], () => 'spec.finalizers'),
  subresources: {
    status: {
      verbs: ['get', 'patch', 'update'],
      resets: ['spec'],
      prepareUpdate: (object, old) => {
        object['spec'] = old['spec'];
      },
      validateUpdate: (object) => {
        const { phase } = (object as Namespace).status;
        const deleting = object.metadata.deletionTimestamp !== undefined;
        if (deleting === (phase === 'Terminating')) return [];
        return [
          invalidError(
            'status.Phase',
            phase ?? '',
            deleting
              ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
              : "may only be 'Active' if `deletionTimestamp` is empty",
          ),
        ];
      },
    },
    finalize: {
      verbs: ['update'],
      resets: ['status'],
      prepareUpdate: (object, old) => {
        object['status'] = old['status'];
      },
      validateUpdate: (object) =>
        finalizerErrors((object as Namespace).spec.finalizers ?? [], (index) => `spec.finalizers[${index}]`),
    },
  },
  selectable: {
    'status.phase': (object) => (object as Namespace).status.phase ?? '',
    name: (object) => object.metadata.name ?? '',
  },
  deletion: {
    check(object) {
      if (!IMMORTAL.includes(object.metadata.name!)) return;
      throw forbidden(name, object.metadata.name!, 'this namespace may not be deleted');
    },
    precondition: (object, why) => conflict(name, object.metadata.name!, why),
    begin(object, finalizers, { now }) {
      const { status, spec, metadata } = object as Namespace;
      if (metadata.deletionTimestamp !== undefined) return (spec.finalizers?.length ?? 0) > 0 ? object : undefined;
      const { finalizers: _finalizers, ...rest } = metadata;
      return {
        ...object,
        metadata: { ...rest, deletionTimestamp: now, ...(finalizers.length > 0 && { finalizers: [...finalizers] }) },
        status: { ...status, phase: 'Terminating' },
      };
    },
    mayGo: (object) => ((object as Namespace).spec.finalizers?.length ?? 0) === 0,
  },
};
