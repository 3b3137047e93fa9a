/** Bodies: from bytes to plain JSON. */

import { parseExactly } from '../exact-json.ts';
import { goQuote } from '../go-format.ts';
import { countMembers, duplicateKeys, jsonProblem, MAX_DEPTH, shapeOf } from '../json-text.ts';
import { deleteOptions } from '../kinds/api-types.ts';
import type { Struct } from '../kinds/type.ts';
import { unsupportedMediaType } from '../registry/errors.ts';
import type { Body, PatchType } from '../registry/request.ts';
import type { ServedResource } from '../registry/served.ts';
import { badRequest } from '../status-error.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** The media type without its parameters. */
export function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** How the body of a PATCH is meant. Undefined: not known. */
export function patchTypeOf(contentType: string | undefined): PatchType | undefined {
  return PATCH_TYPES[mediaType(contentType)];
}

/** Reads the options that come as the body of a DELETE, in any of the forms. Throws 415. */
export async function readDeleteOptions(bytes: Buffer, contentType: string | undefined): Promise<Body> {
  if (mediaType(contentType) !== PROTOBUF) return readPlainBody(bytes, contentType);
  const { decodeProtobuf } = await import('../protobuf/decode.ts');
  return { value: decodeProtobuf(bytes, deleteOptions), owned: true };
}

/** Reads the body of a request to a resource. Throws 415 for a type that the resource does not take. */
export async function readBody(
  bytes: Buffer,
  contentType: string | undefined,
  served: ServedResource,
  patchType: PatchType | undefined,
  type: Struct | undefined = served.type,
): Promise<Body | undefined> {
  const parse = served.definition === undefined ? JSON.parse : parseExactly;
  if (patchType !== undefined) return patchType === 'apply' ? yamlBody(bytes, parse) : jsonBody(bytes, parse);
  if (mediaType(contentType) !== PROTOBUF || served.definition !== undefined) {
    return readPlainBody(bytes, contentType, parse);
  }
  const { decodeProtobuf } = await import('../protobuf/decode.ts');
  return { value: decodeProtobuf(bytes, type!), owned: true };
}

/** JSON or YAML, as the media type says. */
async function readPlainBody(bytes: Buffer, contentType: string | undefined, parse: Parse = JSON.parse): Promise<Body> {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json') return jsonBody(bytes, parse);
  if (type === 'application/yaml') return yamlBody(bytes, parse);
  // A custom resource lists protobuf too, and refuses it all the same.
  const listed = type === PROTOBUF ? [] : [PROTOBUF];
  throw unsupportedMediaType(['application/json', 'application/yaml', ...listed]);
}

type Parse = (text: string) => unknown;

/** JSON text as a body. */
export function jsonBody(bytes: Buffer, parse: Parse = JSON.parse): Body {
  const text = bytes.toString();
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return { value: undefined, owned: true, text: () => text, problem: jsonProblem(text) };
  }
  const shape = shapeOf(text);
  if (shape.depth > MAX_DEPTH) throw badRequest(`the body is nested more than ${MAX_DEPTH} levels deep`);
  return {
    value,
    owned: true,
    text: () => text,
    duplicates: () =>
      shape.members === countMembers(value)
        ? NONE
        : duplicateKeys(text).map((path) => `duplicate field ${goQuote(path)}`),
  };
}

const NONE: readonly string[] = [];

/** YAML, of which JSON is a part. */
async function yamlBody(bytes: Buffer, parse: Parse): Promise<Body> {
  if (bytes[0] === 0x7b) {
    const body = jsonBody(bytes, parse);
    // Fields that came twice are told by their lines.
    if (body.problem === undefined && body.duplicates?.().length === 0) return { ...body, duplicates: () => NONE };
  }
  const { readYaml } = await import('./yaml.ts');
  return readYaml(bytes.toString());
}
