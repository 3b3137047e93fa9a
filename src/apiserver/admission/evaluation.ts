/** One request before one policy: k8s.io/apiserver, pkg/admission/plugin/policy/validating/validator.go. */
import { EvaluationError, type Value } from '../cel/value.ts';
import type { CompiledExpression, CompiledPolicy } from './compiled-policy.ts';
import { LazyMap } from './json-value.ts';

/** What the expressions of a policy may cost together, and its conditions (pkg/apis/cel/config.go). */
const BUDGET = 10_000_000;
const CONDITIONS_BUDGET = BUDGET / 4;
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';
/** Longest text of a messageExpression, in bytes. */
const MESSAGE_LIMIT = 5 * 1024;

/** The values of the variables, but for `variables` itself. */
export interface Inputs {
  readonly object: Value;
  readonly oldObject: Value;
  readonly namespaceObject: Value;
  readonly request: Value;
  readonly params: Value;
  readonly authorizer: Value;
  readonly requestResource: Value;
}

/** Why a request is refused. */
export interface Denial {
  readonly message: string;
  readonly reason?: string | undefined;
}

class OutOfBudget extends Error {}

/** What a policy says to a request: empty when nothing speaks against it. */
export function evaluate(policy: CompiledPolicy, inputs: Inputs, failurePolicy: string): Denial[] {
  const isFatal = failurePolicy !== 'Ignore';
  const failed = (message: string): Denial[] => (isFatal ? [{ message }] : []);
  try {
    const conditions = conditionsHold(policy, inputs);
    if (conditions === false) return [];
    if (typeof conditions === 'string') return failed(conditions);
    const evaluation = new Evaluation(policy, inputs, BUDGET);
    const denials = validationDenials(policy, evaluation, isFatal);
    // What is noted beside a request has a budget of its own.
    const annotations = new Evaluation(policy, inputs, BUDGET);
    for (const expression of policy.annotations) {
      const result = annotations.run(expression);
      if ('error' in result) denials.push(...failed(result.error));
    }
    return denials;
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(OUT_OF_BUDGET);
    throw error;
  }
}

/** False when one does not hold; else what went wrong, if anything did. */
function conditionsHold(policy: CompiledPolicy, inputs: Inputs): boolean | string {
  const evaluation = new Evaluation(policy, { ...inputs, namespaceObject: null }, CONDITIONS_BUDGET);
  const results = policy.conditions.map((condition) => evaluation.run(condition));
  const problems: string[] = [];
  for (const result of results) {
    if ('error' in result) problems.push(result.error);
    else if (result.value === false) return false;
  }
  if (problems.length === 0) return true;
  return problems.length === 1 ? problems[0]! : `[${[...new Set(problems)].join(', ')}]`;
}

function validationDenials(policy: CompiledPolicy, evaluation: Evaluation, isFatal: boolean): Denial[] {
  const results = policy.validations.map((validation) => evaluation.run(validation));
  const denials: Denial[] = [];
  for (const [index, result] of results.entries()) {
    const { validation, message } = policy.validations[index]!;
    if ('error' in result) {
      if (isFatal) denials.push({ message: result.error });
    } else if (result.value !== true) {
      const text = messageText(message, evaluation) || (validation.message ?? '').trim();
      denials.push({
        message: text || `failed expression: ${validation.expression.trim()}`,
        reason: validation.reason,
      });
    }
  }
  return denials;
}

/** The text of a messageExpression; '' when it gives none that can be shown. */
function messageText(message: CompiledExpression | undefined, evaluation: Evaluation): string {
  if (message === undefined) return '';
  const result = evaluation.run(message);
  if ('error' in result || typeof result.value !== 'string') return '';
  const text = result.value.trim();
  return Buffer.byteLength(text) > MESSAGE_LIMIT || text.includes('\n') ? '' : text;
}

type Result = { readonly value: Value } | { readonly error: string };

/** Runs expressions on the same inputs, on one budget. */
class Evaluation {
  readonly #values: (Value | EvaluationError)[];
  #left: number;

  constructor(policy: CompiledPolicy, inputs: Inputs, budget: number) {
    this.#left = budget;
    const lazy = new Map(policy.variables.map((variable) => [variable.name, () => this.#variable(variable)] as const));
    this.#values = [
      inputs.object,
      inputs.oldObject,
      inputs.namespaceObject,
      inputs.request,
      new LazyMap(lazy),
      inputs.params,
      inputs.authorizer,
      inputs.requestResource,
    ];
  }

  /** @throws OutOfBudget */
  run({ source, program, problem }: CompiledExpression): Result {
    if (program === undefined) return { error: `compilation error: ${problem}` };
    const outcome = program.run(this.#values);
    this.#spend(outcome.cost);
    if (outcome.value !== undefined) return { value: outcome.value };
    return { error: `expression '${source}' resulted in error: ${'error' in outcome ? outcome.error : ''}` };
  }

  #spend(cost: number): void {
    if (cost > this.#left) throw new OutOfBudget();
    this.#left -= cost;
  }

  #variable({ name, program, problem }: CompiledExpression & { readonly name: string }): Value {
    if (program === undefined) {
      throw new EvaluationError(`composited variable ${JSON.stringify(name)} fails to compile: ${problem}`);
    }
    const outcome = program.run(this.#values);
    this.#spend(outcome.cost);
    if (outcome.value !== undefined) return outcome.value;
    const why = 'error' in outcome ? outcome.error : '';
    throw new EvaluationError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${why}`);
  }
}
