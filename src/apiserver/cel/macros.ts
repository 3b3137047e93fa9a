import { ACCUMULATOR, type Comprehension, type Expression } from './expression.ts';
import type { Issue, NodeFactory } from './syntax.ts';

/** What a macro call becomes. Undefined: the call is none of this macro's. @throws MacroError for wrong arguments */
export type Macro = (call: MacroCall) => Expression | undefined;

export interface MacroCall {
  readonly nodes: NodeFactory;
  /** where the call is, and with it all that it becomes */
  readonly offset: number;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

export class MacroError extends Error {
  readonly issue: Issue;

  constructor(at: Expression, message: string) {
    super(message);
    this.issue = { offset: at.offset, message };
  }
}

/** The macro of a name, by whether it is called on something and with how many arguments. */
export function findMacro(name: string, isMember: boolean, args: number): Macro | undefined {
  return MACROS.get(`${name}:${args}:${isMember}`);
}

const MACROS: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ['has:1:false', has],
  ['all:2:true', (call) => quantifier(call, 'all')],
  ['exists:2:true', (call) => quantifier(call, 'exists')],
  ['exists_one:2:true', (call) => quantifier(call, 'existsOne')],
  ['map:2:true', map],
  ['map:3:true', map],
  ['filter:2:true', filter],
  ['all:3:true', (call) => quantifier(call, 'all')],
  ['exists:3:true', (call) => quantifier(call, 'exists')],
  ['existsOne:3:true', (call) => quantifier(call, 'existsOne')],
  ['exists_one:3:true', (call) => quantifier(call, 'existsOne')],
  ['transformList:3:true', transformList],
  ['transformList:4:true', transformList],
  ['transformMap:3:true', transformMap],
  ['transformMap:4:true', transformMap],
  ['transformMapEntry:3:true', transformMapEntry],
  ['transformMapEntry:4:true', transformMapEntry],
  ['optMap:2:true', (call) => optional(call, true)],
  ['optFlatMap:2:true', (call) => optional(call, false)],
  ['sortBy:2:true', sortBy],
]);

function has({ nodes, offset, args }: MacroCall): Expression {
  const [operand] = args as [Expression];
  if (operand.kind !== 'select') throw new MacroError(operand, 'invalid argument to has() macro');
  return nodes.select(offset, operand.operand, operand.field, true);
}

const OVERWRITES = 'iteration variable overwrites accumulator variable';

function variable(arg: Expression, complaint: string): string {
  if (arg.kind !== 'ident') throw new MacroError(arg, complaint);
  if (arg.name === ACCUMULATOR || arg.name === '__result__') throw new MacroError(arg, OVERWRITES);
  return arg.name;
}

const SIMPLE_NAME = 'argument must be a simple name';

/** One or two iteration variables at the start of the arguments, by how many there are. */
function variables(args: readonly Expression[], two: boolean): { variable: string; variable2: string } {
  const [first, second] = args as [Expression, Expression];
  if (!two) return { variable: variable(first, SIMPLE_NAME), variable2: '' };
  for (const arg of [first, second]) if (arg.kind !== 'ident') throw new MacroError(arg, SIMPLE_NAME);
  if (first.kind === 'ident' && second.kind === 'ident' && first.name === second.name) {
    throw new MacroError(second, `duplicate variable name: ${first.name}`);
  }
  return { variable: variable(first, SIMPLE_NAME), variable2: variable(second, SIMPLE_NAME) };
}

function quantifier(call: MacroCall, kind: 'all' | 'exists' | 'existsOne'): Expression {
  const { nodes, offset, target, args } = call;
  const names = variables(args, args.length === 3);
  const predicate = args.at(-1)!;
  const accumulated = () => nodes.ident(offset, ACCUMULATOR);
  const invoke = (name: string, ...list: Expression[]) => nodes.call(offset, name, list);
  const shared = { range: target!, ...names, accumulator: ACCUMULATOR };
  if (kind === 'all') {
    const start = nodes.literal(offset, true);
    const condition = invoke('@not_strictly_false', accumulated());
    const step = invoke('_&&_', accumulated(), predicate);
    return nodes.comprehension(offset, { ...shared, start, condition, step, result: accumulated() });
  }
  if (kind === 'exists') {
    const start = nodes.literal(offset, false);
    const condition = invoke('@not_strictly_false', invoke('!_', accumulated()));
    const step = invoke('_||_', accumulated(), predicate);
    return nodes.comprehension(offset, { ...shared, start, condition, step, result: accumulated() });
  }
  const start = nodes.literal(offset, 0);
  const condition = nodes.literal(offset, true);
  const counted = invoke('_+_', accumulated(), nodes.literal(offset, 1));
  const step = invoke('_?_:_', predicate, counted, accumulated());
  const result = invoke('_==_', accumulated(), nodes.literal(offset, 1));
  return nodes.comprehension(offset, { ...shared, start, condition, step, result });
}

/** Folds into what `start` makes, by a step that a filter may guard. */
function collect(
  call: MacroCall,
  names: { variable: string; variable2: string },
  start: Expression,
  guard: Expression | undefined,
  makeStep: (accumulated: Expression) => Expression,
): Comprehension {
  const { nodes, offset, target } = call;
  const condition = nodes.literal(offset, true);
  let step = makeStep(nodes.ident(offset, ACCUMULATOR));
  if (guard !== undefined) step = nodes.call(offset, '_?_:_', [guard, step, nodes.ident(offset, ACCUMULATOR)]);
  const result = nodes.ident(offset, ACCUMULATOR);
  return nodes.comprehension(offset, {
    range: target!,
    ...names,
    accumulator: ACCUMULATOR,
    start,
    condition,
    step,
    result,
  });
}

function map(call: MacroCall): Expression {
  const { nodes, offset, args } = call;
  const name = variable(args[0]!, 'argument is not an identifier');
  const guard = args.length === 3 ? args[1] : undefined;
  return collect(call, { variable: name, variable2: '' }, nodes.list(offset, []), guard, (accumulated) =>
    nodes.call(offset, '_+_', [accumulated, nodes.list(offset, [args.at(-1)!])]),
  );
}

function filter(call: MacroCall): Expression {
  const { nodes, offset, args } = call;
  const name = variable(args[0]!, 'argument is not an identifier');
  return collect(call, { variable: name, variable2: '' }, nodes.list(offset, []), args[1], (accumulated) =>
    nodes.call(offset, '_+_', [accumulated, nodes.list(offset, [args[0]!])]),
  );
}

function transformList(call: MacroCall): Expression {
  const { nodes, offset, args } = call;
  const guard = args.length === 4 ? args[2] : undefined;
  return collect(call, variables(args, true), nodes.list(offset, []), guard, (accumulated) =>
    nodes.call(offset, '_+_', [accumulated, nodes.list(offset, [args.at(-1)!])]),
  );
}

function transformMap(call: MacroCall): Expression {
  const { nodes, offset, args } = call;
  const names = variables(args, true);
  const guard = args.length === 4 ? args[2] : undefined;
  return collect(call, names, nodes.map(offset), guard, (accumulated) =>
    nodes.call(offset, 'cel.@mapInsert', [accumulated, nodes.ident(offset, names.variable), args.at(-1)!]),
  );
}

function transformMapEntry(call: MacroCall): Expression {
  const { nodes, offset, args } = call;
  const guard = args.length === 4 ? args[2] : undefined;
  return collect(call, variables(args, true), nodes.map(offset), guard, (accumulated) =>
    nodes.call(offset, 'cel.@mapInsert', [accumulated, args.at(-1)!]),
  );
}

/** A comprehension over nothing binds the variable to the optional's value. */
function optional(call: MacroCall, wraps: boolean): Expression {
  const { nodes, offset, args } = call;
  const target = call.target!;
  const macro = wraps ? 'optMap' : 'optFlatMap';
  const [first, mapped] = args as [Expression, Expression];
  if (first.kind !== 'ident') {
    throw new MacroError(first, `${macro}() variable name must be a simple identifier`);
  }
  const value = nodes.comprehension(offset, {
    range: nodes.list(offset, []),
    variable: '#unused',
    variable2: '',
    accumulator: first.name,
    start: nodes.call(offset, 'value', [], nodes.copy(target)),
    condition: nodes.literal(offset, false),
    step: nodes.ident(offset, first.name),
    result: mapped,
  });
  const present = nodes.call(offset, 'hasValue', [], target);
  const some = wraps ? nodes.call(offset, 'optional.of', [value]) : value;
  return nodes.call(offset, '_?_:_', [present, some, nodes.call(offset, 'optional.none', [])]);
}

/** The list beside the list of its keys: bound first, so that neither is computed twice. */
function sortBy(call: MacroCall): Expression | undefined {
  const { nodes, offset, args } = call;
  const target = call.target!;
  if (!['select', 'list', 'ident', 'comprehension', 'call'].includes(target.kind)) {
    throw new MacroError(
      target,
      `sortBy can only be applied to a list, identifier, comprehension, call or select expression`,
    );
  }
  const bound = '@__sortBy_input__';
  const input = () => nodes.ident(offset, bound);
  const keys = map({ nodes, offset, target: input(), args });
  return nodes.comprehension(offset, {
    range: nodes.list(offset, []),
    variable: '#unused',
    variable2: '',
    accumulator: bound,
    start: target,
    condition: nodes.literal(offset, false),
    step: input(),
    result: nodes.call(offset, '@sortByAssociatedKeys', [keys], input()),
  });
}
