import { runCreditScenario } from './credit-run.ts';
import { readCreditScenario } from './credit-scenario.ts';
import { FieldReader, readable } from './fields.ts';
import { ScenarioError } from './scenario-error.ts';
import { runShareScenario } from './share-run.ts';
import { readShareScenario } from './share-scenario.ts';

export const schedulerNames = ['credit', 'proportional-share'] as const;
export type SchedulerName = (typeof schedulerNames)[number];

export interface ScheduleOptions {
  /** Wins over the file's `scheduler`. */
  readonly scheduler?: SchedulerName;
  /** Receives every decision as one line of JSON without its end. */
  readonly trace?: (line: string) => void;
}

/**
 * `orrery schedule`: runs the scenario in `text` on one host's CPU scheduler and returns what an `expected` block
 * holds. A function of its arguments and nothing else.
 * @throws ScenarioError that names every wrong field
 */
export function schedule(text: string, options: ScheduleOptions = {}): object {
  const value = parsed(text);
  const fields = new FieldReader();
  const object = fields.object(value, '');
  const named = fields.oneOf(object['scheduler'], 'scheduler', schedulerNames, 'credit');
  fields.conclude();
  const { trace } = options;
  const decided = trace === undefined ? undefined : (decision: object) => trace(JSON.stringify(decision));
  if ((options.scheduler ?? named) === 'credit') return runCreditScenario(readCreditScenario(value), decided);
  return runShareScenario(readShareScenario(value), decided);
}

function parsed(file: string): unknown {
  const text = file.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    try {
      return JSON.parse(readable(text));
    } catch {
      // It quotes the place, with the ends of its lines.
      const cause = String(error instanceof Error ? error.message : error).replace(/\s+/g, ' ');
      throw new ScenarioError([{ path: '', message: `the file is not JSON: ${cause}` }]);
    }
  }
}
