/** Requests and answers inside the server, without any transport. */

import { writeExactly } from '../exact-json.ts';
import type { AnyObject, JsonObject } from '../objects.ts';
import type { Version } from '../store/version.ts';
import type { ServedResource } from './served.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Query parameters as they were given, decoded; every value of a name that came several times. */
export type Query = Readonly<Record<string, readonly string[]>>;

/** How a patch is meant: the media type of its body. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A body that has been read. */
export interface Body {
  /** Plain JSON. It may be changed when `owned`. */
  readonly value: unknown;
  /** Whether nobody else holds the value. */
  readonly owned: boolean;
  /** What is said about fields that came twice; looked for when somebody asks. */
  duplicates?(): readonly string[];
  /** Whether it was read as YAML, whose reader has words of its own. */
  readonly isYaml?: boolean;
  /** The text, for messages that quote it. */
  text?(): string;
  /** Why it could not be read at all; then there is no value. */
  readonly problem?: string;
}

/** What is asked of a resource. */
export interface ApiRequest {
  readonly verb: Verb;
  /** '' for the core group */
  readonly group: string;
  readonly version: string;
  /** The plural, as in the URL. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query: Query;
  readonly user: User;
  /** The client, as it names itself: the default of fieldManager is what stands before its first `/`. */
  readonly userAgent?: string | undefined;
  readonly body?: Body | undefined;
  readonly patchType?: PatchType | undefined;
  /** Takes the warnings, which a refusal does not carry; an answer has them itself. */
  readonly warnings?: string[];
}

/** An object as it is served: at the version that was asked for. Frozen; its text is made at most once. */
export interface View {
  readonly object: AnyObject;
  readonly json: string;
}

/** A view of an object that is not stored. */
export class PlainView implements View {
  readonly object: AnyObject;
  #json: string | undefined;

  constructor(object: AnyObject) {
    this.object = object;
  }

  get json(): string {
    this.#json ??= writeExactly(this.object);
    return this.#json;
  }
}

export interface ObjectAnswer {
  readonly type: 'object';
  readonly code: number;
  /** The resource whose object this is; absent for a Status. */
  readonly served: ServedResource | undefined;
  readonly view: View;
  /** Of a deletion: whether the object that is shown is no more. */
  readonly gone?: boolean;
  readonly warnings: readonly string[];
}

export interface ListAnswer {
  readonly type: 'list';
  readonly code: number;
  readonly served: ServedResource;
  readonly revision: number;
  /** Where the next page starts. */
  readonly continue?: string;
  readonly remaining?: number;
  readonly versions: readonly Version[];
  readonly warnings: readonly string[];
}

export type Answer = ObjectAnswer | ListAnswer;

/** `Status` Success of a deletion that left nothing to return. */
export function successStatus(details: JsonObject): View {
  return new PlainView({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  });
}
