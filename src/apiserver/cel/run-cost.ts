import { sizeOf } from './standard.ts';
import { ListValue, MapValue, Opaque, Optional, type Value } from './value.ts';

/** What a call has cost, given its arguments (receiver first) and its result; the result is undefined after an error. */
export type CallCost = (args: readonly Value[], result: Value | undefined) => number;

const TRAVERSAL = 0.1;
const REGEX = 0.25;
export const LIST_COST = 10;
export const MAP_COST = 30;
export const STRUCT_COST = 40;

/**
 * The cost of a call at run time, undefined where it is always 1: cel-go's own (interpreter/runtimecost.go) and those of
 * Kubernetes' libraries (k8s.io/apiserver, pkg/cel/library/cost.go).
 * @param overload '' where several signatures are possible
 */
export function callCost(name: string, overload: string): CallCost | undefined {
  return LIBRARY_COSTS.get(name)?.(overload) ?? STANDARD_COSTS.get(overload);
}

/** How large a value is for its cost: its `size()`, or 1. */
export function actualSize(value: Value | undefined): number {
  if (value === undefined || value === null) return 1;
  if (value instanceof Optional) return value.value === undefined ? 1 : actualSize(value.value);
  return sizeOf(value) ?? sizeOfOpaque(value);
}

/** Opaque values that have a size say so themselves. */
function sizeOfOpaque(value: Value): number {
  return value instanceof Opaque && 'size' in value && typeof value.size === 'number' ? value.size : 1;
}

const traversal = (size: number, factor = TRAVERSAL) => Math.ceil(size * factor);
const ofArg =
  (index: number, factor = TRAVERSAL): CallCost =>
  (args) =>
    traversal(actualSize(args[index]), factor);
const smaller: CallCost = ([a, b]) => traversal(Math.min(actualSize(a), actualSize(b)));
const both: CallCost = ([a, b]) => traversal(actualSize(a) + actualSize(b));
const regex: CallCost = ([text, pattern]) => traversal(1 + actualSize(text)) * traversal(actualSize(pattern), REGEX);

/** Makes a list of so many items, at so much for each. */
function allocation(size: number, factor = 1): number {
  return Math.trunc(size * (factor < 0 ? 1 : factor)) + 1 + LIST_COST;
}

/** Every item of a list is compared with every other. */
function selfComparison(list: Value | undefined): number {
  const size = actualSize(list);
  const first = list instanceof ListValue && size > 0 ? list.at(0) : undefined;
  const isText = typeof first === 'string' || first instanceof Uint8Array;
  return allocation(size === 0 ? 0 : size * size, isText ? 2 + TRAVERSAL : 2);
}

const sets =
  (factor: number): CallCost =>
  ([a, b]) =>
    1 + Math.trunc(actualSize(a) * actualSize(b) * factor);
const ofResult: CallCost = (_, result) => allocation(actualSize(result));
const ITEM_TYPES = 'int uint double bool google.protobuf.Duration google.protobuf.Timestamp string bytes'.split(' ');

const ORDERED = ['less', 'greater', 'less_equals', 'greater_equals'];

const STANDARD_COSTS: ReadonlyMap<string, CallCost> = new Map<string, CallCost>([
  ['starts_with_string', ofArg(1)],
  ['ends_with_string', ofArg(1)],
  ['string_to_bytes', ofArg(0)],
  ['bytes_to_string', ofArg(0)],
  ['strings_quote', ofArg(0)],
  ['string_format', ofArg(0)],
  ['in_list', (args) => actualSize(args[1])],
  ...ORDERED.flatMap((name): [string, CallCost][] => [
    [`${name}_string`, smaller],
    [`${name}_bytes`, smaller],
  ]),
  ['equals', smaller],
  ['not_equals', smaller],
  ['add_string', both],
  ['add_bytes', both],
  ['matches', regex],
  ['matches_string', regex],
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
  ['list_slice', ofResult],
  ['lists_range', ofResult],
  ['list_reverse', ofResult],
  ['list_flatten', ([list]) => allocation(actualSize(list))],
  ['list_flatten_int', ([list, depth]) => allocation(actualSize(list), Number(depth))],
  ['list_distinct', ([list]) => selfComparison(list)],
  ...ITEM_TYPES.flatMap((type): [string, CallCost][] => [
    [`list_${type}_sort`, ([list]) => selfComparison(list)],
    [`list_${type}_sortByAssociatedKeys`, ([, keys]) => selfComparison(keys)],
  ]),
  ['contains_string', ([text, part]) => traversal(actualSize(text)) * traversal(actualSize(part))],
]);

type ByOverload = (overload: string) => CallCost | undefined;
const always =
  (cost: CallCost): ByOverload =>
  () =>
    cost;
const fixed = (cost: number) => always(() => cost);
const names = (list: string, cost: ByOverload): [string, ByOverload][] => list.split(' ').map((name) => [name, cost]);

const LIBRARY_COSTS: ReadonlyMap<string, ByOverload> = new Map<string, ByOverload>([
  ...names('check', fixed(350_000)),
  ...names('serviceAccount path group resource subresource namespace name allowed reason error errored', fixed(1)),
  ...names(
    'fieldSelector labelSelector',
    always(([, selector]) => selectorCost(actualSize(selector))),
  ),
  ...names(
    'isSorted sum max min indexOf lastIndexOf includes',
    always(([list]) => walkCost(list)),
  ),
  ...names('url lowerAscii upperAscii substring trim jsonpatch.escapeKey', always(ofArg(0))),
  ...names('replace split', always(ofArg(0, 2 * TRAVERSAL))),
  ...names(
    'join',
    always((_, result) => traversal(actualSize(result), 2 * TRAVERSAL)),
  ),
  ...names('find findAll', always(regex)),
  ...names('cidr isIP isCIDR quantity isQuantity semver isSemver', always(ofArg(0))),
  ['ip', (overload) => (overload === 'cidr_ip' ? () => 1 : ofArg(0))],
  ['ip.isCanonical', always(ofArg(0, 2 * TRAVERSAL))],
  ...names('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast', fixed(1)),
  ...names('isLinkLocalUnicast isGlobalUnicast format.named', fixed(1)),
  ['containsIP', (overload) => containsCost(0, overload === 'cidr_contains_ip_string')],
  ['containsCIDR', (overload) => containsCost(1, overload === 'cidr_contains_cidr_string')],
  ['validate', always(([format, text]) => formatCost(format, text))],
  ...names('sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub', fixed(1)),
  ...names('major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery', fixed(1)),
  [
    '_==_',
    () =>
      ([a, b]) =>
        isCheap(a) ? 1 : smaller([a!, b!], undefined),
  ],
]);

function selectorCost(length: number): number {
  return 10 + traversal(length) + Math.ceil(Math.ceil(length * 0.5) * 50);
}

/** A network of 4 or 16 bytes is gone through twice; once more with one, for comparing networks. */
function containsCost(extra: number, isText: boolean): CallCost {
  return ([cidr, other]) => {
    const size = actualSize(cidr);
    const walked = traversal(2 * size) + (extra === 0 ? 0 : traversal(size) + extra);
    return walked + (isText ? traversal(actualSize(other)) : 0);
  };
}

function formatCost(format: Value | undefined, text: Value | undefined): number {
  const pattern = format instanceof Opaque && 'patternSize' in format ? Number(format.patternSize) : 0;
  return traversal(1 + actualSize(text)) * traversal(pattern, REGEX);
}

/** Equality of these is one step. */
function isCheap(value: Value | undefined): boolean {
  return value instanceof Opaque && !(value instanceof Optional);
}

/** The cost of going through a value as a tree. */
function walkCost(value: Value | undefined): number {
  if (typeof value === 'string') return Math.trunc(Buffer.byteLength(value) * TRAVERSAL);
  if (value instanceof Uint8Array) return Math.trunc(value.length * TRAVERSAL);
  let cost = 0;
  if (value instanceof ListValue) for (const item of value.items()) cost += walkCost(item);
  else if (value instanceof MapValue) for (const key of value.keys()) cost += walkCost(key) + walkCost(value.find(key));
  else return 1;
  return cost;
}
