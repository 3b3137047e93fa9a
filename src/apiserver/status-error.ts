import type { Status, StatusCause } from '../api/meta.ts';
import type { FieldError } from './field-error.ts';
import { goQuote } from './go-format.ts';

/** A request that ends with a Status instead of an object; `headers` go on the HTTP answer. */
export class StatusError extends Error {
  readonly status: Status;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: Omit<Status, 'kind' | 'apiVersion' | 'metadata' | 'status'> & { metadata?: Status['metadata'] },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status.message ?? status.reason ?? `HTTP ${status.code}`);
    this.name = 'StatusError';
    const { metadata = {}, message, reason, details, code, ...rest } = status;
    // In the order in which the real server writes it.
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      ...(message !== undefined && { message }),
      ...(reason !== undefined && { reason }),
      ...(details !== undefined && { details }),
      ...rest,
      code,
    };
    this.headers = headers;
  }
}

/** A resource in messages: `hosts.orrery.dev`, or `configmaps` in the core group. */
export function qualified(resource: { readonly group: string; readonly name: string }): string {
  return resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;
}

/** 422. `kind` is the Kind, not the plural, as in `Host.orrery.dev "a" is invalid: …`. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): StatusError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const causes: StatusCause[] = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualified({ group, name: kind })} ${goQuote(name)} is invalid: ${joined}`,
    details: { ...(name !== '' && { name }), ...(group !== '' && { group }), ...(kind !== '' && { kind }), causes },
  });
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}
