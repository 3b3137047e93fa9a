import { OrreryError } from '../../../base/errors.ts';

/** A wrong value of a file: where, and what is wrong with it and how to mend it. */
export interface FieldProblem {
  /** As `domains[0].vcpus[1].runUs`; empty: the whole. */
  readonly path: string;
  readonly message: string;
}

/** A scenario that will not be run: what is wrong, field by field. */
export class ScenarioError extends OrreryError {
  readonly problems: readonly FieldProblem[];
  /** The problems in words, and at the end how many more there are. */
  readonly lines: readonly string[];

  /** @param untold problems beside these */
  constructor(problems: readonly FieldProblem[], untold = 0) {
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    if (untold > 0) lines.push(`and ${untold} more`);
    super('SCENARIO_INVALID', { problems: lines.join('; ') });
    this.name = 'ScenarioError';
    this.problems = problems;
    this.lines = lines;
  }
}
