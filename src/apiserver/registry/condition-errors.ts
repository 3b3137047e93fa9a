import {
  duplicateError,
  type FieldError,
  invalidError,
  notSupportedError,
  requiredError,
  tooLongError,
} from '../field-error.ts';
import { labelKeyProblems } from './names.ts';

export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
  readonly observedGeneration?: number;
}

const STATES = ['False', 'True', 'Unknown'];
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const LONGEST_REASON = 1024;
const LONGEST_MESSAGE = 32 * 1024;

/** What is wrong with conditions: apimachinery, pkg/apis/meta/v1/validation. */
export function conditionErrors(conditions: readonly Condition[], field: string): FieldError[] {
  return conditions.flatMap((condition, index) => {
    const at = `${field}[${index}]`;
    const { type = '', status = '', reason = '', message = '', observedGeneration = 0 } = condition;
    const errors: FieldError[] = [];
    if (conditions.findIndex((each) => each.type === type) < index) errors.push(duplicateError(at, type));
    if (type === '') errors.push(requiredError(`${at}.type`));
    else for (const why of labelKeyProblems(type)) errors.push(invalidError(`${at}.type`, type, why));
    if (status === '') errors.push(requiredError(`${at}.status`));
    else if (!STATES.includes(status)) errors.push(notSupportedError(`${at}.status`, status, STATES));
    if (observedGeneration < 0) {
      const why = 'must be greater than or equal to zero';
      errors.push(invalidError(`${at}.observedGeneration`, observedGeneration, why));
    }
    if ((condition.lastTransitionTime ?? '') === '') errors.push(requiredError(`${at}.lastTransitionTime`));
    if (reason === '') errors.push(requiredError(`${at}.reason`));
    else if (!REASON.test(reason)) {
      const pattern = String(REASON).slice(2, -2);
      const why = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${pattern}')`;
      errors.push(invalidError(`${at}.reason`, reason, why));
    }
    if (reason.length > LONGEST_REASON) errors.push(tooLongError(`${at}.reason`, LONGEST_REASON));
    if (message.length > LONGEST_MESSAGE) errors.push(tooLongError(`${at}.message`, LONGEST_MESSAGE));
    return errors;
  });
}
