/** Query parameters: how they are read, and what is wrong with them. apimachinery, meta/v1/validation. */
import {
  type FieldError,
  forbiddenError,
  invalidError,
  notSupportedError,
  requiredError,
  tooLongError,
} from '../field-error.ts';
import { goQuote } from '../go-format.ts';
import { deleteOptions as deleteOptionsType } from '../kinds/api-types.ts';
import { DecodeError, decodeBody } from '../kinds/decode.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { badRequest, invalid } from '../status-error.ts';
import { plainError, SCHEME } from './errors.ts';
import type { Body, PatchType, Query } from './request.ts';
import { typeProblem } from './type-meta.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

const first = (query: Query, name: string): string | undefined => query[name]?.[0];

/** Anything but `0` and `false` is true, also nothing at all. */
function flag(query: Query, name: string): boolean | undefined {
  const value = first(query, name);
  return value === undefined ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

function integer(query: Query, name: string): number | undefined {
  const value = first(query, name);
  return value === undefined ? undefined : parseInteger(value);
}

function parseInteger(value: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
  const big = BigInt(value);
  if (big >= 2n ** 63n || big < -(2n ** 63n)) {
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: value out of range`);
  }
  return Number(big);
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid('meta.k8s.io', kind, '', errors);
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > 128) errors.push(tooLongError('fieldManager', 128));
  let position = 0;
  for (const char of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalidError('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(char);
  }
  return errors;
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupportedError('dryRun', values, ['All'])];
}

function validationErrors(value: string): FieldError[] {
  const allowed = ['', 'Ignore', 'Strict', 'Warn'];
  return allowed.includes(value) ? [] : [notSupportedError('fieldValidation', value, allowed)];
}

const NOTHING: WriteOptions = { dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: false };

/** Reads the options of a create, update or patch. Throws 422 naming the kind of options. */
export function writeOptions(query: Query, verb: 'create' | 'update' | 'patch', patchType?: PatchType): WriteOptions {
  const manager = first(query, 'fieldManager') ?? '';
  const dryRun = query['dryRun'];
  const validation = first(query, 'fieldValidation') ?? '';
  const force = flag(query, 'force');
  if (manager === '' && dryRun === undefined && validation === '' && verb !== 'patch') return NOTHING;
  const errors: FieldError[] = [];
  if (verb === 'patch') {
    if (patchType === 'apply') {
      if (manager === '') errors.push(requiredError('fieldManager', 'is required for apply patch'));
    } else if (force !== undefined) {
      errors.push(forbiddenError('force', 'may not be specified for non-apply patch'));
    }
  }
  if (manager !== '') errors.push(...managerErrors(manager));
  if (dryRun !== undefined) errors.push(...dryRunErrors(dryRun));
  errors.push(...validationErrors(validation));
  refuse({ create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }[verb], errors);
  return {
    dryRun: dryRun !== undefined && dryRun.length > 0,
    fieldManager: manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    force: force === true,
  };
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

function decoded(value: JsonObject): JsonObject {
  try {
    return decodeBody(value, deleteOptionsType).object;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** Reads the options of a deletion: from the body when there is one, else from the query. */
export function deleteOptions(query: Query, body: Body | undefined): DeleteOptions {
  const given = body === undefined ? fromQuery(query) : fromBody(body);
  const errors: FieldError[] = [];
  if (given.orphanDependents !== undefined && given.propagation !== undefined) {
    errors.push(
      invalidError(
        'propagationPolicy',
        given.propagation,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  }
  if (given.propagation !== undefined && !['Foreground', 'Background', 'Orphan'].includes(given.propagation)) {
    errors.push(
      notSupportedError('propagationPolicy', given.propagation, ['Foreground', 'Background', 'Orphan', 'nil']),
    );
  }
  errors.push(...dryRunErrors(given.dryRun));
  refuse('DeleteOptions', errors);
  return { ...given, propagation: given.propagation as Propagation | undefined, dryRun: given.dryRun.length > 0 };
}

interface GivenDeleteOptions extends Omit<DeleteOptions, 'dryRun' | 'propagation'> {
  readonly dryRun: readonly string[];
  readonly propagation: string | undefined;
}

function fromQuery(query: Query): GivenDeleteOptions {
  return {
    dryRun: query['dryRun'] ?? [],
    propagation: first(query, 'propagationPolicy'),
    orphanDependents: flag(query, 'orphanDependents'),
    gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
    uid: undefined,
    resourceVersion: undefined,
  };
}

function fromBody(body: Body): GivenDeleteOptions {
  if (body.problem !== undefined) throw badRequest(`couldn't get version/kind; json parse error: ${body.problem}`);
  const problem = body.value === null ? undefined : typeProblem(body.value);
  if (problem !== undefined) throw badRequest(problem);
  const value = decoded((body.value ?? {}) as JsonObject);
  const kind = value['kind'] ?? '';
  if (kind !== '' && kind !== 'DeleteOptions') {
    const version = goQuote(String(value['apiVersion'] ?? 'meta.k8s.io/v1'));
    throw badRequest(`no kind ${goQuote(String(kind))} is registered for version ${version} in scheme "${SCHEME}"`);
  }
  const preconditions = isObject(value['preconditions']) ? value['preconditions'] : {};
  const text = (field: unknown) => (typeof field === 'string' ? field : undefined);
  return {
    dryRun: Array.isArray(value['dryRun']) ? value['dryRun'].map(String) : [],
    propagation: text(value['propagationPolicy']),
    orphanDependents: typeof value['orphanDependents'] === 'boolean' ? value['orphanDependents'] : undefined,
    gracePeriodSeconds: typeof value['gracePeriodSeconds'] === 'number' ? value['gracePeriodSeconds'] : undefined,
    uid: text(preconditions['uid']),
    resourceVersion: text(preconditions['resourceVersion']),
  };
}

export interface ListOptions {
  readonly watch: boolean;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** undefined when it was not given; 0 when the client takes any state. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly limit: number;
  readonly continue: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** Reads the options of a list or watch. Throws 400 and 422 as the real server does. */
export function listOptions(query: Query, watch: boolean): ListOptions {
  const revision = first(query, 'resourceVersion') ?? '';
  const match = first(query, 'resourceVersionMatch') ?? '';
  const initial = flag(query, 'sendInitialEvents');
  // A watch from no revision in particular begins with what is there.
  const fromAny = watch && initial === undefined && match === '' && (revision === '' || revision === '0');
  const options = {
    watch,
    labelSelector: first(query, 'labelSelector') ?? '',
    fieldSelector: first(query, 'fieldSelector') ?? '',
    resourceVersion: revision,
    resourceVersionMatch: fromAny ? 'NotOlderThan' : match,
    limit: integer(query, 'limit') ?? 0,
    continue: first(query, 'continue') ?? '',
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: fromAny ? true : initial,
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  };
  refuse('ListOptions', watch ? watchErrors(options) : listErrors(options));
  return options;
}

const MATCH = 'resourceVersionMatch';

function listErrors(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (match !== '') {
    if (options.resourceVersion === '') {
      errors.push(forbiddenError(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (options.continue !== '') {
      errors.push(forbiddenError(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupportedError(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && options.resourceVersion === '0') {
      errors.push(forbiddenError(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbiddenError('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbiddenError(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match !== '') {
    if (options.sendInitialEvents === undefined) {
      errors.push(
        forbiddenError(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    }
    if (match !== 'NotOlderThan') errors.push(notSupportedError(MATCH, match, ['NotOlderThan']));
    if (options.continue !== '') {
      errors.push(forbiddenError(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
    }
  }
  return errors;
}

/** What is wrong with the text of a resourceVersion, in the words of Go; undefined when it is fine. */
export function revisionProblem(text: string): string | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) return `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;
  if (text.length > 19 && BigInt(text) >= 2n ** 64n) {
    return `strconv.ParseUint: parsing ${goQuote(text)}: value out of range`;
  }
  return undefined;
}

/**
 * The resourceVersion of a read, list or watch as a number; 0 when it is absent.
 * @param bare whether a mistake is told as it is, with 500: of reads and watches
 */
export function queriedRevision(text: string, bare: boolean): number {
  const problem = revisionProblem(text);
  if (problem === undefined) return Number(text);
  const message = `resourceVersion: Invalid value: ${goQuote(text)}: ${problem}`;
  throw bare ? plainError(message) : badRequest(`invalid resource version: ${message}`);
}
