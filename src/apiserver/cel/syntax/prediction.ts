import type { TokenType } from '../lexer.ts';
import type { Frame } from './expected.ts';
import type { NetworkState, Rule } from './network.ts';

/** What is to be gone on with at the ends of rules; undefined at the bottom. */
interface Stack {
  readonly follow: NetworkState;
  readonly below: Stack | undefined;
  readonly key: string;
}

/** One way of reading what has been read so far. */
interface Config {
  readonly state: NetworkState;
  readonly alternative: number;
  readonly stack: Stack | undefined;
  /** the least precedence that its predicates need; undefined when there were none */
  readonly needs: number | undefined;
  /** how often it has left the rule in which the decision is made */
  readonly outside: number;
  /** the filter of precedence rules does not apply */
  readonly unfiltered: boolean;
}

/** Where a decision is made, and for which rule the precedence holds. */
export interface Decision {
  readonly state: NetworkState;
  /** the loop of a precedence rule */
  readonly isPrecedenceLoop: boolean;
}

/** The alternative, or the token at which no alternative is left. */
export type Prediction = { readonly alternative: number } | { readonly offending: number };

const push = (follow: NetworkState, below: Stack | undefined): Stack => ({
  follow,
  below,
  key: `${follow.id},${below?.key ?? ''}`,
});

/**
 * Looks ahead as far as is needed to tell the alternatives of a decision apart: ANTLR's adaptive prediction (runtime,
 * parser_atn_simulator), first without regard to where the rule was called, then with it.
 * @param types of all tokens
 * @param at where the next one is
 */
export function predict(decision: Decision, types: readonly TokenType[], at: number, frame: Frame): Prediction {
  return new Simulation(decision, types, at, frame).run();
}

class Simulation {
  readonly #decision: Decision;
  readonly #types: readonly TokenType[];
  readonly #at: number;
  readonly #frame: Frame;

  constructor(decision: Decision, types: readonly TokenType[], at: number, frame: Frame) {
    this.#decision = decision;
    this.#types = types;
    this.#at = at;
    this.#frame = frame;
  }

  run(): Prediction {
    let previous = this.#start(undefined, false);
    if (this.#decision.isPrecedenceLoop) previous = this.#filtered(previous);
    for (let index = this.#at; ; ) {
      const type = this.#types[index]!;
      const reached = this.#reach(previous, type, false);
      if (reached.length === 0) return this.#finished(previous) ?? { offending: index };
      const unique = uniqueAlternative(reached);
      if (unique !== undefined) {
        return this.#holds(reached, unique) ? { alternative: unique } : { offending: index };
      }
      if (isConflict(reached)) return this.#withContext(reached);
      previous = reached;
      if (type !== 'EOF') index++;
    }
  }

  /** Once more, knowing where the rule was called. */
  #withContext(conflicting: readonly Config[]): Prediction {
    const hasPredicates = conflicting.some(({ needs }) => needs !== undefined);
    if (hasPredicates) {
      const possible = alternativesOf(conflicting).filter((alternative) => this.#holds(conflicting, alternative));
      if (possible.length === 1) return { alternative: possible[0]! };
    }
    let previous = this.#start(stackOf(this.#frame), true);
    for (let index = this.#at; ; ) {
      const type = this.#types[index]!;
      const reached = this.#reach(previous, type, true);
      // Upstream names the first token here, not the one at which it got stuck.
      if (reached.length === 0) return this.#finished(previous) ?? { offending: this.#at };
      const unique = uniqueAlternative(reached) ?? singleViable(reached);
      if (unique !== undefined) return { alternative: unique };
      previous = reached;
      if (type !== 'EOF') index++;
    }
  }

  #holds(configs: readonly Config[], alternative: number): boolean {
    return configs.some((config) => config.alternative === alternative && this.#allows(config.needs));
  }

  #allows(needs: number | undefined): boolean {
    return needs === undefined || needs >= this.#frame.precedence;
  }

  #start(stack: Stack | undefined, full: boolean): Config[] {
    const set = new ConfigSet(full);
    this.#decision.state.transitions.forEach((transition, index) => {
      const config: Config = {
        state: transition.to,
        alternative: index + 1,
        stack,
        needs: undefined,
        outside: 0,
        unfiltered: false,
      };
      this.#close(config, set, { full, collects: true, atEnd: false });
    });
    return set.configs;
  }

  /** In the loop of a precedence rule, going on wins over what an outer call of the rule would do with the operator. */
  #filtered(configs: readonly Config[]): Config[] {
    const first = configs
      .filter(({ alternative, needs }) => alternative === 1 && this.#allows(needs))
      .map((config) => ({ ...config, needs: undefined }));
    const taken = new Map(first.map(({ state, stack }) => [state, stack?.key ?? '']));
    const others = configs.filter(({ alternative, unfiltered, state, stack }) => {
      if (alternative === 1) return false;
      return unfiltered || taken.get(state) !== (stack?.key ?? '');
    });
    return [...first, ...others];
  }

  #reach(configs: readonly Config[], type: TokenType, full: boolean): Config[] {
    const moved = new ConfigSet(full);
    const stopped: Config[] = [];
    for (const config of configs) {
      if (config.state.kind === 'stop') {
        if (full || type === 'EOF') stopped.push(config);
        continue;
      }
      for (const transition of config.state.transitions) {
        if ('on' in transition && transition.on.has(type)) moved.add({ ...config, state: transition.to });
      }
    }
    const isCertain = stopped.length === 0 && type !== 'EOF' && uniqueAlternative(moved.configs) !== undefined;
    if (isCertain) return moved.configs;
    const reached = new ConfigSet(full);
    for (const config of moved.configs) {
      this.#close(config, reached, { full, collects: false, atEnd: type === 'EOF' });
    }
    let result = reached.configs;
    if (type === 'EOF') result = atEndOfRule(result);
    if (stopped.length > 0 && (!full || !result.some(({ state }) => state.kind === 'stop'))) {
      const all = new ConfigSet(full);
      for (const config of [...result, ...stopped]) all.add(config);
      result = all.configs;
    }
    return result;
  }

  /** Follows everything that takes no token. */
  #close(start: Config, into: ConfigSet, mode: { full: boolean; collects: boolean; atEnd: boolean }): void {
    const busy = new Set<string>();
    const loopRule = this.#decision.isPrecedenceLoop ? this.#decision.state.rule : undefined;
    const visit = (config: Config, depth: number): void => {
      const { state, stack } = config;
      if (state.kind === 'stop') {
        if (stack !== undefined) {
          visit({ ...config, state: stack.follow, stack: stack.below }, depth);
          return;
        }
        if (mode.full) {
          into.add(config);
          return;
        }
      }
      if (state.transitions.some((transition) => 'on' in transition) || state.transitions.length === 0)
        into.add(config);
      for (const transition of state.transitions) {
        if ('on' in transition) {
          if (mode.atEnd && transition.on.has('EOF')) visitOnce({ ...config, state: transition.to }, depth);
        } else if ('needs' in transition) {
          const next = this.#pass(config, transition.needs, transition.to, mode, depth === 0);
          if (next !== undefined) visit(next, depth);
        } else if ('call' in transition) {
          const inner = { ...config, state: transition.to, stack: push(transition.follow, stack) };
          visitOnce(inner, depth >= 0 ? depth + 1 : depth);
        } else if (state.kind === 'stop') visitOnce(leave(config, transition, loopRule), depth - 1);
        else visit({ ...config, state: transition.to }, depth);
      }
    };
    const visitOnce = (config: Config, depth: number): void => {
      const key = keyOf(config);
      if (busy.has(key)) return;
      busy.add(key);
      visit(config, depth);
    };
    visitOnce(start, 0);
  }

  #pass(
    config: Config,
    needs: number,
    to: NetworkState,
    mode: { full: boolean; collects: boolean },
    inRule: boolean,
  ): Config | undefined {
    if (!mode.collects || !inRule) return { ...config, state: to };
    if (mode.full) return this.#allows(needs) ? { ...config, state: to } : undefined;
    return { ...config, state: to, needs: Math.min(config.needs ?? needs, needs) };
  }

  /** The alternative that got to the end of the rule, when none got any further. */
  #finished(configs: readonly Config[]): Prediction | undefined {
    const ended = configs.filter(
      ({ outside, state, stack }) => outside > 0 || (state.kind === 'stop' && stack === undefined),
    );
    const [valid, invalid] = [true, false].map((wanted) =>
      ended.filter(({ needs }) => this.#allows(needs) === wanted).map(({ alternative }) => alternative),
    ) as [number[], number[]];
    const alternatives = valid.length > 0 ? valid : invalid;
    return alternatives.length === 0 ? undefined : { alternative: Math.min(...alternatives) };
  }
}

function leave(config: Config, transition: { to: NetworkState; returns?: Rule }, loopRule: Rule | undefined): Config {
  const unfiltered = config.unfiltered || (loopRule !== undefined && transition.returns === loopRule);
  return { ...config, state: transition.to, outside: config.outside + 1, unfiltered };
}

function keyOf({ state, alternative, stack, needs, unfiltered }: Config): string {
  return `${state.id}:${alternative}:${needs ?? ''}:${unfiltered}:${stack?.key ?? ''}`;
}

class ConfigSet {
  readonly #full: boolean;
  readonly #byKey = new Map<string, Config>();

  constructor(full: boolean) {
    this.#full = full;
  }

  get configs(): Config[] {
    return [...this.#byKey.values()];
  }

  add(config: Config): void {
    // Without context, the bottom of the stack stands for all stacks.
    if (!this.#full && config.stack !== undefined) {
      const general = this.#byKey.get(keyOf({ ...config, stack: undefined }));
      if (general !== undefined) return;
    }
    const key = keyOf(config);
    const known = this.#byKey.get(key);
    if (known === undefined || known.outside < config.outside) this.#byKey.set(key, config);
  }
}

function stackOf(frame: Frame): Stack | undefined {
  return frame.follow === undefined ? undefined : push(frame.follow, frame.parent && stackOf(frame.parent));
}

function alternativesOf(configs: readonly Config[]): number[] {
  return [...new Set(configs.map(({ alternative }) => alternative))].sort((a, b) => a - b);
}

function uniqueAlternative(configs: readonly Config[]): number | undefined {
  const [first] = configs;
  if (first === undefined) return undefined;
  return configs.every(({ alternative }) => alternative === first.alternative) ? first.alternative : undefined;
}

/** The alternatives that share state and stack. */
function subsets(configs: readonly Config[]): Set<number>[] {
  const groups = new Map<string, Set<number>>();
  for (const { state, stack, alternative } of configs) {
    const key = `${state.id}:${stack?.key ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, new Set([alternative]));
    else group.add(alternative);
  }
  return [...groups.values()];
}

function isConflict(configs: readonly Config[]): boolean {
  if (configs.every(({ state }) => state.kind === 'stop')) return true;
  if (!subsets(configs).some((group) => group.size > 1)) return false;
  const byState = new Map<number, Set<number>>();
  for (const { state, alternative } of configs) {
    const group = byState.get(state.id) ?? new Set();
    byState.set(state.id, group.add(alternative));
  }
  return [...byState.values()].every((group) => group.size > 1);
}

/** The least alternative of every group, when it is the same in all of them. */
function singleViable(configs: readonly Config[]): number | undefined {
  const least = new Set(subsets(configs).map((group) => Math.min(...group)));
  return least.size === 1 ? [...least][0] : undefined;
}

function atEndOfRule(configs: readonly Config[]): Config[] {
  return configs.filter(({ state }) => state.kind === 'stop');
}
