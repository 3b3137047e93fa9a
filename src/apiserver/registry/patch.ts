import { cloneJson } from '../../base/json.ts';
import { described, kindText } from '../apply/server-side-apply.ts';
import { invalidError } from '../field-error.ts';
import { goJson, goText } from '../go-format.ts';
import { DecodeError, decodeBody } from '../kinds/decode.ts';
import { objectMeta } from '../kinds/meta.ts';
import { type AnyObject, isObject, type JsonObject } from '../objects.ts';
import { applyJsonPatch, unknownJsonPatchFields } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { jsonTypeName } from '../patch/patch-error.ts';
import { badRequest, invalid } from '../status-error.ts';
import { matchName, matchNamespace, reportStrict } from './body.ts';
import { conflict, plainError, unsupportedMediaType } from './errors.ts';
import { type WriteOptions, writeOptions } from './options.ts';
import { mergedProblem, mergedTypeProblem, patchedTypeProblem } from './patched-type.ts';
import { namespaceOf, type Registry, writeContext } from './registry.ts';
import type { Answer, ApiRequest, Body, PatchType } from './request.ts';
import { type Projection, resourceName, type ServedResource, type Strategy, type WriteContext } from './served.ts';
import { fieldsWrite, projected, type Via, write } from './update.ts';

const MEDIA_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

interface Patching {
  readonly served: ServedResource;
  readonly strategy: Strategy;
  readonly projection: Projection | undefined;
  readonly request: ApiRequest;
  readonly options: WriteOptions;
  readonly context: WriteContext;
  readonly body: Body;
}

/** PATCH of an object or of its subresource, in any of the four ways. */
export async function patch(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
  { strategy, projection }: Via,
): Promise<Answer> {
  const type = request.patchType;
  if (type === undefined || !strategy.patchTypes.includes(type)) {
    throw unsupportedMediaType(strategy.patchTypes.map((each) => MEDIA_TYPES[each]));
  }
  const options = writeOptions(request.query, 'patch', type);
  const context = writeContext(registry, served, request, options.dryRun);
  const given = request.body ?? { value: undefined, owned: true, problem: 'unexpected end of JSON input' };
  if (given.problem !== undefined) {
    throw badRequest(type === 'apply' ? `error decoding patch: ${given.problem}` : 'invalid JSON patch');
  }
  // Parts of the patch become parts of the object, which is filled in.
  const body: Body = given.owned ? given : { ...given, value: cloneJson(given.value), owned: true };
  const patching: Patching = { served, strategy, projection, request, options, context, body };
  const answer = await write(registry, {
    served,
    strategy,
    request,
    context,
    mayCreate: type === 'apply' && request.subresource === undefined,
    make: (live) => {
      const object = type === 'apply' ? applied(patching, live) : patched(patching, live!);
      matchNamespace(object, namespaceOf(served, request));
      matchName(object, request.name!);
      return object;
    },
  });
  return projected(answer, projection);
}

/** The live object with a JSON, merge or strategic merge patch applied, read again as its kind. */
function patched(patching: Patching, live: AnyObject): AnyObject {
  const { served, strategy, projection, request, options, context, body } = patching;
  const reader = projection?.reader ?? strategy;
  const base = projection?.basis(live) ?? live;
  const raw = rawPatched(request.patchType!, reader, base, body.value);
  // What the patch did not touch is shared with the live object, which is frozen; the registry changes only the top
  // level and metadata of what it stores.
  const draft: JsonObject = raw === base || Object.isFrozen(raw) ? { ...raw } : raw;
  if (isObject(draft['metadata'])) draft['metadata'] = { ...draft['metadata'] };
  const refuse = (why: string) => invalid('', '', '', [invalidError('patch', patchedText(raw, served), why)]);
  refuseType(patching, live, draft, refuse);
  if (reader.needsKind && (draft['kind'] ?? '') === '') {
    throw refuse(`Object 'Kind' is missing in '${patchedText(raw, served)}'`);
  }
  let decoded: ReturnType<Strategy['decode']>;
  try {
    decoded = reader.decode(draft, true);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (request.patchType !== 'strategic') throw refuse(error.message);
    throw invalid('', '', '', [invalidError('patch', goText(body.value), mergedProblem(error.message))]);
  }
  const unknown = request.patchType === 'json' ? unknownJsonPatchFields(body.value) : [];
  reportStrict(
    [...unknown, ...decoded.strict],
    body,
    { fieldValidation: options.fieldValidation, warnings: context.warnings },
    (list) => {
      // What was read is pruned by now: upstream quotes what the patch made.
      const whole = patchedText(rawPatched(request.patchType!, reader, base, body.value), served);
      return invalid('', '', '', [invalidError('patch', whole, `strict decoding error: ${list}`)]);
    },
  );
  if (projection !== undefined) matchName(decoded.object, request.name!);
  reader.default(decoded.object);
  const object = projection?.onto(live, decoded.object) ?? decoded.object;
  strategy.ownership.update(live, object, fieldsWrite(request, options, context));
  return object;
}

/** Refuses what claims to be of no kind at all. */
function refuseType(
  { served, request, body }: Patching,
  live: AnyObject,
  draft: JsonObject,
  refuse: (why: string) => Error,
): void {
  const custom = served.definition !== undefined;
  if (request.patchType === 'strategic') {
    const problem = mergedTypeProblem(draft, live);
    if (problem !== undefined) throw invalid('', '', '', [invalidError('patch', goText(body.value), problem)]);
    return;
  }
  const problem = patchedTypeProblem(draft, custom);
  if (problem !== undefined) throw refuse(problem);
  if (custom || (draft['apiVersion'] ?? '') !== '') return;
  throw badRequest(`the name of the object (${request.name} based on URL) was undeterminable: name must be provided`);
}

/** The patched object as upstream quotes it: fields sorted, but metadata of built-in kinds as Go has them. */
function patchedText(object: JsonObject, { definition }: ServedResource): string {
  const text = (key: string): string => {
    const value = object[key];
    if (definition !== undefined) return goJson(value);
    return JSON.stringify(key === 'metadata' && isObject(value) ? inGoOrder(value) : value);
  };
  const parts = Object.keys(object).sort();
  return `{${parts.map((key) => `${JSON.stringify(key)}:${text(key)}`).join(',')}}`;
}

function inGoOrder(metadata: JsonObject): JsonObject {
  try {
    return decodeBody(metadata, objectMeta).object;
  } catch {
    return metadata;
  }
}

function rawPatched(type: PatchType, strategy: Strategy, live: AnyObject, value: unknown): JsonObject {
  if (type === 'merge') return applyMergePatch(live, value);
  if (type === 'strategic') return strategy.strategicMerge!(live, value as JsonObject);
  const result = applyJsonPatch(live, value);
  if (!isObject(result)) {
    throw invalid('', '', '', [invalidError('patch', goJson(result), 'the patch does not leave an object')]);
  }
  return result;
}

/** Server-side apply: the configuration merged into what is there, for the fields that its manager owns. */
function applied(patching: Patching, live: AnyObject | undefined): AnyObject {
  const { served, strategy, projection, request, options, context, body } = patching;
  if (body.value !== null && !isObject(body.value)) {
    const problem = `json: cannot unmarshal ${jsonTypeName(body.value)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding patch: error unmarshaling JSON: while decoding JSON: ${problem}`);
  }
  const given = (body.value ?? {}) as AnyObject;
  const config = projection?.configuration(live, given) ?? given;
  const how = { ...fieldsWrite(request, options, context), force: options.force };
  const object = reread(strategy, strategy.ownership.apply(live, config, how), config);
  const duplicates = body.duplicates?.() ?? [];
  if (duplicates.length > 0 && options.fieldValidation !== 'Ignore') {
    reportStrict([], body, { ...options, warnings: context.warnings }, (list) =>
      badRequest(`error strict decoding patch: error converting YAML to JSON: ${list}`),
    );
  }
  if (live === undefined && (object.metadata.uid ?? '') !== '') {
    throw conflict(
      resourceName(served),
      request.name!,
      `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`,
    );
  }
  strategy.default(object, true);
  return object;
}

/** What an apply has made, as its kind holds it: a configuration may say more, and may empty parts of metadata. */
function reread(strategy: Strategy, object: AnyObject, config: AnyObject): AnyObject {
  try {
    return strategy.decode(object, true).object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const why = `unable to convert unstructured object to ${kindText(object)}: ${conversionProblem(error.message)}`;
    throw plainError(`failed to convert new object (${described(config)}) to proper version: ${why}`);
  }
}

/** What the decoder of bodies says, as the converter of values says it. */
function conversionProblem(decoding: string): string {
  if (decoding.startsWith('illegal base64')) return `error decoding from json: ${decoding}`;
  const fraction = /^json: cannot unmarshal number \S+ into .* of type (int32|int64)$/.exec(decoding);
  if (fraction !== null) return `cannot convert float64 to ${fraction[1]}`;
  return decoding.replace(/struct field \S+ of type string$/, 'value of type string');
}
