/**
 * How strategic merge patch treats the lists of the built-in kinds: what upstream says with the struct tags
 * `patchStrategy` and `patchMergeKey` (k8s.io/api). Not the list types of server-side apply: those differ.
 * A list without a rule is replaced; an object without one is merged.
 */
export interface PatchRules {
  /** Rules of fields that differ from the default. */
  readonly fields?: Readonly<Record<string, PatchRules>>;
  /** A list whose items are merged: objects by the field named here, scalars (`''`) as a set. */
  readonly mergeKey?: string;
}

const metadata: PatchRules = { fields: { finalizers: { mergeKey: '' }, ownerReferences: { mergeKey: 'uid' } } };

/** Every kind's own fields come on top of its metadata. */
function rules(fields: Readonly<Record<string, PatchRules>> = {}): PatchRules {
  return { fields: { metadata, ...fields } };
}

const common = rules();
const byName: PatchRules = { mergeKey: 'name' };

/** By `<group>/<Kind>` (the core group is empty); versions of a kind agree. */
const byKind: Readonly<Record<string, PatchRules>> = {
  '/Namespace': rules({ status: { fields: { conditions: { mergeKey: 'type' } } } }),
  '/ServiceAccount': rules({ secrets: byName }),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': rules({
    spec: { fields: { matchConditions: byName, variables: byName } },
  }),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': rules({ spec: { fields: { matchConditions: byName } } }),
};

/**
 * The rules of a built-in kind. ConfigMap, Secret, Event, Lease, ResourceQuota, CustomResourceDefinition and the RBAC
 * kinds have none but those of metadata.
 */
export function patchRulesOf(group: string, kind: string): PatchRules {
  return byKind[`${group}/${kind}`] ?? common;
}
