/**
 * JSON Patch (RFC 6902) as kube-apiserver applies it, which is how evanphx/json-patch v4 reads it: negative indices
 * count from the end, `replace` of a missing key adds it, a missing key equals null in `test` and `copy`, and the text
 * before the first `/` of a pointer is ignored.
 *
 * Own code instead of fast-json-patch: that one refuses or differs in each of these, refuses `__proto__` with an error
 * of its own, and copies the whole document first. Here what no operation touches is shared with the input, so that
 * comparing the two afterwards is cheap.
 */

import { cloneJson, deepEqual, setOwn } from '../../base/json.ts';
import { writeExactly } from '../exact-json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { badRequest, StatusError } from '../status-error.ts';
import { cannotApply, jsonTypeName } from './patch-error.ts';

const MAX_OPERATIONS = 10_000;
/** Bytes that all `copy` operations of a patch may add together (--json-patch-max-copy-bytes' default). */
const MAX_COPY_BYTES = 3 * 1024 * 1024;
const KINDS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const KNOWN_FIELDS: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

type Container = JsonObject | unknown[];
interface Place {
  readonly container: Container;
  readonly key: string;
}

/**
 * The object with the operations applied, in order; the input is never changed, and is returned itself when the patch
 * only tests.
 * @param patch the request's body as parsed JSON
 * @throws StatusError 400 (no patch), 413 (over 10,000 operations), 422 (a test failed, a path is missing …)
 */
export function applyJsonPatch(object: unknown, patch: unknown): unknown {
  const operations = decode(patch);
  if (operations.length > MAX_OPERATIONS) {
    const detail = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`;
    throw new StatusError({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `Request entity too large: ${detail}`,
    });
  }
  const draft = new Draft(object);
  for (const operation of operations) draft.apply(operation);
  return draft.root;
}

/** The fields that no operation has, as field validation reports them: `json patch unknown field "[0].foo"`. */
export function unknownJsonPatchFields(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, index) =>
    isObject(operation)
      ? Object.keys(operation)
          .filter((field) => !KNOWN_FIELDS.has(field))
          .map((field) => `json patch unknown field "[${index}].${field}"`)
      : [],
  );
}

function decode(patch: unknown): readonly (JsonObject | null)[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  for (const operation of patch) {
    if (operation === null) continue;
    if (!isObject(operation)) {
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${jsonTypeName(operation)} into Go value of type handlers.jsonPatchOp`,
      );
    }
    for (const field of ['op', 'path', 'from']) {
      const value = operation[field];
      if (value === undefined || value === null || typeof value === 'string') continue;
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${jsonTypeName(value)} into Go struct field jsonPatchOp.${field} of type string`,
      );
    }
  }
  return patch;
}

/** A document being patched. Containers are copied, one level at a time, before their first change. */
class Draft {
  root: unknown;
  readonly #copied = new Set<object>();
  #copiedBytes = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: JsonObject | null): void {
    const kind = operation?.['op'];
    if (operation === null || typeof kind !== 'string' || !KINDS.has(kind)) {
      throw cannotApply(`Unexpected kind: ${String(kind ?? 'unknown')}`);
    }
    if (kind === 'test') this.#test(operation);
    else if (kind === 'add') this.#add(this.#place(operation, 'path'), operation['value'] ?? null);
    else if (kind === 'remove') this.#remove(this.#place(operation, 'path'));
    else if (kind === 'replace') this.#replace(operation);
    else if (kind === 'move') this.#move(operation);
    else this.#copy(operation);
  }

  #move(operation: JsonObject): void {
    const from = this.#place(operation, 'from');
    const value = read(from);
    this.#remove(from);
    this.#add(this.#place(operation, 'path'), value ?? null);
  }

  #copy(operation: JsonObject): void {
    const value = cloneJson(read(this.#find(pointer(operation, 'from'), false)) ?? null);
    this.#countCopy(value);
    this.#add(this.#place(operation, 'path'), value);
  }

  #test(operation: JsonObject): void {
    const path = pointer(operation, 'path');
    const value = path === '' ? this.root : read(this.#find(path, false));
    if (!deepEqual(value ?? null, operation['value'] ?? null)) throw cannotApply(`testing value ${path} failed`);
  }

  #replace(operation: JsonObject): void {
    const path = pointer(operation, 'path');
    const value = operation['value'] ?? null;
    if (path === '') {
      if (typeof value !== 'object' || value === null) {
        throw cannotApply('replace operation value must be object or array');
      }
      this.root = value;
      return;
    }
    const { container, key } = this.#find(path, true);
    if (Array.isArray(container)) container[elementIndex(container, key)] = value;
    else setOwn(container, key, value);
  }

  #add({ container, key }: Place, value: unknown): void {
    if (!Array.isArray(container)) {
      setOwn(container, key, value);
      return;
    }
    if (key === '-') {
      container.push(value);
      return;
    }
    const index = integer(key);
    const at = index < 0 ? index + container.length + 1 : index;
    if (at < 0 || at > container.length) throw cannotApply(`Unable to access invalid index: ${index}`);
    container.splice(at, 0, value);
  }

  #remove({ container, key }: Place): void {
    if (Array.isArray(container)) {
      container.splice(elementIndex(container, key), 1);
    } else {
      if (!Object.hasOwn(container, key)) throw cannotApply(`Unable to remove nonexistent key: ${key}`);
      delete container[key];
    }
  }

  #place(operation: JsonObject, field: 'path' | 'from'): Place {
    return this.#find(pointer(operation, field), true);
  }

  /** The container that the pointer ends in. `writable`: it, and all above it, are this draft's own. */
  #find(path: string, writable: boolean): Place {
    const segments = path.split('/');
    if (segments.length < 2) throw cannotApply(`doc is missing path: "${path}"`);
    if (writable) this.root = this.#own(this.root);
    let container = this.root;
    for (const segment of segments.slice(1, -1)) {
      if (!isContainer(container)) throw cannotApply(`doc is missing path: "${path}"`);
      const key = unescapeSegment(segment);
      let next = read({ container, key });
      if (writable) {
        next = this.#own(next);
        if (Array.isArray(container)) container[elementIndex(container, key)] = next;
        else if (Object.hasOwn(container, key)) setOwn(container, key, next);
      }
      container = next;
    }
    if (!isContainer(container)) throw cannotApply(`doc is missing path: "${path}"`);
    return { container, key: unescapeSegment(segments.at(-1)!) };
  }

  #own(value: unknown): unknown {
    if (!isContainer(value) || this.#copied.has(value)) return value;
    const copy = Array.isArray(value) ? value.slice() : { ...value };
    this.#copied.add(copy);
    return copy;
  }

  #countCopy(value: unknown): void {
    this.#copiedBytes += Buffer.byteLength(writeExactly(value));
    if (this.#copiedBytes <= MAX_COPY_BYTES) return;
    throw cannotApply(
      `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${MAX_COPY_BYTES}`,
    );
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function pointer(operation: JsonObject, field: 'path' | 'from'): string {
  const value = operation[field];
  if (typeof value !== 'string') throw cannotApply(`${String(operation['op'])} operation failed to decode ${field}`);
  return value;
}

/** What is at the place; undefined where an object has no such key. */
function read({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[elementIndex(container, key)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

/** The index of an element that exists; negative ones count from the end. */
function elementIndex(list: readonly unknown[], key: string): number {
  const index = integer(key);
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) throw cannotApply(`Unable to access invalid index: ${index}`);
  return at;
}

/** strconv.Atoi: a sign and leading zeros are allowed. */
function integer(key: string): number {
  if (!/^[+-]?\d{1,18}$/.test(key)) throw cannotApply(`value was not a proper array index: '${key}'`);
  return Number(key);
}

function unescapeSegment(segment: string): string {
  return segment.includes('~') ? segment.replace(/~[01]/g, (code) => (code === '~1' ? '/' : '~')) : segment;
}
