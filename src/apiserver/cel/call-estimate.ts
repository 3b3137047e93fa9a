import { type CallEstimate, type CostNode, orUnknown, type SizeAt } from './cost-node.ts';
import { Estimate, LARGEST, ONE, UNKNOWN, ZERO } from './estimate.ts';
import { LIST_COST } from './run-cost.ts';
import { isInt } from './value.ts';

/** A call whose cost is asked for. */
export interface EstimatedCall {
  readonly target: CostNode | undefined;
  readonly args: readonly CostNode[];
  readonly sizeAt: SizeAt;
}

type Estimator = (call: EstimatedCall, overload: string) => CallEstimate | undefined;

/** As in cel-go, common/cost.go. */
const TRAVERSAL = 0.1;
const REGEX = 0.25;

/**
 * What a call costs beside its arguments: those of cel-go's libraries, of Kubernetes' (k8s.io/apiserver,
 * pkg/cel/library/cost.go), and of the language. undefined where it is 1, or where the evaluator knows more.
 */
export function callEstimate(name: string, overload: string, call: EstimatedCall): CallEstimate | undefined {
  const ofOverload = EXTENSIONS.get(overload)?.(call, overload);
  return ofOverload ?? LIBRARY.get(name)?.(call, overload) ?? STANDARD.get(overload)?.(call, overload);
}

/** The size of a node, also where only the schema knows it. */
function sizeOf({ sizeAt }: EstimatedCall, node: CostNode): Estimate {
  return node.size ?? sizeAt(node.path) ?? UNKNOWN;
}

const names = (list: string, estimate: Estimator): [string, Estimator][] =>
  list.split(' ').map((name) => [name, estimate]);

const fixed =
  (cost: number): Estimator =>
  () => ({ cost: Estimate.of(cost) });

/** Goes through the first argument once; its result is as large where it has a size. */
const readsArgument =
  (factor: number, keepsSize = false): Estimator =>
  (call) => {
    const [text] = call.args;
    if (text === undefined) return undefined;
    const size = sizeOf(call, text);
    return { cost: size.scaled(factor), size: keepsSize ? size : undefined };
  };

function items(list: CostNode): CostNode | undefined {
  const [type] = list.type.params;
  if (type === undefined) return undefined;
  const path = list.path.length === 0 ? list.path : list.path.extended('@items');
  return { expression: undefined, type, path, size: undefined };
}

const walksList: Estimator = (call) => {
  const { target } = call;
  if (target === undefined) return undefined;
  const size = sizeOf(call, target);
  const item = items(target);
  if (item === undefined) return { cost: size.scaled(TRAVERSAL) };
  const isText = item.type.kind === 'string' || item.type.kind === 'bytes';
  const each = isText ? ONE.plus(sizeOf(call, item).scaled(TRAVERSAL)) : ONE;
  return { cost: size.times(each) };
};

const transforms: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const size = sizeOf(call, call.target);
  return { cost: size.scaled(TRAVERSAL), size };
};

const replaces: Estimator = (call) => {
  const { target, args } = call;
  const [old, next] = args;
  if (target === undefined || old === undefined || next === undefined) return undefined;
  const size = sizeOf(call, target);
  const from = sizeOf(call, old);
  const to = sizeOf(call, next);
  const most = replacement(size.max, from.min, to.max <= from.min);
  const least = replacement(size.min, from.max, from.max <= to.min);
  const count = new Estimate(least.count, most.count);
  const kept = new Estimate(least.kept, most.kept);
  return { cost: size.scaled(2 * TRAVERSAL), size: count.times(to).plus(kept) };
};

/** How often a text of the size can be replaced, and how much of it stays. */
function replacement(size: bigint, old: bigint, keeps: boolean): { count: bigint; kept: bigint } {
  if (old === 0n) return { count: size < LARGEST ? size + 1n : size, kept: size };
  if (keeps) return { count: 0n, kept: size };
  return { count: BigInt(Math.ceil(Number(size) / Number(old))), kept: 0n };
}

const splits: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const size = sizeOf(call, call.target);
  const limit = call.args[1]?.expression;
  const most = limit?.kind === 'literal' && isInt(limit.value) ? BigInt.asUintN(64, BigInt(limit.value)) : size.max;
  return { cost: size.scaled(2 * TRAVERSAL), size: new Estimate(0n, most) };
};

const joins: Estimator = (call) => {
  const { target, args } = call;
  if (target === undefined) return undefined;
  const count = sizeOf(call, target);
  const item = items(target);
  let size = item === undefined ? ZERO : count.times(sizeOf(call, item));
  const [separator] = args;
  if (separator !== undefined) {
    const between = new Estimate(count.min > 0n ? count.min - 1n : 0n, count.max > 0n ? count.max - 1n : 0n);
    size = size.plus(sizeOf(call, separator).times(between));
  }
  return { cost: size.scaled(TRAVERSAL), size };
};

function searchCost(text: Estimate, pattern: Estimate): Estimate {
  return text.plus(ONE).scaled(TRAVERSAL).times(pattern.scaled(REGEX));
}

const finds: Estimator = (call) => {
  const [pattern] = call.args;
  if (call.target === undefined || pattern === undefined) return undefined;
  const size = sizeOf(call, call.target);
  return { cost: searchCost(size, sizeOf(call, pattern)), size: new Estimate(0n, size.max) };
};

/** Networks are of 4 or 16 bytes. */
const ADDRESS = new Estimate(4n, 16n);

const containsIp: Estimator = (call, overload) => {
  const [other] = call.args;
  if (other === undefined) return undefined;
  const cost = ADDRESS.plus(ADDRESS).scaled(TRAVERSAL);
  return { cost: overload === 'cidr_contains_ip_string' ? cost.plus(sizeOf(call, other).scaled(TRAVERSAL)) : cost };
};

const containsCidr: Estimator = (call, overload) => {
  const [other] = call.args;
  if (other === undefined) return undefined;
  const cost = ADDRESS.plus(ADDRESS).scaled(TRAVERSAL).plus(ADDRESS.scaled(TRAVERSAL)).plus(ONE);
  return { cost: overload === 'cidr_contains_cidr_string' ? cost.plus(sizeOf(call, other).scaled(TRAVERSAL)) : cost };
};

/** Longest regular expression of a named format. */
const FORMAT_PATTERN = 128;
/** Longest name of one. */
const FORMAT_NAME = 64n;

const validates: Estimator = (call) => {
  const [text] = call.args;
  if (text === undefined) return undefined;
  return {
    cost: sizeOf(call, text)
      .scaled(TRAVERSAL)
      .scaled(FORMAT_PATTERN * REGEX),
  };
};

const CONSTANT_EQUALITY = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  ...'Authorizer PathCheck GroupCheck ResourceCheck Decision'
    .split(' ')
    .map((name) => `kubernetes.authorization.${name}`),
]);

const equalsOpaque: Estimator = ({ args }) => {
  const [left, right] = args;
  if (left === undefined || right === undefined || left.type.name !== right.type.name) return undefined;
  if (left.type.kind !== 'opaque' && left.type.kind !== 'struct') return undefined;
  if (CONSTANT_EQUALITY.has(left.type.name)) return { cost: ONE };
  if (left.type.name === 'kubernetes.NamedFormat') {
    return { cost: new Estimate(1n, FORMAT_NAME).scaled(TRAVERSAL) };
  }
  if (left.type.name !== 'kubernetes.URL') return undefined;
  return { cost: new Estimate(1n, right.size?.max ?? 1n).scaled(TRAVERSAL) };
};

const LIBRARY: ReadonlyMap<string, Estimator> = new Map<string, Estimator>([
  ...names('check', fixed(350_000)),
  ...names('serviceAccount path group resource subresource namespace name allowed reason error errored', fixed(1)),
  ...names('fieldSelector labelSelector', selects),
  ...names('isSorted sum max min indexOf lastIndexOf', walksList),
  ...names('url', readsArgument(TRAVERSAL, true)),
  ...names('lowerAscii upperAscii substring trim', transforms),
  ...names('replace', replaces),
  ...names('split', splits),
  ...names('join', joins),
  ...names('find findAll', finds),
  ...names('cidr isIP isCIDR quantity isQuantity semver isSemver', readsArgument(TRAVERSAL)),
  ['ip', (call, overload) => (overload === 'cidr_ip' ? { cost: ONE } : readsArgument(TRAVERSAL)(call, overload))],
  ...names('ip.isCanonical', readsArgument(2 * TRAVERSAL)),
  ...names('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast', fixed(1)),
  ...names('isLinkLocalUnicast isGlobalUnicast format.named', fixed(1)),
  ...names('containsIP', containsIp),
  ...names('containsCIDR', containsCidr),
  ...names('validate', validates),
  ...names('sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub', fixed(1)),
  ...names('major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery', fixed(1)),
  ...names('_==_', equalsOpaque),
]);

function selects(call: EstimatedCall): CallEstimate | undefined {
  const [selector] = call.args;
  if (call.args.length !== 1 || selector === undefined) return undefined;
  const size = sizeOf(call, selector);
  // A parse makes a structure of one entry for every two characters.
  return { cost: size.scaled(TRAVERSAL).plus(size.scaled(0.5).scaled(50)).plus(Estimate.of(LIST_COST)) };
}

/** Makes a list, at so much for each item. */
function allocates(size: Estimate, factor: number): CallEstimate {
  return { cost: size.scaled(factor).plus(ONE).plus(Estimate.of(LIST_COST)), size };
}

/** An integer that is written out. */
function constant(node: CostNode | undefined, otherwise: bigint): bigint {
  const expression = node?.expression;
  if (expression?.kind !== 'literal' || !isInt(expression.value)) return otherwise;
  return expression.value < 0 ? 0n : BigInt(expression.value);
}

const comparesAll =
  (pick: (call: EstimatedCall) => CostNode | undefined, factor: number): Estimator =>
  (call) => {
    const list = pick(call);
    if (list === undefined) return undefined;
    const size = sizeOf(call, list);
    return allocates(size.times(size), factor);
  };

const sets =
  (factor: number): Estimator =>
  (call) => {
    const [left, right] = call.args as [CostNode, CostNode];
    return { cost: sizeOf(call, left).times(sizeOf(call, right)).scaled(factor).plus(ONE) };
  };

const ITEM_TYPES = 'int uint double bool google.protobuf.Duration google.protobuf.Timestamp string bytes'.split(' ');

/** By signature: cel-go's ext.Lists and ext.Sets. */
const EXTENSIONS: ReadonlyMap<string, Estimator> = new Map<string, Estimator>([
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
  [
    'list_slice',
    (call) => {
      const end = constant(call.args[1], sizeOf(call, call.target!).max);
      return allocates(Estimate.of(BigInt.asUintN(64, end - constant(call.args[0], 0n))), 1);
    },
  ],
  ['lists_range', (call) => allocates(Estimate.of(constant(call.args[0], LARGEST)), 1)],
  ['list_reverse', (call) => allocates(sizeOf(call, call.target!), 1)],
  ['list_flatten', (call) => allocates(sizeOf(call, call.target!), 1)],
  ['list_flatten_int', (call) => allocates(sizeOf(call, call.target!), Number(constant(call.args[0], LARGEST)))],
  ['list_distinct', comparesAll(({ target }) => target, 2)],
  ...ITEM_TYPES.flatMap((type): [string, Estimator][] => {
    const factor = type === 'string' || type === 'bytes' ? 2 + TRAVERSAL : 2;
    return [
      [`list_${type}_sort`, comparesAll(({ target }) => target, factor)],
      [`list_${type}_sortByAssociatedKeys`, comparesAll(({ args }) => args[0], factor)],
    ];
  }),
]);

const comparesText: Estimator = ({ args }) => {
  const [left, right] = args as [CostNode, CostNode];
  const [a, b] = [orUnknown(left).max, orUnknown(right).max];
  const most = b < a ? b : a;
  return { cost: new Estimate(most > 0n ? 1n : 0n, most).scaled(TRAVERSAL) };
};

const readsText =
  (resize: (size: Estimate) => Estimate | undefined): Estimator =>
  ({ args }) => {
    const size = orUnknown(args[0]!);
    return { cost: size.scaled(TRAVERSAL), size: resize(size) };
  };

const wrapped = (value: bigint) => BigInt.asUintN(64, value);

/** By signature: the language's own. */
const STANDARD: ReadonlyMap<string, Estimator> = new Map<string, Estimator>([
  ['string_format', ({ target }) => ({ cost: orUnknown(target!).scaled(TRAVERSAL) })],
  ['string_to_bytes', readsText((size) => new Estimate(size.min, wrapped(size.max * 4n)))],
  ['bytes_to_string', readsText((size) => new Estimate(size.min / 4n, size.max))],
  ['strings_quote', readsText((size) => new Estimate(size.min + 2n, wrapped(size.max * 2n + 2n)))],
  ...names(
    'starts_with_string ends_with_string',
    readsText(() => undefined),
  ),
  ['in_list', ({ args }) => ({ cost: orUnknown(args[1]!) })],
  ['matches', ({ args }) => ({ cost: searchCost(orUnknown(args[0]!), orUnknown(args[1]!)) })],
  ['matches_string', ({ target, args }) => ({ cost: searchCost(orUnknown(target!), orUnknown(args[0]!)) })],
  [
    'contains_string',
    ({ target, args }) => ({
      cost: orUnknown(target!).scaled(TRAVERSAL).times(orUnknown(args[0]!).scaled(TRAVERSAL)),
    }),
  ],
  ...['less', 'greater', 'less_equals', 'greater_equals'].flatMap((name): [string, Estimator][] => [
    [`${name}_string`, comparesText],
    [`${name}_bytes`, comparesText],
  ]),
  ['equals', comparesText],
  ['not_equals', comparesText],
]);
