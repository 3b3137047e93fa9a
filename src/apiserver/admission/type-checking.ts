/** Whether expressions of policies fit the kinds that they are about: policy/validating/typechecking.go upstream. */
import { type DeclaredType, declaredType, NamedTypes, REQUEST_LIMIT } from '../cel/schema-type.ts';
import { BOOL, BYTES, DOUBLE, DYN, INT, STRING, TIMESTAMP, type Type } from '../cel/type.ts';
import { objectMeta } from '../kinds/meta.ts';
import type { Type as KindType, ScalarName } from '../kinds/type.ts';
import type { Catalog } from '../registry/catalog.ts';
import { apiVersion, type ServedResource } from '../registry/served.ts';
import { readSchema } from '../schema/node.ts';
import { policyCompiler } from './compiled-policy.ts';
import type { NamedRule, Policy, PolicySpec } from './policy.ts';

/** How many kinds one rule is checked against. */
const MOST_KINDS = 10;

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

const SCALARS: Readonly<Partial<Record<ScalarName, Type>>> = {
  string: STRING,
  bool: BOOL,
  int32: INT,
  int64: INT,
  float64: DOUBLE,
  bytes: BYTES,
  time: TIMESTAMP,
  microTime: TIMESTAMP,
};

/** A built-in kind's type as expressions see it. Deeper than this, anything goes. */
function declaredOf(type: KindType, depth = 0): DeclaredType {
  const simple = (is: Type): DeclaredType => ({ simple: is, maxElements: REQUEST_LIMIT, minSize: 1 });
  if (depth > 12) return simple(DYN);
  switch (type.is) {
    case 'struct': {
      const fields = Object.entries(type.fields()).map(
        ([name, { type: inner }]) => [name, declaredOf(inner, depth + 1)] as const,
      );
      return { fields: new Map(fields), maxElements: 0, minSize: 2 };
    }
    case 'list':
      return { element: declaredOf(type.of, depth + 1), maxElements: REQUEST_LIMIT, minSize: 2 };
    case 'map':
      return { key: simple(STRING), element: declaredOf(type.of, depth + 1), maxElements: REQUEST_LIMIT, minSize: 2 };
    case 'schemaOr':
      return simple(DYN);
    default:
      return simple(SCALARS[type.is] ?? DYN);
  }
}

/** The type of a resource's objects; undefined where nothing is known about it. */
function typeOfResource(served: ServedResource): DeclaredType | undefined {
  if (served.type !== undefined) return declaredOf(served.type);
  const versions = (served.definition?.['spec'] as { versions?: DefinedVersion[] } | undefined)?.versions ?? [];
  const schema = versions.find(({ name }) => name === served.version)?.schema?.openAPIV3Schema;
  if (schema === undefined) return undefined;
  const declared = declaredType(readSchema(schema), true);
  if (declared?.fields === undefined) return declared;
  return { ...declared, fields: new Map(declared.fields).set('metadata', declaredOf(objectMeta)) };
}

interface DefinedVersion {
  readonly name: string;
  readonly schema?: { readonly openAPIV3Schema?: Parameters<typeof readSchema>[0] };
}

/** Checks each expression against each kind. */
export function checkTypes({ spec }: Policy, catalog: Catalog): ExpressionWarning[] {
  const kinds = kindsOf(spec, catalog);
  const params = paramsOf(spec, catalog);
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string) => {
    const lines = kinds.flatMap((served) => problemsWith(expression, spec, served, params));
    if (lines.length > 0) warnings.push({ fieldRef, warning: lines.join('\n') });
  };
  (spec.validations ?? []).forEach(({ expression, messageExpression = '' }, index) => {
    check(`spec.validations[${index}].expression`, expression);
    if (messageExpression !== '') check(`spec.validations[${index}].messageExpression`, messageExpression);
  });
  return warnings;
}

function problemsWith(
  expression: string,
  spec: PolicySpec,
  served: ServedResource,
  params: ServedResource | undefined,
) {
  const declared = typeOfResource(served);
  if (declared === undefined) return [];
  const object = new NamedTypes(declared, served.names.kind);
  const declaredParams = params === undefined ? undefined : typeOfResource(params);
  const own = declaredParams === undefined ? undefined : new NamedTypes(declaredParams, `${params!.names.kind}Params`);
  const compiler = policyCompiler(spec, {
    object: object.root,
    ...(own !== undefined && { params: own.root }),
    fields: (name) => object.fields(name) ?? own?.fields(name),
  });
  for (const variable of spec.variables ?? []) compiler.variable(variable.name, variable.expression);
  const { problem } = compiler.compile(expression, undefined);
  if (problem === undefined) return [];
  const kind = `${served.group}/${served.version}, Kind=${served.names.kind}`;
  return [`${kind}: ${problem.replace(/^compilation failed: /, '')}\n`];
}

function kindsOf({ matchConstraints }: PolicySpec, catalog: Catalog): ServedResource[] {
  const kinds = new Map<string, ServedResource>();
  for (const rule of matchConstraints?.resourceRules ?? []) {
    let count = 0;
    for (const served of resourcesOf(rule, catalog)) {
      kinds.set(`${apiVersion(served)}/${served.names.kind}`, served);
      if (++count === MOST_KINDS) break;
    }
  }
  const key = ({ group, version, names }: ServedResource) => `${group}\0${version}\0${names.kind}`;
  return [...kinds.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The resources that a rule names; what it says with a `*` names none. */
function* resourcesOf(rule: NamedRule, catalog: Catalog): Generator<ServedResource> {
  const named = (list: readonly string[] = []) => (list.includes('*') ? [] : [...list].sort());
  for (const group of named(rule.apiGroups)) {
    for (const version of named(rule.apiVersions)) {
      for (const resource of [...(rule.resources ?? [])].sort()) {
        if (/[*/]/.test(resource)) continue;
        const served = catalog.find(group, version, resource);
        if (served !== undefined) yield served;
      }
    }
  }
}

function paramsOf({ paramKind }: PolicySpec, catalog: Catalog): ServedResource | undefined {
  return paramKind === undefined ? undefined : catalog.ofKind(paramKind.apiVersion ?? '', paramKind.kind ?? '');
}
