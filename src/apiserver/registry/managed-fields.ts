/** Which field manager works for which kind: the bridge between the registry and apply/. */
import { describedType } from '../apply/described-type.ts';
import { FieldManager } from '../apply/field-manager.ts';
import { type FieldSet, setOfPaths } from '../apply/field-set.ts';
import type { FieldType } from '../apply/field-type.ts';
import { openApiType } from '../apply/openapi-type.ts';
import { customResourceResets } from '../apply/resets.ts';
import { ScaleFieldManager } from '../apply/scale.ts';
import { zeroOf } from '../kinds/scalar.ts';
import type { AnyObject, JsonObject } from '../objects.ts';
import type { Behaviour, Builtin } from './builtin/definition.ts';
import type { DefinedVersion, Definition } from './custom/definition.ts';
import type { Ownership, WriteOfFields } from './ownership.ts';

/** managedFields of one kind at one version. */
class ManagedFields implements Ownership {
  readonly #make: () => Pick<FieldManager, 'trackUpdate' | 'apply'>;
  #manager: Pick<FieldManager, 'trackUpdate' | 'apply'> | undefined;

  /** @param make called at the first write: the types of a kind are not for nothing */
  constructor(make: () => Pick<FieldManager, 'trackUpdate' | 'apply'>) {
    this.#make = make;
  }

  update(live: AnyObject | undefined, updated: AnyObject, write: WriteOfFields): void {
    this.#manager ??= this.#make();
    const managedFields = this.#manager.trackUpdate({ live, updated, ...write });
    if (managedFields === undefined) delete updated.metadata.managedFields;
    else updated.metadata.managedFields = managedFields;
  }

  apply(live: AnyObject | undefined, config: AnyObject, write: WriteOfFields & { readonly force: boolean }): AnyObject {
    this.#manager ??= this.#make();
    const { object } = this.#manager.apply({ live, config, ...write });
    // Its parts may be those of the live object, which is frozen; the registry changes top level and metadata only.
    return { ...object, metadata: { ...object.metadata } };
  }
}

const reset = (apiVersion: string, fields: readonly string[]): Readonly<Record<string, FieldSet>> => ({
  [apiVersion]: setOfPaths(fields.map((field) => [`f:${field}`])),
});

/** Who owns which field of a built-in kind. */
export function builtinOwnership(builtin: Builtin, behaviour: Behaviour, subresource: string): Ownership {
  const apiVersion = builtin.group === '' ? builtin.version : `${builtin.group}/${builtin.version}`;
  return new ManagedFields(
    () =>
      new FieldManager({
        apiVersion,
        kind: builtin.type.name,
        types: new Map([[apiVersion, describedType(builtin.type)]]),
        builtIn: true,
        empty: { ...(zeroOf(builtin.type) as JsonObject), apiVersion, kind: builtin.type.name },
        resets: behaviour.resets === undefined ? {} : { [subresource]: reset(apiVersion, behaviour.resets) },
      }),
  );
}

/** Who owns which field of a custom resource, by version and subresource. */
export type CustomOwnership = (version: DefinedVersion, subresource: string) => Ownership;

export function customOwnership(definition: Definition): CustomOwnership {
  const { group, versions, names } = definition.spec;
  const apiVersionOf = ({ name }: DefinedVersion) => `${group}/${name}`;
  const withStatus = versions.filter(({ subresources }) => subresources?.status !== undefined).map(apiVersionOf);
  let types: Map<string, FieldType> | undefined;
  const typesOf = () => {
    types ??= new Map(versions.map((version) => [apiVersionOf(version), openApiType(version.schema?.openAPIV3Schema)]));
    return types;
  };
  const managers = new Map<string, FieldManager>();
  const managerOf = (apiVersion: string) => {
    const known = managers.get(apiVersion);
    if (known !== undefined) return known;
    const resets = customResourceResets(apiVersion, withStatus);
    const manager = new FieldManager({ apiVersion, kind: names.kind ?? '', types: typesOf(), resets });
    managers.set(apiVersion, manager);
    return manager;
  };
  const scaleOf = (apiVersion: string) => {
    const replicasPaths = new Map(
      versions.map((version) => [apiVersionOf(version), version.subresources?.scale?.specReplicasPath]),
    );
    return new ScaleFieldManager({ apiVersion, replicasPaths });
  };
  return (version, subresource) => {
    const apiVersion = apiVersionOf(version);
    return new ManagedFields(() => (subresource === 'scale' ? scaleOf(apiVersion) : managerOf(apiVersion)));
  };
}
