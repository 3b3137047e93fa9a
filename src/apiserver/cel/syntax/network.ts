import type { TokenType } from '../lexer.ts';

/**
 * The grammar as a transition network, in the shape that ANTLR gives it: which tokens can stand at a place, and how an
 * error is named, follows from that shape.
 */
export interface NetworkState {
  readonly id: number;
  readonly rule: Rule;
  readonly kind: StateKind;
  readonly transitions: Transition[];
}

export type StateKind = 'plain' | 'block' | 'blockEnd' | 'loopEntry' | 'loopBack' | 'stop';

export type Transition =
  | { readonly to: NetworkState; readonly on: ReadonlySet<TokenType> }
  /** A call of a rule; it goes on at `follow`. */
  | { readonly to: NetworkState; readonly call: Rule; readonly precedence: number; readonly follow: NetworkState }
  /** Only where the rule was called with at most this precedence. */
  | { readonly to: NetworkState; readonly needs: number }
  /** Nothing is taken. `returns`: from the end of a precedence rule that was called from outside. */
  | { readonly to: NetworkState; readonly returns?: Rule };

export interface Rule {
  readonly name: string;
  readonly start: NetworkState;
  readonly stop: NetworkState;
  /** What the parser does: the network again, as steps. */
  body: readonly Step[];
}

/** What the generated parser does, one after the other. */
export type Step =
  | { readonly do: 'match'; readonly state: NetworkState; readonly types: ReadonlySet<TokenType> }
  | { readonly do: 'call'; readonly state: NetworkState; readonly rule: Rule; readonly precedence: number }
  | { readonly do: 'optional'; readonly state: NetworkState; readonly body: readonly Step[] }
  | { readonly do: 'star'; readonly loop: Loop; readonly body: readonly Step[] }
  | { readonly do: 'plus'; readonly loop: Loop; readonly body: readonly Step[] }
  | {
      readonly do: 'choose';
      readonly state: NetworkState;
      readonly predicts: boolean;
      readonly alternatives: readonly (readonly Step[])[];
    };

export interface Loop {
  /** where it begins */
  readonly entry: NetworkState;
  /** where it is decided whether it goes on */
  readonly back: NetworkState;
  /** Decided by looking ahead as far as needed; else by the next token. */
  readonly predicts: boolean;
}

/** A part of a rule that is being built: its ends, and its steps. */
interface Part {
  readonly left: NetworkState;
  readonly right: NetworkState;
  readonly steps: readonly Step[];
}

type Build = (rule: Rule, network: Network) => Part;

/** Collects the states while rules are written down. */
export class Network {
  readonly states: NetworkState[] = [];
  readonly #rules = new Map<string, Rule>();

  rule(name: string): Rule {
    const known = this.#rules.get(name);
    if (known !== undefined) return known;
    const rule = { name, body: [] } as unknown as { start: NetworkState; stop: NetworkState } & Rule;
    rule.start = this.state(rule, 'plain');
    rule.stop = this.state(rule, 'stop');
    this.#rules.set(name, rule);
    return rule;
  }

  state(rule: Rule, kind: StateKind): NetworkState {
    const state: NetworkState = { id: this.states.length, rule, kind, transitions: [] };
    this.states.push(state);
    return state;
  }

  define(name: string, ...parts: readonly Build[]): void {
    const rule = this.rule(name);
    const { left, right, steps } = sequence(parts)(rule, this);
    link(rule.start, left);
    link(right, rule.stop);
    rule.body = steps;
  }

  /** The ends of rules lead to everything that follows their calls. */
  finish(precedenceRules: readonly string[]): void {
    for (const { kind, transitions } of this.states) {
      const [only] = transitions;
      if (kind === 'plain' && only !== undefined) transitions[0] = withoutTail(only);
    }
    for (const { transitions } of [...this.states]) {
      for (const transition of transitions) {
        if (!('call' in transition)) continue;
        const { call, precedence, follow } = transition;
        const isOutermost = precedenceRules.includes(call.name) && precedence === 0;
        call.stop.transitions.push(isOutermost ? { to: follow, returns: call } : { to: follow });
      }
    }
  }
}

/** What ends an alternative leads to the end of the block at once, so alternatives that end alike go on alike. */
function withoutTail(transition: Transition): Transition {
  if ('call' in transition) return { ...transition, follow: behind(transition.follow) };
  return 'on' in transition ? { ...transition, to: behind(transition.to) } : transition;
}

function behind(state: NetworkState): NetworkState {
  const [only] = state.transitions;
  return state.kind === 'plain' && only?.to.kind === 'blockEnd' ? only.to : state;
}

function link(from: NetworkState, to: NetworkState): void {
  from.transitions.push({ to });
}

function sequence(parts: readonly Build[]): Build {
  return (rule, network) => {
    const built = parts.map((part) => part(rule, network));
    built.slice(1).forEach((part, index) => {
      link(built[index]!.right, part.left);
    });
    return { left: built[0]!.left, right: built.at(-1)!.right, steps: built.flatMap(({ steps }) => steps) };
  };
}

/** One of the tokens. */
export function token(...types: readonly TokenType[]): Build {
  return (rule, network) => {
    const left = network.state(rule, 'plain');
    const right = network.state(rule, 'plain');
    const on = new Set(types);
    left.transitions.push({ to: right, on });
    return { left, right, steps: [{ do: 'match', state: left, types: on }] };
  };
}

export function call(name: string, precedence = 0): Build {
  return (rule, network) => {
    const left = network.state(rule, 'plain');
    const right = network.state(rule, 'plain');
    const called = network.rule(name);
    left.transitions.push({ to: called.start, call: called, precedence, follow: right });
    return { left, right, steps: [{ do: 'call', state: left, rule: called, precedence }] };
  };
}

export function optional(...parts: readonly Build[]): Build {
  return (rule, network) => {
    const left = network.state(rule, 'block');
    const right = network.state(rule, 'blockEnd');
    const inner = sequence(parts)(rule, network);
    link(left, inner.left);
    link(inner.right, right);
    link(left, right);
    return { left, right, steps: [{ do: 'optional', state: left, body: inner.steps }] };
  };
}

/** @param predicts decided by looking ahead as far as needed */
export function choice(predicts: boolean, ...alternatives: readonly (readonly Build[])[]): Build {
  return (rule, network) => {
    const left = network.state(rule, 'block');
    const right = network.state(rule, 'blockEnd');
    const built = alternatives.map((parts) => sequence(parts)(rule, network));
    for (const inner of built) {
      link(left, inner.left);
      link(inner.right, right);
    }
    return {
      left,
      right,
      steps: [{ do: 'choose', state: left, predicts, alternatives: built.map(({ steps }) => steps) }],
    };
  };
}

export function star(predicts: boolean, ...parts: readonly Build[]): Build {
  return (rule, network) => {
    const entry = network.state(rule, 'loopEntry');
    const block = network.state(rule, 'block');
    const inner = sequence(parts)(rule, network);
    const end = network.state(rule, 'blockEnd');
    const back = network.state(rule, 'loopBack');
    const right = network.state(rule, 'plain');
    link(entry, block);
    link(entry, right);
    link(block, inner.left);
    link(inner.right, end);
    link(end, back);
    link(back, entry);
    return { left: entry, right, steps: [{ do: 'star', loop: { entry, back, predicts }, body: inner.steps }] };
  };
}

export function plus(predicts: boolean, ...parts: readonly Build[]): Build {
  return (rule, network) => {
    const block = network.state(rule, 'block');
    const inner = sequence(parts)(rule, network);
    const end = network.state(rule, 'blockEnd');
    const back = network.state(rule, 'loopBack');
    const right = network.state(rule, 'plain');
    link(block, inner.left);
    link(inner.right, end);
    link(end, back);
    link(back, block);
    link(back, right);
    return { left: block, right, steps: [{ do: 'plus', loop: { entry: block, back, predicts }, body: inner.steps }] };
  };
}

/** Goes on only where the rule was called with at most this precedence. */
export function needs(precedence: number, ...parts: readonly Build[]): Build {
  return (rule, network) => {
    const left = network.state(rule, 'plain');
    const inner = sequence(parts)(rule, network);
    left.transitions.push({ to: inner.left, needs: precedence });
    return { left, right: inner.right, steps: inner.steps };
  };
}

/** The loop of a precedence rule: operators of several levels, each with what follows it. */
export function operators(...alternatives: readonly Build[]): Build {
  return (rule, network) => {
    const entry = network.state(rule, 'loopEntry');
    const block = network.state(rule, 'block');
    const end = network.state(rule, 'blockEnd');
    const back = network.state(rule, 'loopBack');
    const right = network.state(rule, 'plain');
    const built = alternatives.map((part) => part(rule, network));
    link(entry, block);
    link(entry, right);
    for (const inner of built) {
      link(block, inner.left);
      link(inner.right, end);
    }
    link(end, back);
    link(back, entry);
    const [first] = built;
    const body: readonly Step[] =
      built.length === 1
        ? first!.steps
        : [{ do: 'choose', state: block, predicts: true, alternatives: built.map(({ steps }) => steps) }];
    return { left: entry, right, steps: [{ do: 'star', loop: { entry, back, predicts: true }, body }] };
  };
}
