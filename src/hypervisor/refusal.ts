import { BackendError } from './backend.ts';

/** An act that is not carried out, with the reason that users read. */
export function refusal(reason: BackendError['reason'], message: string): BackendError {
  return new BackendError(reason, message);
}
