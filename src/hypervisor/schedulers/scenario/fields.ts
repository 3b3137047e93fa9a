import { nearest } from '../../../base/nearest.ts';
import { type FieldProblem, ScenarioError } from './scenario-error.ts';

export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
  /** What a field that is left out means; without it the field must be there. */
  readonly absent?: number;
  /** Said after the bounds, as `credits wrap above that`. */
  readonly because?: string;
}

/** NaN and infinities stand for these in a text that was made readable by `readable`. */
const unreadable: ReadonlyMap<unknown, string> = new Map([
  ['\u0000NaN', 'NaN'],
  ['\u0000Infinity', 'Infinity'],
  ['\u0000-Infinity', '-Infinity'],
]);

/**
 * Makes a text with NaN or Infinity, which JSON does not know, one that can be parsed, so that the field they stand in
 * can be named.
 */
export function readable(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(`\u0000${token}`),
  );
}

/** So many problems are told; who has more has made one mistake many times. */
const MOST_PROBLEMS = 50;

/** Reads fields of parsed JSON and gathers what is wrong; every method answers something, so that all is looked at. */
export class FieldReader {
  readonly problems: FieldProblem[] = [];
  /** Problems that were found beyond those. */
  untold = 0;
  /** Fields that were misspelt: that they are missing follows from it. */
  readonly #meant = new Set<string>();

  /** Notes a problem, unless one was noted of what the field stands in: the rest follows from that. */
  fail(path: string, message: string): void {
    if (this.problems.length === MOST_PROBLEMS) {
      this.untold++;
      return;
    }
    if (this.problems.some((known) => isInside(path, known.path))) return;
    this.problems.push({ path, message });
  }

  /** Throws a `ScenarioError` with all problems, if there are any. */
  conclude(): void {
    if (this.problems.length > 0) throw new ScenarioError(this.problems, this.untold);
  }

  /** The object there, or an empty one. */
  object(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    if (this.#isMisspelt(value, path)) return {};
    this.fail(path, `must be an object, is ${shown(value)}`);
    return {};
  }

  /** The list there, or an empty one. */
  list(value: unknown, path: string, { min, max }: { min: number; max: number }): readonly unknown[] {
    if (!Array.isArray(value)) {
      if (this.#isMisspelt(value, path)) return [];
      this.fail(path, `must be a list, is ${shown(value)}`);
      return [];
    }
    if (value.length < min || value.length > max) {
      this.fail(path, `must hold ${min} to ${max} entries, holds ${value.length}`);
      return value.slice(0, max);
    }
    return value;
  }

  /** The integer there, or the smallest that is allowed. */
  integer(value: unknown, path: string, bounds: IntegerBounds): number {
    if (value === undefined && bounds.absent !== undefined) return bounds.absent;
    const { min, max } = bounds;
    if (this.#isMisspelt(value, path)) return min;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    if (this.problems.length === MOST_PROBLEMS) {
      this.untold++;
      return min;
    }
    const because = bounds.because === undefined ? '' : ` (${bounds.because})`;
    this.fail(path, `must be an integer from ${min} to ${max}${because}, is ${shown(value)}`);
    return min;
  }

  /** The text there, or an empty one. */
  text(value: unknown, path: string): string {
    if (typeof value === 'string' && value !== '' && !unreadable.has(value)) return value;
    if (this.#isMisspelt(value, path)) return '';
    this.fail(path, `must be a text of at least one letter, is ${shown(value)}`);
    return '';
  }

  boolean(value: unknown, path: string, absent: boolean): boolean {
    if (value === undefined) return absent;
    if (typeof value === 'boolean') return value;
    this.fail(path, `must be true or false, is ${shown(value)}`);
    return absent;
  }

  /** One of the words, or the first of them. */
  oneOf<W extends string>(value: unknown, path: string, words: readonly W[], absent?: W): W {
    if (value === undefined && absent !== undefined) return absent;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    if (this.#isMisspelt(value, path)) return words[0]!;
    const meant = typeof value === 'string' ? nearest(value, words) : undefined;
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    this.fail(path, `must be one of ${words.join(', ')}, is ${shown(value)}${hint}`);
    return words[0]!;
  }

  /** Refuses a field of the whole that nobody reads and that looks like one that is read; others are notes. */
  spelling(object: Readonly<Record<string, unknown>>, known: readonly string[]): void {
    for (const key of Object.keys(object)) {
      const meant = known.includes(key) ? undefined : nearest(key, known);
      if (meant === undefined) continue;
      this.#meant.add(meant);
      this.fail(key, `is unknown; did you mean ${meant}?`);
    }
  }

  /** Refuses every field that nobody reads: what it asks for would silently not be done. */
  only(object: Readonly<Record<string, unknown>>, path: string, known: readonly string[]): void {
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue;
      const meant = nearest(key, known);
      if (meant !== undefined) this.#meant.add(`${path}.${meant}`);
      const hint = meant === undefined ? `it is none of ${known.join(', ')}` : `did you mean ${meant}?`;
      this.fail(`${path}.${key}`, `is unknown; ${hint}`);
    }
  }

  /** Whether something is wrong with a field, or with what stands in it. */
  isWrong(path: string): boolean {
    return this.#meant.has(path) || this.problems.some((known) => known.path === path || isInside(known.path, path));
  }

  #isMisspelt(value: unknown, path: string): boolean {
    return value === undefined && this.#meant.has(path);
  }
}

function isInside(path: string, outer: string): boolean {
  return outer === '' ? path !== '' : path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return unreadable.get(value) ?? JSON.stringify(value.slice(0, 40));
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
