import { scale } from '../../kinds/autoscaling.ts';
import type { Store } from '../../store/store.ts';
import { metadataFields } from '../field-selector.ts';
import type { Ownership } from '../ownership.ts';
import type { Verb } from '../request.ts';
import { type ServedResource, type Subresource, storageVersionHash } from '../served.ts';
import type { Behaviour, Builtin } from './definition.ts';
import { BuiltinStrategy } from './strategy.ts';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Who owns which field of a built-in kind; `subresource` is '' for the object itself. */
export type OwnershipOf = (builtin: Builtin, behaviour: Behaviour, subresource: string) => Ownership;

/** Serves a built-in kind from the store. */
export function serveBuiltin(builtin: Builtin, store: Store, ownershipOf: OwnershipOf): ServedResource {
  const { group, version, plural, singular, type, namespaced } = builtin;
  const responseKind = { group, version, kind: type.name };
  const subresources = new Map<string, Subresource>();
  for (const [name, behaviour] of Object.entries(builtin.subresources ?? {})) {
    const strategy = new BuiltinStrategy(builtin, behaviour, ownershipOf(builtin, behaviour, name));
    const { verbs, projection } = behaviour;
    if (projection === undefined) subresources.set(name, { name, verbs, responseKind, strategy });
    else subresources.set(name, { name, verbs, responseKind: SCALE, strategy, projection, type: scale });
  }
  return {
    group,
    version,
    names: {
      plural,
      singular,
      kind: type.name,
      listKind: `${type.name}List`,
      shortNames: builtin.shortNames ?? [],
      categories: builtin.categories ?? [],
    },
    namespaced,
    type,
    verbs: builtin.verbs ?? ALL_VERBS,
    subresources,
    bucket: store.bucket(builtin.bucket ?? `${group}/${plural}`),
    strategy: new BuiltinStrategy(builtin, builtin, ownershipOf(builtin, builtin, '')),
    selectable: new Map([...metadataFields, ...Object.entries(builtin.selectable ?? {})]),
    unknownField: (field) => builtin.unknownField?.(field) ?? unknownField(field),
    columns: builtin.columns ?? [],
    view: (stored) => builtin.view?.(stored) ?? stored,
    toStored: (object) => builtin.toStored?.(object) ?? object,
    storageVersionHash: builtin.storageHash ?? storageVersionHash(group, version, type.name),
    ...(builtin.errorGroup !== undefined && { errorGroup: builtin.errorGroup }),
    ...(builtin.deletion && { deletion: builtin.deletion }),
  };
}

function unknownField(field: string): string {
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
