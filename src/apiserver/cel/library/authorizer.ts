import { type FunctionDeclaration, fn, member } from '../declaration.ts';
import { BOOL, STRING, structOf, type Type } from '../type.ts';
import { Opaque, type Value } from '../value.ts';

/**
 * Values that answer to the functions below: what the variable `authorizer` of admission policies stands for. Whoever
 * offers that variable brings them along.
 */
export abstract class AuthorizerValue extends Opaque {
  /** @param name of the function, as in `check` */
  abstract invoke(name: string, args: readonly Value[]): Value;
}

const NAME = 'kubernetes.authorization';
export const AUTHORIZER = structOf(`${NAME}.Authorizer`);
export const PATH = structOf(`${NAME}.PathCheck`);
export const GROUP = structOf(`${NAME}.GroupCheck`);
export const RESOURCE = structOf(`${NAME}.ResourceCheck`);
export const DECISION = structOf(`${NAME}.Decision`);

const FUNCTIONS: readonly (readonly [name: string, id: string, args: readonly Type[], result: Type])[] = [
  ['path', 'authorizer_path', [AUTHORIZER, STRING], PATH],
  ['group', 'authorizer_group', [AUTHORIZER, STRING], GROUP],
  ['serviceAccount', 'authorizer_serviceaccount', [AUTHORIZER, STRING, STRING], AUTHORIZER],
  ['resource', 'groupcheck_resource', [GROUP, STRING], RESOURCE],
  ['subresource', 'resourcecheck_subresource', [RESOURCE, STRING], RESOURCE],
  ['namespace', 'resourcecheck_namespace', [RESOURCE, STRING], RESOURCE],
  ['name', 'resourcecheck_name', [RESOURCE, STRING], RESOURCE],
  ['check', 'pathcheck_check', [PATH, STRING], DECISION],
  ['check', 'resourcecheck_check', [RESOURCE, STRING], DECISION],
  ['errored', 'decision_errored', [DECISION], BOOL],
  ['error', 'decision_error', [DECISION], STRING],
  ['allowed', 'decision_allowed', [DECISION], BOOL],
  ['reason', 'decision_reason', [DECISION], STRING],
  ['fieldSelector', 'authorizer_fieldselector', [RESOURCE, STRING], RESOURCE],
  ['labelSelector', 'authorizer_labelselector', [RESOURCE, STRING], RESOURCE],
];

/** k8s.io/apiserver, pkg/cel/library/authz.go */
export const authorizerFunctions: readonly FunctionDeclaration[] = FUNCTIONS.map(([name, id, args, result]) =>
  fn(name, [member(id, args, result, (target, ...rest) => (target as AuthorizerValue).invoke(name, rest))]),
);
