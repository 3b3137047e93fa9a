import { deepFreeze } from '../../base/json.ts';
import { parseExactly, writeExactly } from '../exact-json.ts';
import type { AnyObject } from '../objects.ts';

/**
 * One state of one object, immutable. It is held as the object, as its JSON text, or as neither when it can be read
 * again from the file; each is made from the other once, when somebody asks. The text is what goes on the wire.
 */
export class Version {
  /** `namespace/name`, or `name` alone for cluster-scoped kinds. */
  readonly key: string;
  /** The write that made this state; `metadata.resourceVersion` as a number. */
  readonly revision: number;
  /** Whether this is the mark of a deletion: it has no object of its own. */
  readonly deleted: boolean;
  /** For the registry: the schema under which the object is complete, so that it need not be looked through again. */
  form: unknown;
  #object: AnyObject | undefined;
  #json: string | undefined;
  #size: number;
  readonly #load: ((revision: number) => string) | undefined;

  constructor(
    key: string,
    revision: number,
    content: {
      object?: AnyObject;
      load?: (revision: number) => string;
      deleted?: boolean;
      size?: number;
      form?: unknown;
    },
  ) {
    this.key = key;
    this.revision = revision;
    this.deleted = content.deleted === true;
    this.#object = content.object;
    this.#load = content.load;
    this.#size = content.size ?? 0;
    this.form = content.form;
  }

  /** The object, frozen, in the version it was stored in. */
  get object(): AnyObject {
    this.#object ??= deepFreeze(parseExactly(this.json) as AnyObject);
    return this.#object;
  }

  /** Its JSON text, made at most once while it stays in memory. */
  get json(): string {
    if (this.#json === undefined) {
      if (this.#object !== undefined) this.#json = writeExactly(this.#object);
      else if (this.#load !== undefined) this.#json = this.#load(this.revision);
      else throw new Error(`the deletion of ${this.key} has no text`);
      this.#size = this.#json.length;
    }
    return this.#json;
  }

  /** Whether metadata may have the field; says yes too often rather than read the object for it. */
  mayHave(field: 'ownerReferences' | 'deletionTimestamp'): boolean {
    if (this.#object !== undefined) return this.#object.metadata[field] !== undefined;
    return !this.deleted && this.json.includes(`"${field}":`);
  }

  /** About how many bytes it is; 0 while nobody has made its text. */
  get size(): number {
    return this.#size;
  }

  /** Forgets what can be read again from the file. */
  unload(): void {
    if (this.#load === undefined) return;
    this.#object = undefined;
    this.#json = undefined;
  }

  /** The same content under a later revision, as a watcher is shown an object that was deleted or left its selection. */
  departedAt(revision: number): Version {
    const object = this.object;
    return new Version(this.key, revision, {
      object: deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }),
    });
  }
}
