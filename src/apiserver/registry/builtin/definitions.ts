import { deepEqual } from '../../../base/json.ts';
import { customResourceDefinition } from '../../kinds/apiextensions.ts';
import type { AnyObject } from '../../objects.ts';
import { namesErrors } from '../../schema/definition/spec-parts.ts';
import { type DefinitionFindings, defaultDefinition, validateDefinition } from '../../schema/definition.ts';
import { definitionColumns } from '../../table/builtin-columns.ts';
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

/** What was found out about a definition that is being written: it is asked for twice. */
const known = new WeakMap<AnyObject, DefinitionFindings>();

function findings(object: AnyObject, old: AnyObject | undefined): DefinitionFindings {
  let found = known.get(object);
  if (found === undefined) {
    found = validateDefinition(object, old);
    known.set(object, found);
  }
  return found;
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition. apiextensions-apiserver, pkg/registry/customresourcedefinition. */
export const customResourceDefinitions: Builtin = {
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
  default(object) {
    defaultDefinition(object);
    dropEmptyWebhook(object as Definition);
    const { spec, status } = object as Definition;
    if ((status.storedVersions ?? []).length > 0) return;
    const storage = spec.versions?.find((version) => version.storage);
    if (storage !== undefined) status.storedVersions = [storage.name];
  },
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
  validate: (object, old) => findings(object, old).errors,
  warnings: (object, old) => findings(object, old).warnings,
  subresources: {
    status: {
      verbs: ['get', 'patch', 'update'],
      resets: ['spec'],
      prepareUpdate(object, old) {
        // Metadata can be written through it too: https://github.com/kubernetes/kubernetes/issues/137681
        object['spec'] = old['spec'];
      },
      validateUpdate: (object) => namesErrors((object as Definition).status.acceptedNames, 'status.acceptedNames'),
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
          finalizers: [...wanted],
        },
        status: { ...definition.status, conditions },
      };
    },
  },
  columns: definitionColumns,
};

/** A webhook that says nothing is none: upstream's internal form has no place for it. */
function dropEmptyWebhook({ spec }: Definition): void {
  const { conversion } = spec as { conversion?: Conversion };
  const { clientConfig, conversionReviewVersions } = conversion?.webhook ?? {};
  if (clientConfig === undefined && (conversionReviewVersions ?? []).length === 0) delete conversion?.webhook;
}

interface Conversion {
  webhook?: { readonly clientConfig?: object; readonly conversionReviewVersions?: readonly string[] | null };
}
