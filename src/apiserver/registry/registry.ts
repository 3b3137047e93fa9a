import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { rfc3339 } from '../../base/units.ts';
import type { AnyObject } from '../objects.ts';
import type { Store } from '../store/store.ts';
import type { ApiRequest } from './request.ts';
import type { ServedResource, WriteContext } from './served.ts';

/** A write that is about to be carried out. */
export interface Admitted {
  readonly served: ServedResource;
  readonly request: ApiRequest;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** What shall be; absent from a deletion. */
  readonly object?: AnyObject | undefined;
  /** What is; absent from a creation. */
  readonly old?: AnyObject | undefined;
  readonly context: WriteContext;
}

/** Refuses writes for reasons that are not in the object alone: a namespace that is going, a policy, a quota. */
export interface Admission {
  /** Called with what is about to be done, when it is known to be valid. Throws to refuse. */
  validate(what: Admitted): void;
  create(served: ServedResource, request: ApiRequest, object: AnyObject, context: WriteContext): void;
  update(served: ServedResource, request: ApiRequest, object: AnyObject, old: AnyObject, context: WriteContext): void;
  delete(served: ServedResource, request: ApiRequest, object: AnyObject, context: WriteContext): void;
}

/** What the pipelines of create, update, delete, list and watch work with. */
export interface Registry {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly admission: Admission;
}

export function writeContext(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
  dryRun: boolean,
): WriteContext {
  const warnings = request.warnings ?? [];
  if (served.deprecation !== undefined) warnings.push(served.deprecation);
  return { now: rfc3339(registry.clock.now()), dryRun, warnings, request };
}

/** The manager of the fields that a request writes: as it names itself, else its user agent up to the first `/`. */
export function managerOf(request: ApiRequest, fieldManager: string): string {
  if (fieldManager !== '') return fieldManager;
  const agent = (request.userAgent ?? '').split('/', 1)[0]!;
  let printable = '';
  for (const char of agent) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) continue;
    if (Buffer.byteLength(printable) + Buffer.byteLength(char) > 128) break;
    printable += char;
  }
  return printable === '' ? 'unknown' : printable;
}

export const namespaceOf = (served: ServedResource, request: ApiRequest): string =>
  served.namespaced ? (request.namespace ?? '') : '';
