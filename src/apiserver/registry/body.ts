import { goQuote } from '../go-format.ts';
import { memberOrder } from '../json-text.ts';
import { DecodeError } from '../kinds/decode.ts';
import type { AnyObject, JsonObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';
import type { FieldValidation } from './options.ts';
import type { Body } from './request.ts';
import { apiVersion, type ServedResource, type Strategy } from './served.ts';
import { typeProblem } from './type-meta.ts';

/** The start of a body, as messages quote it. */
function summary(body: Body): string {
  const text = body.text?.() ?? JSON.stringify(body.value) ?? '';
  if (text === '') return '<empty>';
  const bytes = Buffer.from(text);
  const cut = bytes.length > 30 ? ' ...' : '';
  return `${bytes.subarray(0, 30).toString(text.startsWith('{') ? 'utf8' : 'hex')}${cut}`;
}

/**
 * The object of a create or PUT: read, without what its kind does not have, defaults filled in. What was dropped is
 * refused, told or ignored, as the client wishes. Throws 400.
 */
export function readObject(
  served: ServedResource,
  strategy: Strategy,
  body: Body | undefined,
  options: { readonly fieldValidation: FieldValidation; readonly warnings: string[] },
): AnyObject {
  const kind = strategy.bodyKind ?? served.names.kind;
  const given = body ?? { value: undefined, owned: true, problem: 'unexpected end of JSON input' };
  const unrecognized = (why: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(given)})`);
  if (given.problem !== undefined) {
    throw unrecognized(`couldn't get version/kind; json parse error: ${given.problem}`);
  }
  const problem = given.value === null ? undefined : typeProblem(given.value);
  if (problem !== undefined) throw unrecognized(problem);
  const value = (given.value ?? {}) as JsonObject;
  const givenKind = value['kind'];
  if (strategy.needsKind && (givenKind === undefined || givenKind === null || givenKind === '')) {
    const text = given.text?.() ?? JSON.stringify(given.value);
    throw unrecognized(`Object 'Kind' is missing in '${text}'`);
  }
  const shownKind = typeof givenKind === 'string' && givenKind !== '' ? givenKind : kind;
  const givenVersion = value['apiVersion'];
  const shownVersion =
    typeof givenVersion === 'string' && givenVersion !== ''
      ? givenVersion.slice(givenVersion.indexOf('/') + 1)
      : served.version;
  const unhandled = (why: string) =>
    badRequest(`${shownKind} in version ${goQuote(shownVersion)} cannot be handled as a ${kind}: ${why}`);
  let decoded: ReturnType<Strategy['decode']>;
  try {
    decoded = strategy.decode(value, given.owned);
  } catch (error) {
    if (error instanceof DecodeError) throw unhandled(error.message);
    throw error;
  }
  // The reader of built-in kinds says everything as it comes; that of custom ones has read the text before.
  const asItComes = !strategy.needsKind;
  reportStrict(decoded.strict, given, { ...options, asItComes }, (list) => unhandled(`strict decoding error: ${list}`));
  checkVersion(decoded.object, served, strategy);
  strategy.default(decoded.object);
  return decoded.object;
}

/** Refuses, tells or ignores what a body has too much. */
export function reportStrict(
  unknown: readonly string[],
  body: Body,
  options: {
    readonly fieldValidation: FieldValidation;
    readonly warnings: string[];
    readonly asItComes?: boolean;
  },
  refusal: (list: string) => Error,
): void {
  if (options.fieldValidation === 'Ignore') return;
  const duplicates = body.duplicates?.() ?? [];
  if (unknown.length === 0 && duplicates.length === 0) return;
  if (options.asItComes === true && body.isYaml !== true && unknown.length > 0 && duplicates.length > 0) {
    const all = inOrder(body.text?.() ?? '', duplicates, unknown);
    if (options.fieldValidation === 'Strict') throw refusal(all.join(', '));
    options.warnings.push(...all);
    return;
  }
  if (options.fieldValidation === 'Strict') {
    // The reader of YAML says all of its own at once.
    const yaml = body.isYaml === true && duplicates.length > 0;
    const said = yaml ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : duplicates;
    throw refusal([...said, ...unknown].join(', '));
  }
  options.warnings.push(...duplicates, ...unknown);
}

/** What is said about a body's fields, in the order in which these come. */
function inOrder(text: string, duplicates: readonly string[], unknown: readonly string[]): string[] {
  // Messages quote the names as Go does, which is not always JSON.
  const order = new Map<string, number>();
  for (const [name, at] of memberOrder(text)) {
    const end = name.indexOf(' ') + 1;
    order.set(`${name.slice(0, end)}${goQuote(name.slice(end))}`, at);
  }
  const quoted = (message: string) => message.slice(message.indexOf('"'));
  const said = [
    // Of what nobody knows it does not matter how often it comes.
    ...duplicates
      .filter((message) => !unknown.includes(message.replace('duplicate', 'unknown')))
      .map((message) => ({ message, at: order.get(`again ${quoted(message)}`) ?? 0 })),
    ...unknown.map((message) => ({ message, at: order.get(`field ${quoted(message)}`) ?? 0 })),
  ];
  return said.sort((a, b) => a.at - b.at).map(({ message }) => message);
}

function checkVersion(object: AnyObject, served: ServedResource, strategy: Strategy): void {
  const expected = strategy.bodyVersion ?? apiVersion(served);
  const given = object.apiVersion ?? '';
  if (given !== expected) {
    throw badRequest(`the API version in the data (${given}) does not match the expected API version (${expected})`);
  }
}

/** Makes the object's namespace that of the request, or refuses it. */
export function matchNamespace(object: AnyObject, namespace: string): void {
  const given = object.metadata.namespace ?? '';
  if (given === namespace) return;
  if (given === '') object.metadata.namespace = namespace;
  else if (namespace === '') delete object.metadata.namespace;
  else {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Refuses an object whose name is not that of the URL. */
export function matchName(object: AnyObject, name: string): void {
  const given = object.metadata.name ?? '';
  if (given === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
}
