import type { TokenType } from '../lexer.ts';
import type { NetworkState, Rule } from './network.ts';

/** Where a call goes on, and where the call around it does. */
export interface Frame {
  readonly rule: Rule;
  /** where it goes on; undefined for the outermost rule */
  readonly follow: NetworkState | undefined;
  readonly parent: Frame | undefined;
  readonly precedence: number;
}

/** Tokens; `epsilon` when the rule can end here. */
export type TokenSet = Set<TokenType | 'epsilon'>;

/** The tokens that can come next, within the rule. */
export function nextTokens(state: NetworkState): TokenSet {
  const found: TokenSet = new Set();
  const seen = new Set<NetworkState>();
  const calling = new Set<Rule>();
  look(state, []);
  return found;

  function look(at: NetworkState, returns: readonly NetworkState[]): void {
    if (at.kind === 'stop') {
      const follow = returns.at(-1);
      if (follow === undefined) found.add('epsilon');
      else look(follow, returns.slice(0, -1));
      return;
    }
    if (returns.length === 0) {
      if (seen.has(at)) return;
      seen.add(at);
    }
    for (const transition of at.transitions) {
      if ('on' in transition) for (const type of transition.on) found.add(type);
      else if (!('call' in transition)) look(transition.to, returns);
      else if (!calling.has(transition.call)) {
        calling.add(transition.call);
        look(transition.to, [...returns, transition.follow]);
        calling.delete(transition.call);
      }
    }
  }
}

/** The tokens that can come next, also behind the end of the rule. */
export function expectedTokens(state: NetworkState, frame: Frame): TokenSet {
  const expected = new Set(nextTokens(state));
  let around: Frame | undefined = frame;
  let ends = expected.delete('epsilon');
  while (ends && around?.follow !== undefined) {
    const following = nextTokens(around.follow);
    ends = following.delete('epsilon');
    for (const type of following) expected.add(type);
    around = around.parent;
  }
  if (ends) expected.add('EOF');
  return expected;
}

/** The tokens at which the parser can go on somewhere outside the rule. */
export function recoveryTokens(frame: Frame): TokenSet {
  const tokens: TokenSet = new Set();
  for (let around: Frame | undefined = frame; around?.follow !== undefined; around = around.parent) {
    for (const type of nextTokens(around.follow)) tokens.add(type);
  }
  tokens.delete('epsilon');
  return tokens;
}
