/**
 * How strategic merge patch treats the lists of a built-in kind. Upstream says so with the struct tags `patchStrategy`
 * and `patchMergeKey`; here the kind's description does. These are not the list types of server-side apply.
 */
import type { Struct, Type } from '../kinds/type.ts';

/** A list without a rule is replaced; an object without one is merged. */
export interface PatchRules {
  /** Rules of fields that differ from the default. */
  readonly fields?: Readonly<Record<string, PatchRules>>;
  /** A list whose items are merged: objects by the field named here, scalars (`''`) as a set. */
  readonly mergeKey?: string;
}

const NONE: PatchRules = {};

/** The rules of a kind. */
export function patchRulesOf(type: Struct): PatchRules {
  const fields: Record<string, PatchRules> = {};
  for (const [name, field] of Object.entries(type.fields())) {
    const rules = rulesOf(field.type);
    if (rules !== NONE) fields[name] = rules;
  }
  return Object.keys(fields).length === 0 ? NONE : { fields };
}

function rulesOf(type: Type): PatchRules {
  if (type.is === 'struct') return patchRulesOf(type);
  // What is in a list that is replaced needs no rules.
  if (type.is !== 'list' || type.patchMerge !== true) return NONE;
  return { ...rulesOf(type.of), mergeKey: type.patchKey ?? '' };
}
