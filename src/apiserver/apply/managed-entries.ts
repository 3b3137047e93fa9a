/**
 * metadata.managedFields between its stored form and what the algorithms work on (k8s.io/apimachinery,
 * util/managedfields/internal/managedfields.go).
 */
import type { ManagedFieldsEntry } from '../../api/meta.ts';
import { byCodePoint, goJson } from '../go-format.ts';
import { isObject } from '../objects.ts';
import { type FieldSet, isEmpty, LEAF, NOTHING, ordered, union, unionNodes } from './field-set.ts';
import { canonicalElement, SELF } from './path-element.ts';

/** What one manager owns. */
export interface ManagedSet {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the main resource */
  readonly subresource: string;
  /** RFC 3339 in UTC, whole seconds; undefined: never stamped */
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The stored entry that says just this, if there is one. */
  readonly entry: ManagedFieldsEntry | undefined;
}

/** Whether two sets belong to the same entry. What was applied is one entry whatever the version. */
export function sameManager(a: ManagedSet, b: Omit<ManagedSet, 'set' | 'entry' | 'time'>): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** Upstream's name of the entry, by which it sorts conflicts and equally old entries. */
export function identifier({ manager, operation, apiVersion, subresource }: ManagedSet): string {
  const fields = [
    ['manager', manager],
    ['operation', operation],
    ['apiVersion', operation === 'Apply' ? '' : apiVersion],
    ['subresource', subresource],
  ].filter(([, value]) => value !== '');
  return `{${fields.map(([name, value]) => `"${name}":${goJson(value)}`).join(',')}}`;
}

/** Decodes stored entries. What it has decoded once it knows by the identity of `fieldsV1`. */
export class EntryDecoder {
  readonly #known = new WeakMap<object, FieldSet>();

  /** @throws Error for entries that the server would not have written */
  decode(entries: readonly unknown[]): ManagedSet[] {
    const sets: ManagedSet[] = [];
    for (const [index, entry] of entries.entries()) {
      const set = this.#decodeEntry(isObject(entry) ? (entry as ManagedFieldsEntry) : {}, index);
      const again = sets.findIndex((known) => sameManager(known, set));
      if (again < 0) sets.push(set);
      else sets[again] = set;
    }
    return sets;
  }

  #decodeEntry(entry: ManagedFieldsEntry, index: number): ManagedSet {
    const { operation, apiVersion, fieldsType, manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
    if (!apiVersion) throw new Error('apiVersion must not be empty');
    if (fieldsType !== 'FieldsV1') throw new Error(`missing or invalid fieldsType in managed fields entry ${index}`);
    const set = this.#decodeSet(entry.fieldsV1 ?? NOTHING);
    const time = entry.time === undefined || entry.time === null ? undefined : wholeSeconds(entry.time);
    const stored = set === entry.fieldsV1 && time === entry.time ? entry : undefined;
    return { manager, operation, apiVersion, subresource, time, set, entry: stored };
  }

  #decodeSet(fields: object): FieldSet {
    let set = this.#known.get(fields);
    if (set === undefined) {
      set = canonicalSet(fields);
      this.remember(fields, set);
    }
    return set;
  }

  /** Tells the decoder of a set that is canonical by construction. */
  remember(fields: object, set: FieldSet): void {
    this.#known.set(fields, set);
  }
}

/** The set in canonical form; the same object when it has it already. */
function canonicalSet(fields: object): FieldSet {
  const { [SELF]: self, ...rest } = fields as FieldSet;
  return canonicalChildren(self === undefined ? (fields as FieldSet) : rest);
}

function canonicalChildren(node: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  let same = true;
  for (const element of Object.keys(node)) {
    const known = element === SELF ? SELF : canonicalElement(element);
    same &&= known === element;
    if (known === undefined) continue;
    const child = known === SELF ? LEAF : canonicalNode(node[element]);
    same &&= known === SELF ? isEmpty(node[element]!) : child === node[element];
    result[known] = result[known] === undefined ? child : unionNodes(result[known], child);
  }
  const inOrder = ordered(result);
  return same && inOrder === result ? node : inOrder;
}

function canonicalNode(value: unknown): FieldSet {
  if (value === null) return LEAF;
  if (!isObject(value)) throw new Error('expected { or n');
  if (isEmpty(value as FieldSet)) return value as FieldSet;
  const node = canonicalChildren(value as FieldSet);
  return Object.keys(node).every((element) => element === SELF) ? LEAF : node;
}

/** A time as the server prints it. */
function wholeSeconds(time: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time)) return time;
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) throw new Error(`parsing time ${time}`);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The sets as they are stored: applied ones first, then by age, then by name. Undefined when there are none. */
export function encode(sets: readonly ManagedSet[]): ManagedFieldsEntry[] | undefined {
  if (sets.length === 0) return undefined;
  return sets.slice().sort(byAge).map(encodeSet);
}

function encodeSet(set: ManagedSet): ManagedFieldsEntry {
  if (set.entry !== undefined) return set.entry;
  const { apiVersion, set: fieldsV1, manager, operation, subresource, time } = set;
  return {
    apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1,
    manager,
    operation,
    ...(subresource === '' ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  };
}

function byAge(a: ManagedSet, b: ManagedSet): number {
  return (
    byCodePoint(a.operation, b.operation) ||
    byCodePoint(a.time ?? '', b.time ?? '') ||
    byCodePoint(a.manager, b.manager) ||
    byCodePoint(a.apiVersion, b.apiVersion) ||
    byCodePoint(a.subresource, b.subresource)
  );
}

/** How many Update entries an object keeps. */
const MAX_UPDATERS = 10;

/** The oldest Update entries beyond ten merged, per version, into one of the manager `ancient-changes`. */
export function capped(sets: readonly ManagedSet[]): readonly ManagedSet[] {
  let excess = sets.filter(({ operation }) => operation === 'Update').length - MAX_UPDATERS;
  if (excess <= 0) return sets;
  const oldest = sets
    .filter(({ operation }) => operation === 'Update')
    .sort((a, b) => byCodePoint(a.time ?? '', b.time ?? '') || byCodePoint(identifier(a), identifier(b)));
  const kept = new Map(sets.map((set) => [identifier(set), set]));
  const firsts = new Map<string, ManagedSet>();
  for (const set of oldest) {
    if (excess <= 0) break;
    const first = firsts.get(set.apiVersion);
    if (first === undefined) firsts.set(set.apiVersion, set);
    else {
      absorb(kept, first, set);
      excess--;
    }
  }
  return [...kept.values()];
}

/** Moves a set into its version's collecting entry, which begins with the oldest entry of that version. */
function absorb(kept: Map<string, ManagedSet>, first: ManagedSet, set: ManagedSet): void {
  const bucket = { ...set, manager: 'ancient-changes', subresource: '', entry: undefined };
  const id = identifier(bucket);
  let collected = kept.get(id);
  if (collected === undefined) {
    collected = kept.get(identifier(first))!;
    kept.delete(identifier(first));
  }
  kept.set(id, { ...bucket, set: union(set.set, collected.set) });
  // When the collecting entry itself is the second oldest, upstream loses it here; so do we.
  kept.delete(identifier(set));
}
