import { CALL_LIMIT, type Program } from '../cel/program.ts';
import type { EvaluationError, Value } from '../cel/value.ts';
import { goQuote } from '../go-format.ts';

/** UTF-8 bytes */
const LONGEST_MESSAGE = 5 * 1024;

export interface RuleMessage {
  /** undefined where the expression gives none that can be used: then the rule's fixed message stands in */
  readonly text?: string | undefined;
  /** Why nothing more is evaluated at all. */
  readonly fatal?: string | undefined;
  readonly budget: number;
}

/** Evaluates a messageExpression for a rule that is broken. */
export function runMessage(
  program: Program,
  source: string,
  inputs: readonly (Value | EvaluationError | undefined)[],
  budget: number,
): RuleMessage {
  const outcome = program.run(inputs, CALL_LIMIT);
  if (outcome.cost > budget) {
    const fatal =
      'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
    return { fatal, budget: -1 };
  }
  const left = budget - outcome.cost;
  if ('error' in outcome) {
    if (!outcome.error.startsWith('operation cancelled: actual cost limit exceeded')) return { budget: left };
    const what = 'no further validation rules will be run due to call cost exceeds limit for messageExpression';
    return { fatal: `${what}: ${goQuote(source)}`, budget: -1 };
  }
  if (typeof outcome.value !== 'string') return { budget: left };
  const text = outcome.value.trim();
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= LONGEST_MESSAGE;
  return isUsable ? { text, budget: left } : { budget: left };
}
