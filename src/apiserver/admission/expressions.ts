/** What expressions of admission policies may refer to: k8s.io/apiserver, pkg/admission/plugin/cel/compile.go. */
import { compile, type Environment, environment } from '../cel/environment.ts';
import { AUTHORIZER, RESOURCE } from '../cel/library/authorizer.ts';
import type { Program } from '../cel/program.ts';
import { BOOL, DYN, INT, listOf, mapOf, NULL, STRING, sameType, structOf, TIMESTAMP, type Type } from '../cel/type.ts';

const texts = listOf(STRING);
const labels = mapOf(STRING, STRING);
const struct = (name: string, fields: Readonly<Record<string, Type>>) =>
  [`kubernetes.${name}`, new Map(Object.entries(fields))] as const;
const named = (name: string) => structOf(`kubernetes.${name}`);

const STRUCTS: ReadonlyMap<string, ReadonlyMap<string, Type>> = new Map([
  struct('GroupVersionKind', { group: STRING, version: STRING, kind: STRING }),
  struct('GroupVersionResource', { group: STRING, version: STRING, resource: STRING }),
  struct('UserInfo', { username: STRING, uid: STRING, groups: texts, extra: mapOf(STRING, texts) }),
  struct('AdmissionRequest', {
    kind: named('GroupVersionKind'),
    resource: named('GroupVersionResource'),
    subResource: STRING,
    requestKind: named('GroupVersionKind'),
    requestResource: named('GroupVersionResource'),
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo: named('UserInfo'),
    dryRun: BOOL,
    options: DYN,
  }),
  struct('NamespaceSpec', { finalizers: texts }),
  struct('NamespaceCondition', {
    status: STRING,
    type: STRING,
    lastTransitionTime: TIMESTAMP,
    message: STRING,
    reason: STRING,
  }),
  struct('NamespaceStatus', { conditions: listOf(named('NamespaceCondition')), phase: STRING }),
  struct('NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels,
    annotations: labels,
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: texts,
  }),
  struct('Namespace', {
    metadata: named('NamespaceMetadata'),
    spec: named('NamespaceSpec'),
    status: named('NamespaceStatus'),
  }),
]);

const VARIABLES = 'kubernetes.variables';

/** The names of the variables, in the order in which programs are given their values. */
export const VARIABLE_NAMES = [
  'object',
  'oldObject',
  'namespaceObject',
  'request',
  'variables',
  'params',
  'authorizer',
  'authorizer.requestResource',
] as const;

export interface Scope {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Whether expressions can refer to variables at all. */
  readonly variables: boolean;
  /** The types of object and params where they are known, and the structs in them. */
  readonly types?: {
    readonly object?: Type;
    readonly params?: Type;
    fields(struct: string): ReadonlyMap<string, Type> | undefined;
  };
}

export const BOOLS: readonly Type[] = [BOOL];
export const TEXTS: readonly Type[] = [STRING];
export const TEXTS_OR_NULL: readonly Type[] = [STRING, NULL];

/** A type as cel-go's own String has it, which is not how its checker prints it. */
const goName = ({ name, params }: Type): string =>
  params.length === 0 ? name : `${name}(${params.map(goName).join(', ')})`;

/** A program, or why there is none. */
export type Compiled =
  | { readonly program: Program; readonly problem?: undefined }
  | { readonly program?: undefined; readonly problem: string };

/** Compiles the expressions of one policy; its variables are added one after the other. */
export class PolicyCompiler {
  readonly #variables = new Map<string, Type>();
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** A variable of the policy, which the expressions after it can refer to. */
  variable(name: string, expression: string): Compiled {
    const compiled = this.compile(expression, undefined);
    this.#variables.set(name, compiled.program?.type ?? DYN);
    return compiled;
  }

  /** @param wanted the types that the value may have; undefined: any */
  compile(expression: string, wanted: readonly Type[] | undefined, scope: Partial<Scope> = {}): Compiled {
    const result = compile(expression, this.#environment({ ...this.#scope, ...scope }));
    if (result.issues !== undefined) return { problem: `compilation failed: ${result.issues}` };
    const { type } = result.program;
    if (wanted !== undefined && !wanted.some((each) => sameType(each, type))) {
      const printed = wanted.map(goName);
      const what = printed.length === 1 ? printed[0] : `one of [${printed.join(' ')}]`;
      return { problem: `must evaluate to ${what} but got ${goName(type)}` };
    }
    const problem = result.program.instantiate();
    return problem === undefined ? result : { problem: `program instantiation failed: ${problem}` };
  }

  #environment({ params, authorizer, variables, types }: Scope): Environment {
    const known: Record<(typeof VARIABLE_NAMES)[number], Type | undefined> = {
      object: types?.object ?? DYN,
      oldObject: types?.object ?? DYN,
      namespaceObject: named('Namespace'),
      request: named('AdmissionRequest'),
      variables: variables ? structOf(VARIABLES) : undefined,
      params: params ? (types?.params ?? DYN) : undefined,
      authorizer: authorizer ? AUTHORIZER : undefined,
      // Upstream's type checking does not know it, so that policies that use it are warned about.
      'authorizer.requestResource': authorizer && types === undefined ? RESOURCE : undefined,
    };
    // Every name keeps its place: programs are given their values in this order.
    const declared = VARIABLE_NAMES.map(
      (name, index) => [known[name] === undefined ? ` ${index}` : name, known[name] ?? DYN] as const,
    );
    return environment(new Map(declared), (name) =>
      name === VARIABLES && variables ? this.#variables : (STRUCTS.get(name) ?? types?.fields(name)),
    );
  }
}
