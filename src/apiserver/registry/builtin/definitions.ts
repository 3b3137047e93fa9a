import { deepEqual } from '../../../base/json.ts';
import { type FieldError, requiredError } from '../../field-error.ts';
import { customResourceDefinition } from '../../kinds/apiextensions.ts';
import type { AnyObject } from '../../objects.ts';
import { defaultColumns } from '../../table/builtin-columns.ts';
import type { DefinitionAdmission } from '../custom/admission.ts';
import { CLEANUP_FINALIZER, CRD_GROUP, type Definition, withCondition } from '../custom/definition.ts';
import { subdomainName } from '../names.ts';
import { storageVersionHash } from '../served.ts';
import type { Builtin } from './definition.ts';

/** The storage version joins those in which objects may be stored. */
function addStoredVersion(definition: Definition): void {
  const storage = definition.spec.versions?.find((version) => version.storage);
  if (storage === undefined) return;
  const stored = definition.status.storedVersions ?? [];
  if (!stored.includes(storage.name)) {
    definition.status = { ...definition.status, storedVersions: [...stored, storage.name] };
  }
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition. apiextensions-apiserver, pkg/registry/customresourcedefinition. */
export function customResourceDefinitions(admission: DefinitionAdmission): Builtin {
  return {
    group: CRD_GROUP,
    version: 'v1',
    plural: 'customresourcedefinitions',
    singular: 'customresourcedefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    type: customResourceDefinition,
    namespaced: false,
    nameCheck: subdomainName,
    unconditionalUpdate: false,
    // The real server still stores them in the form that it first had.
    storageHash: storageVersionHash('apiextensions.k8s.io', 'v1beta1', 'CustomResourceDefinition'),
    default: (object) => admission.default(object),
    prepareCreate(object) {
      const definition = object as Definition;
      definition.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null };
      object.metadata.generation = 1;
      addStoredVersion(definition);
    },
    prepareUpdate(object, old) {
      object['status'] = old['status'];
      if (!deepEqual(object['spec'], old['spec'])) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
      addStoredVersion(object as Definition);
    },
    resets: ['status'],
    validate: (object, old) => admission.errors(object, old),
    warnings: (object, old) => admission.warnings(object, old),
    subresources: {
      status: {
        verbs: ['get', 'patch', 'update'],
        resets: ['spec'],
        prepareUpdate(object, old) {
          object['spec'] = old['spec'];
          keepMetadata(object, old);
        },
        validateUpdate: (object) => statusErrors(object as Definition),
      },
    },
    deletion: {
      begin(object, finalizers, { now }) {
        const definition = object as Definition;
        const { metadata } = object;
        if (metadata.deletionTimestamp !== undefined) return undefined;
        const wanted = finalizers.includes(CLEANUP_FINALIZER) ? finalizers : [...finalizers, CLEANUP_FINALIZER];
        const conditions = withCondition(
          definition.status.conditions,
          {
            type: 'Terminating',
            status: 'True',
            reason: 'InstanceDeletionPending',
            message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
          },
          now,
        );
        return {
          ...object,
          metadata: {
            ...metadata,
            deletionTimestamp: now,
            deletionGracePeriodSeconds: 0,
            generation: (metadata.generation ?? 0) + 1,
            finalizers: [...wanted],
          },
          status: { ...definition.status, conditions },
        };
      },
    },
    columns: defaultColumns,
  };
}

function keepMetadata(object: AnyObject, old: AnyObject): void {
  const { managedFields, resourceVersion } = object.metadata;
  const { managedFields: _managedFields, ...metadata } = old.metadata;
  object.metadata = { ...metadata, ...(managedFields && { managedFields }) };
  if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
}

function statusErrors({ status }: Definition): FieldError[] {
  return (status.storedVersions ?? []).length === 0
    ? [requiredError('status.storedVersions', 'must have at least one')]
    : [];
}
