import type { Outcome, Program } from '../cel/program.ts';
import { BOOLS, type Compiled, PolicyCompiler, TEXTS, TEXTS_OR_NULL } from './expressions.ts';
import type { Policy, PolicySpec, Validation } from './policy.ts';

/** An expression of a policy and what has become of it. */
export interface CompiledExpression {
  readonly source: string;
  readonly program?: Program | undefined;
  readonly problem?: string | undefined;
}

export interface CompiledPolicy {
  readonly conditions: readonly CompiledExpression[];
  readonly variables: readonly (CompiledExpression & { readonly name: string })[];
  readonly validations: readonly (CompiledExpression & {
    readonly validation: Validation;
    readonly message: CompiledExpression | undefined;
  })[];
  readonly annotations: readonly CompiledExpression[];
}

/** Compiles the expressions of a policy, in the order in which they can refer to each other. */
export function compilePolicy({ spec }: Pick<Policy, 'spec'>, types?: PolicyTypes): CompiledPolicy {
  const compiler = policyCompiler(spec, types);
  const expression = (source: string, compiled: Compiled): CompiledExpression => ({ source, ...compiled });
  const conditions = (spec.matchConditions ?? []).map(({ expression: source }) =>
    expression(source, compiler.compile(source, BOOLS, { variables: false })),
  );
  const variables = (spec.variables ?? []).map(({ name, expression: source }) => ({
    ...expression(source, compiler.variable(name, source)),
    name,
  }));
  const validations = (spec.validations ?? []).map((validation) => {
    const { expression: source, messageExpression: text = '' } = validation;
    const message = text === '' ? undefined : expression(text, compiler.compile(text, TEXTS, { authorizer: false }));
    return { ...expression(source, compiler.compile(source, BOOLS)), validation, message };
  });
  const annotations = (spec.auditAnnotations ?? []).map(({ valueExpression: source }) =>
    expression(source, compiler.compile(source, TEXTS_OR_NULL)),
  );
  return { conditions, variables, validations, annotations };
}

export type PolicyTypes = NonNullable<ConstructorParameters<typeof PolicyCompiler>[0]['types']>;

/** A compiler for the expressions of a policy, without its variables yet. */
export function policyCompiler(spec: PolicySpec, types?: PolicyTypes): PolicyCompiler {
  const scope = {
    params: spec.paramKind !== undefined,
    authorizer: true,
    variables: (spec.variables ?? []).length > 0,
  };
  return new PolicyCompiler(types === undefined ? scope : { ...scope, types });
}

export type { Outcome };
