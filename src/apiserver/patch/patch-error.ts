import { StatusError } from '../status-error.ts';

/**
 * What the API server answers when a patch cannot be applied to the object. The text is the same for every cause
 * (k8s.io/apimachinery, errors.NewGenericServerResponse with 422); `cause` keeps the reason for logs and tests.
 */
export function cannotApply(cause: string): StatusError {
  const error = new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  });
  error.cause = cause;
  return error;
}

/** 500 without a reason: an error that the API server passes on as it is. */
export function plainError(message: string): StatusError {
  return new StatusError({ code: 500, message });
}

/** How encoding/json names the type of a JSON value. */
export function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
