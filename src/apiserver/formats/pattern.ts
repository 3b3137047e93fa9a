/** A compiled program of RE2: instructions that are numbered, and refer to each other by their numbers. */
export interface PatternProgram {
  readonly start: number;
  readonly inst: readonly Instruction[];
}

interface Instruction {
  readonly op: number;
  readonly out: number;
  /** the other branch, or which empty-width conditions must hold */
  readonly arg: number;
  matchRune(rune: number): boolean;
}

/** Operations, as @bufbuild/re2 numbers them. */
const ALT = 1;
const ALT_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const MATCH = 6;
const NOP = 7;
const FIRST_RUNE = 8;

/** Empty-width conditions. */
const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;

/** Stands for what is before the start and behind the end. */
const NOTHING = -1;
const ASCII = 128;
/** More states than this are forgotten, so that no pattern can fill the memory. */
const MOST_STATES = 2_000;

/** A state of the automaton: where the program may be, and what is before. */
interface State {
  readonly pcs: readonly number[];
  readonly before: number;
  /** By ASCII character, and last for the end. */
  readonly next: (State | undefined)[];
}

/** What matters about the character before a position. */
const BEFORE = { nothing: 0, line: 1, word: 2, other: 3 } as const;
const ACCEPT: State = { pcs: [], before: BEFORE.other, next: [] };
const REJECT: State = { pcs: [], before: BEFORE.other, next: [] };

/**
 * Runs a program of RE2 in time linear in the text. The states of the automaton are made as texts need them, so that
 * ordinary patterns cost a few nanoseconds a character.
 */
export class Pattern {
  readonly #program: PatternProgram;
  readonly #states = new Map<string, State>();
  readonly #start: State;
  /** It can only match at the start of the text. */
  readonly #isAnchored: boolean;

  constructor(program: PatternProgram) {
    this.#program = program;
    this.#isAnchored = startsAtBeginning(program);
    this.#start = this.#state([program.start], BEFORE.nothing);
  }

  /** Whether it matches anywhere. */
  test(text: string): boolean {
    let state = this.#start;
    for (let i = 0; i < text.length; i++) {
      let rune = text.charCodeAt(i);
      if (rune >= 0xd800 && rune < 0xdc00) {
        rune = text.codePointAt(i)!;
        if (rune > 0xffff) i++;
      }
      state = (rune < ASCII ? state.next[rune] : undefined) ?? this.#step(state, rune);
      if (state === ACCEPT) return true;
      if (state === REJECT) return false;
    }
    return (state.next[ASCII] ?? this.#step(state, NOTHING)) === ACCEPT;
  }

  /** The leftmost match from a position, preferring what the pattern prefers. */
  find(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
    let found: { start: number; end: number } | undefined;
    let threads = new Threads(this.#program);
    let next = new Threads(this.#program);
    let before = from === 0 ? NOTHING : runeBefore(text, from);
    for (let at = from; ; ) {
      const rune = at < text.length ? text.codePointAt(at)! : NOTHING;
      if (found === undefined) threads.add(this.#program.start, at, context(kindOf(before), rune));
      const end = at + (rune > 0xffff ? 2 : 1);
      const after = end < text.length ? text.codePointAt(end)! : NOTHING;
      for (const { pc, start } of threads.list) {
        const instruction = this.#program.inst[pc]!;
        if (instruction.op === MATCH) {
          found = { start, end: at };
          break;
        }
        if (rune !== NOTHING && instruction.matchRune(rune)) {
          next.add(instruction.out, start, context(kindOf(rune), after));
        }
      }
      if (rune === NOTHING || (found !== undefined && next.list.length === 0)) return found;
      [threads, next] = [next, threads];
      next.clear();
      before = rune;
      at = end;
    }
  }

  /** All matches that do not overlap, as Go's FindAllString. @param count how many at most; negative for all */
  findAll(text: string, count: number): string[] {
    const found: string[] = [];
    let previousEnd = -1;
    for (let at = 0; at <= text.length && (count < 0 || found.length < count); ) {
      const match = this.find(text, at);
      if (match === undefined) break;
      const isEmpty = match.end === at;
      const accepted = !isEmpty || match.start !== previousEnd;
      if (!isEmpty) at = match.end;
      else at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      previousEnd = match.end;
      if (accepted) found.push(text.slice(match.start, match.end));
    }
    return found;
  }

  #step(state: State, rune: number): State {
    const { pcs, matches } = this.#closure(state.pcs, context(state.before, rune));
    let next = matches ? ACCEPT : REJECT;
    if (!matches && rune !== NOTHING) {
      const targets = new Set(this.#isAnchored ? [] : [this.#program.start]);
      for (const pc of pcs) {
        const instruction = this.#program.inst[pc]!;
        if (instruction.matchRune(rune)) targets.add(instruction.out);
      }
      if (targets.size > 0) next = this.#state([...targets], kindOf(rune));
    }
    if (rune < ASCII) state.next[rune === NOTHING ? ASCII : rune] = next;
    return next;
  }

  /** The instructions that take a character, reached under the conditions that hold; or that the match is complete. */
  #closure(start: readonly number[], holds: number): { pcs: readonly number[]; matches: boolean } {
    const seen = new Set<number>();
    const pcs: number[] = [];
    const open = [...start];
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (seen.has(pc)) continue;
      seen.add(pc);
      const { op, out, arg } = this.#program.inst[pc]!;
      if (op === MATCH) return { pcs, matches: true };
      if (op >= FIRST_RUNE) pcs.push(pc);
      else if (op === ALT || op === ALT_MATCH) open.push(out, arg);
      else if (op === NOP || op === CAPTURE || (op === EMPTY_WIDTH && (arg & ~holds) === 0)) open.push(out);
    }
    return { pcs, matches: false };
  }

  #state(pcs: number[], before: number): State {
    pcs.sort((a, b) => a - b);
    const key = `${before}:${pcs.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= MOST_STATES) this.#states.clear();
    const state: State = { pcs, before, next: [] };
    this.#states.set(key, state);
    return state;
  }
}

/** Where the program may be at one position, in the order of preference. */
class Threads {
  list: { readonly pc: number; readonly start: number }[] = [];
  readonly #program: PatternProgram;
  readonly #seen = new Set<number>();

  constructor(program: PatternProgram) {
    this.#program = program;
  }

  clear(): void {
    this.list = [];
    this.#seen.clear();
  }

  add(from: number, start: number, holds: number): void {
    const open = [from];
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (this.#seen.has(pc)) continue;
      this.#seen.add(pc);
      const { op, out, arg } = this.#program.inst[pc]!;
      if (op >= FIRST_RUNE || op === MATCH) this.list.push({ pc, start });
      else if (op === ALT || op === ALT_MATCH) open.push(arg, out);
      else if (op === NOP || op === CAPTURE || (op === EMPTY_WIDTH && (arg & ~holds) === 0)) open.push(out);
    }
  }
}

function startsAtBeginning({ inst, start }: PatternProgram): boolean {
  for (let pc = start; ; ) {
    const { op, out, arg } = inst[pc]!;
    if (op === EMPTY_WIDTH && (arg & BEGIN_TEXT) !== 0) return true;
    if (op !== EMPTY_WIDTH && op !== CAPTURE && op !== NOP) return false;
    pc = out;
  }
}

function isWord(rune: number): boolean {
  return (rune >= 48 && rune < 58) || (rune >= 65 && rune < 91) || rune === 95 || (rune >= 97 && rune < 123);
}

function kindOf(rune: number): number {
  if (rune === NOTHING) return BEFORE.nothing;
  if (rune === 10) return BEFORE.line;
  return isWord(rune) ? BEFORE.word : BEFORE.other;
}

/** The empty-width conditions that hold between what is before and the character behind. */
function context(before: number, rune: number): number {
  let holds = 0;
  if (before === BEFORE.nothing) holds |= BEGIN_TEXT | BEGIN_LINE;
  if (before === BEFORE.line) holds |= BEGIN_LINE;
  if (rune === NOTHING) holds |= END_TEXT | END_LINE;
  if (rune === 10) holds |= END_LINE;
  return holds | ((before === BEFORE.word) !== isWord(rune) ? WORD_BOUNDARY : NO_WORD_BOUNDARY);
}

function runeBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  const isLow = unit >= 0xdc00 && unit < 0xe000;
  const pair = isLow && at > 1 ? text.codePointAt(at - 2)! : 0;
  return pair > 0xffff ? pair : unit;
}
