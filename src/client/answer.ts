/** What a failed HTTP answer says. */
import type { Status } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpAnswer } from './exchange.ts';
import { ApiError } from './port.ts';

/** The server's Status; one is made of the code and the text when it sent none, as a proxy before it does. */
export function apiErrorOf(answer: HttpAnswer, clock: Clock): ApiError {
  return new ApiError(statusOf(answer), retryAfterOf(answer, clock));
}

export function statusOf({ status: code, body }: HttpAnswer): Status {
  try {
    const parsed = JSON.parse(body) as Status;
    if (parsed?.kind === 'Status') return { ...parsed, code: parsed.code ?? code };
  } catch {}
  const text = body.trim().slice(0, 300);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: text === '' ? `the server answered with HTTP ${code} and nothing else` : text,
    reason: reasons[code] ?? '',
    code,
  };
}

/** Milliseconds after which a 429 or 503 asks to try again; undefined when it does not ask. */
export function retryAfterOf(answer: HttpAnswer, clock: Clock): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  const seconds = headerSeconds(answer);
  if (seconds !== undefined) return seconds;
  const header = answer.headers['retry-after'];
  if (header !== undefined) {
    const date = Date.parse(String(header));
    if (!Number.isNaN(date)) return Math.max(0, date - clock.now());
  }
  const { retryAfterSeconds } = statusOf(answer).details ?? {};
  return retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
}

function headerSeconds({ status, headers }: HttpAnswer): number | undefined {
  const header = String(headers['retry-after'] ?? '');
  if ((status !== 429 && status !== 503) || !/^\d{1,6}$/.test(header)) return undefined;
  return Number(header) * 1000;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
