import { OrreryError } from '../../../base/errors.ts';
import type { FieldProblem } from './fields.ts';

/** A scenario that will not be run: what is wrong, field by field. */
export class ScenarioError extends OrreryError {
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super('SCENARIO_INVALID', { problems: lines.join('; ') });
    this.name = 'ScenarioError';
    this.problems = problems;
  }
}
