import { BackendError } from '../backend.ts';
import { checkObject } from '../validation.ts';

/**
 * The port over HTTP/1.1. Every request carries `Authorization: Bearer TOKEN`.
 *
 *   POST /v1/<act>   a JSON object with the act's arguments by name → 200 and its JSON result, else {reason, message}
 *   GET /v1/observe  a stream of reports, one JSON object a line; an empty line says that the peer is alive
 *   GET /healthz     200, without a token
 */
export const actArguments = {
  powerOn: ['request'],
  powerOff: ['machine', 'how'],
  suspend: ['machine'],
  reset: ['machine', 'token'],
  reconfigure: ['machine', 'config'],
  destroy: ['machine'],
  setHostPower: ['host', 'power'],
  setHostMaintenance: ['host', 'maintenance'],
  stats: ['namespace'],
} as const satisfies Record<string, readonly string[]>;

export type Act = keyof typeof actArguments;

export function isAct(name: string): name is Act {
  return Object.hasOwn(actArguments, name);
}

export const ROUTE = '/v1/';
export const OBSERVE = '/v1/observe';
export const HEALTH = '/healthz';
/** GET with namespace, host and seconds (simulated) in the query: decisions of the host's CPU scheduler, a line each. */
export const RECORD = '/v1/record';
/** Prometheus scrapes here, without a token. */
export const METRICS = '/metrics';

/** A line at least this often on an observation, and silence of three times as long means that the peer is gone. */
export const STREAM_HEARTBEAT_MS = 5000;
export const STREAM_SILENCE_MS = 3 * STREAM_HEARTBEAT_MS;

/** The largest request body that is read. */
export const LARGEST_BODY = 1024 * 1024;

const statusCodes: Partial<Record<BackendError['reason'], number>> = {
  Unauthorized: 401,
  NotFound: 404,
  Invalid: 400,
  StaleEpoch: 409,
  WrongState: 409,
  StorageFailed: 507,
  Unreachable: 503,
};

/** The HTTP status of an error; refusals are 422. Its meaning is in the body's reason. */
export function statusOf({ reason }: BackendError): number {
  return statusCodes[reason] ?? 422;
}

export interface WireError {
  readonly reason: BackendError['reason'];
  readonly message: string;
}

/** The error that a response of another status than 200 stands for. */
export function errorOf(status: number, body: string): BackendError {
  try {
    const { reason, message } = checkObject('error', JSON.parse(body)) as Partial<Record<keyof WireError, unknown>>;
    if (typeof reason === 'string' && typeof message === 'string') {
      return new BackendError(reason as BackendError['reason'], message);
    }
  } catch {
    // Not ours: a proxy in between, or something else on that port.
  }
  return new BackendError('Unreachable', `something that is no datacenter answered with HTTP ${status}`);
}
