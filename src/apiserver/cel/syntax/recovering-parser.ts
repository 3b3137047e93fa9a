import type { LexicalError, Token, TokenType } from '../lexer.ts';
import { expectedTokens, type Frame, nextTokens, recoveryTokens, type TokenSet } from './expected.ts';
import { PRECEDENCE_RULES } from './grammar.ts';
import type { Loop, NetworkState, Rule, Step } from './network.ts';
import { predict } from './prediction.ts';
import { displayed, displayedSet } from './token-names.ts';

/** One thing that does not follow the grammar, and at which token. */
export interface SyntaxProblem {
  readonly token: Token;
  readonly message: string;
}

/** A rule cannot go on: it is left, and its caller goes on where it can. */
class RuleFailure {
  readonly problem: SyntaxProblem;

  constructor(problem: SyntaxProblem) {
    this.problem = problem;
  }
}

/** Nothing more is parsed. */
class Stop {}

/** As cel-go configures its parser. */
const MOST_RECOVERIES = 30;
const MOST_SKIPPED = 256;
const MOST_PROBLEMS = 100;
/** Deeper nesting of one rule ends the parse, which `parser.ts` reports. */
const DEEPEST = 250;

/**
 * Finds what is wrong with a source as ANTLR's parsers do: they skip a token that is too many, imagine one that is
 * missing, and otherwise leave a rule and go on behind it (runtime, error_strategy.go).
 */
export function syntaxProblems(
  source: string,
  tokens: readonly Token[],
  errors: readonly LexicalError[],
  start: Rule,
): SyntaxProblem[] {
  const parser = new RecoveringParser(source, tokens, errors);
  try {
    parser.rule(start, { rule: start, follow: undefined, parent: undefined, precedence: 0 });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return parser.problems;
}

class RecoveringParser {
  readonly problems: SyntaxProblem[] = [];
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #errors: readonly LexicalError[];
  readonly #types: readonly TokenType[];
  readonly #depths = new Map<Rule, number>();
  #at = 0;
  /** After an error, until a token fits again, nothing is reported. */
  #isRecovering = false;
  #recoveries = 0;
  #lastFailure: { readonly at: number; readonly states: Set<NetworkState> } | undefined;
  #state!: NetworkState;

  constructor(source: string, tokens: readonly Token[], errors: readonly LexicalError[]) {
    this.#source = source;
    this.#tokens = tokens;
    this.#errors = errors;
    this.#types = tokens.map(({ type }) => type);
  }

  rule(rule: Rule, frame: Frame): void {
    const depth = (this.#depths.get(rule) ?? 0) + 1;
    if (depth > DEEPEST) throw new Stop();
    this.#depths.set(rule, depth);
    try {
      for (const step of rule.body) this.#step(step, frame);
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      if (!this.#isRecovering) {
        this.#isRecovering = true;
        this.#report(error.problem);
      }
      this.#recover(frame);
    }
    this.#depths.set(rule, depth - 1);
  }

  #step(step: Step, frame: Frame): void {
    switch (step.do) {
      case 'match':
        this.#match(step.state, step.types, frame);
        break;
      case 'call':
        this.#state = step.state;
        this.#call(step.rule, step.precedence, step.state, frame);
        break;
      case 'optional':
        this.#sync(step.state, frame);
        if (this.#begins(step.state)) this.#all(step.body, frame);
        break;
      case 'star':
        this.#star(step.loop, step.body, frame);
        break;
      case 'plus':
        this.#plus(step.loop, step.body, frame);
        break;
      case 'choose':
        this.#choose(step.state, step.predicts, step.alternatives, frame);
    }
  }

  #all(steps: readonly Step[], frame: Frame): void {
    for (const step of steps) this.#step(step, frame);
  }

  #call(rule: Rule, precedence: number, state: NetworkState, frame: Frame): void {
    const [transition] = state.transitions;
    const follow = transition !== undefined && 'call' in transition ? transition.follow : undefined;
    this.rule(rule, { rule, follow, parent: frame, precedence });
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #type(ahead: number): TokenType {
    return this.#types[Math.min(this.#at + ahead, this.#types.length - 1)]!;
  }

  #consume(): void {
    if (this.#next.type !== 'EOF') this.#at++;
  }

  #fits(): void {
    this.#isRecovering = false;
    this.#lastFailure = undefined;
  }

  /** Whether the next token can begin the first alternative of a decision that needs no more than that. */
  #begins(state: NetworkState): boolean {
    return nextTokens(state.transitions[0]!.to).has(this.#next.type);
  }

  #match(state: NetworkState, types: ReadonlySet<TokenType>, frame: Frame): void {
    this.#state = state;
    if (types.has(this.#next.type)) {
      this.#fits();
      this.#consume();
      return;
    }
    this.#countRecovery();
    if (this.#deletesToken(state, frame)) {
      this.#consume();
      return;
    }
    if (this.#insertsToken(state, frame)) return;
    throw new RuleFailure(this.#mismatch(state, frame));
  }

  #star(loop: Loop, body: readonly Step[], frame: Frame): void {
    this.#sync(loop.entry, frame);
    while (this.#goesOn(loop, loop.entry, frame)) {
      this.#all(body, frame);
      this.#sync(loop.back, frame);
    }
  }

  #plus(loop: Loop, body: readonly Step[], frame: Frame): void {
    this.#sync(loop.entry, frame);
    do {
      this.#all(body, frame);
      this.#sync(loop.back, frame);
    } while (this.#goesOn(loop, loop.back, frame));
  }

  #goesOn(loop: Loop, state: NetworkState, frame: Frame): boolean {
    return loop.predicts ? this.#predict(state, frame) === 1 : this.#begins(state);
  }

  #choose(state: NetworkState, predicts: boolean, alternatives: readonly (readonly Step[])[], frame: Frame): void {
    this.#sync(state, frame);
    if (predicts) {
      this.#all(alternatives[this.#predict(state, frame) - 1]!, frame);
      return;
    }
    const index = state.transitions.findIndex(({ to }) => nextTokens(to).has(this.#next.type));
    if (index < 0) throw new RuleFailure(this.#noViable(this.#at));
    this.#all(alternatives[index]!, frame);
  }

  #predict(state: NetworkState, frame: Frame): number {
    const isPrecedenceLoop = state.kind === 'loopEntry' && PRECEDENCE_RULES.includes(state.rule.name);
    const prediction = predict({ state, isPrecedenceLoop }, this.#types, this.#at, frame);
    if ('alternative' in prediction) return prediction.alternative;
    throw new RuleFailure(this.#noViable(prediction.offending));
  }

  /** Before a decision: a token that fits neither the rule nor what follows it is dealt with here. */
  #sync(state: NetworkState, frame: Frame): void {
    this.#state = state;
    if (this.#isRecovering) return;
    const possible = nextTokens(state);
    if (possible.has('epsilon') || possible.has(this.#next.type)) return;
    if (state.kind === 'loopBack') {
      this.#unwanted(state, frame);
      const until = new Set([...expectedTokens(state, frame), ...recoveryTokens(frame)]);
      this.#skipUntil(until);
      return;
    }
    if (this.#deletesToken(state, frame)) return;
    throw new RuleFailure(this.#mismatch(state, frame));
  }

  /** The token behind the next one would fit: the next one is too many. */
  #deletesToken(state: NetworkState, frame: Frame): boolean {
    if (!expectedTokens(state, frame).has(this.#type(1))) return false;
    this.#unwanted(state, frame);
    this.#consume();
    this.#fits();
    return true;
  }

  /** The next token would fit behind one that is missing. */
  #insertsToken(state: NetworkState, frame: Frame): boolean {
    const behind = state.transitions[0]!.to;
    if (!expectedTokens(behind, frame).has(this.#next.type)) return false;
    if (!this.#isRecovering) {
      this.#isRecovering = true;
      const missing = displayedSet(expectedTokens(state, frame));
      this.#report({ token: this.#next, message: `missing ${missing} at ${displayed(this.#next)}` });
    }
    return true;
  }

  #unwanted(state: NetworkState, frame: Frame): void {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    const expected = displayedSet(expectedTokens(state, frame));
    this.#report({ token: this.#next, message: `extraneous input ${displayed(this.#next)} expecting ${expected}` });
  }

  #mismatch(state: NetworkState, frame: Frame): SyntaxProblem {
    const expected = displayedSet(expectedTokens(state, frame));
    return { token: this.#next, message: `mismatched input ${displayed(this.#next)} expecting ${expected}` };
  }

  #noViable(offending: number): SyntaxProblem {
    const first = this.#next;
    const token = this.#tokens[offending]!;
    if (first.type === 'EOF') return { token, message: "no viable alternative at input '<EOF>'" };
    const end = token.type === 'EOF' ? this.#source.length : token.start + token.text.length;
    const text = displayed({ ...first, text: this.#textBetween(first.start, end) });
    const reserved = /^'.(true|false|null)'$/.exec(text)?.[1];
    if (reserved !== undefined) return { token, message: `mismatched input '${reserved}' expecting IDENTIFIER` };
    return { token, message: `no viable alternative at input ${text}` };
  }

  /** Spaces and comments stay, but not what is no token at all. */
  #textBetween(start: number, end: number): string {
    let text = '';
    let at = start;
    for (const error of this.#errors) {
      if (error.start < start || error.start >= end) continue;
      text += this.#source.slice(at, error.start);
      at = error.start + error.text.length;
    }
    return text + this.#source.slice(at, end);
  }

  /** The rule is left: tokens are skipped until one fits somewhere around it. */
  #recover(frame: Frame): void {
    this.#countRecovery();
    const state = this.#state;
    if (this.#lastFailure?.at === this.#at && this.#lastFailure.states.has(state)) this.#consume();
    const states = this.#lastFailure?.states ?? new Set<NetworkState>();
    this.#lastFailure = { at: this.#at, states: states.add(state) };
    this.#skipUntil(recoveryTokens(frame));
  }

  #skipUntil(tokens: TokenSet): void {
    for (let skipped = 0; this.#next.type !== 'EOF' && !tokens.has(this.#next.type); skipped++) {
      if (skipped >= MOST_SKIPPED) throw new Stop();
      this.#consume();
    }
  }

  #countRecovery(): void {
    if (this.#recoveries++ < MOST_RECOVERIES) return;
    const message = `error recovery attempt limit exceeded: ${MOST_RECOVERIES}`;
    this.problems.push({ token: this.#next, message });
    throw new Stop();
  }

  #report(problem: SyntaxProblem): void {
    if (this.problems.length < MOST_PROBLEMS) {
      this.problems.push(problem);
      return;
    }
    this.problems.push({ ...problem, message: `More than ${MOST_PROBLEMS} syntax errors` });
    throw new Stop();
  }
}
