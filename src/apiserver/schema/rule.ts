import { type Compilation, compile, type Environment, environment } from '../cel/environment.ts';
import type { Program } from '../cel/program.ts';
import { type DeclaredType, NamedTypes } from '../cel/schema-type.ts';
import { optionalOf, type TypeKind } from '../cel/type.ts';
import { readFieldPath } from './field-path.ts';
import type { SchemaNode, ValidationRule } from './node.ts';

/** One of x-kubernetes-validations, compiled. An empty rule has neither program nor error. */
export interface CompiledRule {
  readonly source: ValidationRule;
  readonly program?: Program | undefined;
  readonly error?: string | undefined;
  readonly usesOldSelf: boolean;
  readonly message?: Program | undefined;
  readonly messageError?: string | undefined;
  /** Where its errors are, below the value: '' for the value itself. */
  readonly fieldPath: string;
}

/** Compiles the rules of one schema. `self` and `oldSelf` are the variables, in this order. */
export class RuleCompiler {
  readonly #node: SchemaNode;
  readonly #types: NamedTypes;
  #plain: Environment | undefined;
  #optional: Environment | undefined;

  /** @param name of the schema's type, which errors about expressions show */
  constructor(node: SchemaNode, declared: DeclaredType, name: string) {
    this.#node = node;
    this.#types = new NamedTypes(declared, name);
  }

  compile(source: ValidationRule): CompiledRule {
    const nothing = { source, usesOldSelf: false, fieldPath: '' };
    if (source.rule.trim() === '') return nothing;
    const scope = this.#environment(source.optionalOldSelf === true);
    const rule = expecting(compile(source.rule, scope), 'bool', 'cel expression must evaluate to a bool');
    if (typeof rule === 'string') return { ...nothing, error: rule };
    const usesOldSelf = rule.uses('oldSelf');
    const path = source.fieldPath === '' ? undefined : readFieldPath(source.fieldPath, this.#node);
    const fieldPath = path !== undefined && 'path' in path ? path.path : '';
    const compiled = { source, program: rule, usesOldSelf, fieldPath };
    if (source.messageExpression === '') return compiled;
    const wrong = 'messageExpression must evaluate to a string';
    const message = expecting(compile(source.messageExpression, scope), 'string', wrong, 'messageExpression ');
    return typeof message === 'string' ? { ...compiled, messageError: message } : { ...compiled, message };
  }

  #environment(isOptional: boolean): Environment {
    if (isOptional) {
      this.#optional ??= this.#with(true);
      return this.#optional;
    }
    this.#plain ??= this.#with(false);
    return this.#plain;
  }

  #with(isOptional: boolean): Environment {
    const { root } = this.#types;
    const variables = new Map([
      ['self', root],
      ['oldSelf', isOptional ? optionalOf(root) : root],
    ]);
    return environment(variables, (struct) => this.#types.fields(struct));
  }
}

/** The program when it gives the kind of value, else what is wrong. */
function expecting(compiled: Compilation, kind: TypeKind, otherwise: string, what = ''): Program | string {
  if (compiled.issues !== undefined) return `${what}compilation failed: ${compiled.issues}`;
  return compiled.program.type.kind === kind ? compiled.program : otherwise;
}
