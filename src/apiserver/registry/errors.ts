/** The refusals of the registry: apimachinery, pkg/api/errors, whose codes, reasons and texts these are. */
import type { Status } from '../../api/meta.ts';
import { qualified, StatusError } from '../status-error.ts';

/** What Go's registry of types calls itself, in messages about kinds that it does not know. */
export const SCHEME = 'pkg/runtime/scheme.go:111';

/** A resource as messages name it. */
export interface ResourceName {
  readonly group: string;
  /** The plural. */
  readonly name: string;
}

type Details = NonNullable<Status['details']>;

function detailsOf(resource: ResourceName, name: string): Details {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(resource.name === '' ? {} : { kind: resource.name }),
  };
}

/** 404 */
export function notFound(resource: ResourceName, name: string): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource)} ${JSON.stringify(name)} not found`,
    details: detailsOf(resource, name),
  });
}

/** 409 */
export function alreadyExists(resource: ResourceName, name: string, terminating = false): StatusError {
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${terminating ? 'object is being deleted: ' : ''}${qualified(resource)} ${JSON.stringify(name)} already exists`,
    details: detailsOf(resource, name),
  });
}

/** 409: no free name was found for a generateName. */
export function generateNameConflict(resource: ResourceName, name: string): StatusError {
  return new StatusError(
    {
      code: 409,
      reason: 'AlreadyExists',
      message: `${qualified(resource)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`,
      details: { ...detailsOf(resource, name), retryAfterSeconds: 1 },
    },
    { 'Retry-After': '1' },
  );
}

export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 409 */
export function conflict(resource: ResourceName, name: string, why: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(resource)} ${JSON.stringify(name)}: ${why}`,
    details: detailsOf(resource, name),
  });
}

/** 403 */
export function forbidden(
  resource: ResourceName,
  name: string,
  why: string,
  causes?: NonNullable<Details['causes']>,
): StatusError {
  const what = name === '' ? qualified(resource) : `${qualified(resource)} ${JSON.stringify(name)}`;
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${what} is forbidden: ${why}`,
    details: { ...detailsOf(resource, name), ...(causes === undefined ? {} : { causes }) },
  });
}

/** 410: a version that is no longer known. `continueToken` lets a list go on with the present state. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError({
    code: 410,
    reason: 'Expired',
    message,
    ...(continueToken === undefined ? {} : { metadata: { continue: continueToken } }),
  });
}

/** 404 of a resource that is not served. */
export function resourceNotFound(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

/** 405 */
export function methodNotSupported(resource: ResourceName, action: string): StatusError {
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: `${action} is not supported on resources of kind ${JSON.stringify(qualified(resource))}`,
    details: detailsOf(resource, ''),
  });
}

/** 405 of a path that exists, asked for in a way that it does not answer. */
export function methodNotAllowed(): StatusError {
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });
}

/** 415 */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

/** 406 */
export function notAcceptable(accepted: readonly string[]): StatusError {
  return new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${accepted.join(', ')}`,
  });
}

/** 406 of a path that has nothing of the kind at all. */
export function unknownRepresentation(available: readonly string[]): StatusError {
  return new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`,
    details: {},
  });
}

/** 415 of a path that takes nothing of the kind at all. */
export function unknownMediaType(): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
    details: {},
  });
}

/** 413 */
export function tooLarge(message: string): StatusError {
  return new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: ${message}`,
  });
}

/** 500 */
export function internalError(message: string): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  });
}

/** 500 without a reason, as errors that upstream did not wrap come out. */
export function plainError(message: string): StatusError {
  return new StatusError({ code: 500, message });
}

/** 504: the client has seen a later version than this server has. */
export function versionTooLarge(wanted: number | bigint, current: number): StatusError {
  return new StatusError(
    {
      code: 504,
      reason: 'Timeout',
      message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    },
    { 'Retry-After': '1' },
  );
}

/** A request that has not come in whole in the time it is given. */
export function requestTimeout(): StatusError {
  const message = 'Timeout: request did not complete within the allotted timeout';
  return new StatusError({ code: 504, reason: 'Timeout', message, details: {} });
}
