/**
 * The Client port: everything that Orrery asks of a Kubernetes API server. Two transports, `http` and `direct`, pass
 * the suite in test/conformance/client.
 *
 * Objects are plain JSON and frozen; nobody changes what they were given. Every method rejects with `ApiError` when
 * the server answered with a Status, with `ConnectionError` when there was no answer (the request may or may not have
 * been carried out), and with an `AbortError` when its signal was aborted.
 */
import type { KubeObject, ResourceType, Status } from '../api/meta.ts';

/** The server's refusal. `status.reason` says which (NotFound, Conflict, Invalid …), `status.code` is the HTTP code. */
export class ApiError extends Error {
  readonly status: Status;
  /** Milliseconds after which the server asked to try again (429 and 503 only). */
  readonly retryAfterMs: number | undefined;

  constructor(status: Status, retryAfterMs?: number) {
    super(status.message ?? status.reason ?? `HTTP ${status.code}`);
    this.name = 'ApiError';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** No answer: refused, reset, timed out, not TLS, not JSON. */
export class ConnectionError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ConnectionError';
  }
}

/** The caller's signal was aborted; the request may or may not have been carried out. */
export class AbortError extends Error {
  constructor(message = 'the call was aborted') {
    super(message);
    this.name = 'AbortError';
  }
}

/** Which object; `namespace` is left out for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface GetOptions extends CallOptions {
  readonly subresource?: 'status' | 'scale';
}

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly subresource?: 'status' | 'scale';
}

export interface PatchOptions extends WriteOptions {
  /** Server-side apply only: take fields over from other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Only if the object still has this uid; rejects with Conflict otherwise. */
  readonly uid?: string;
  readonly dryRun?: boolean;
}

export interface Selection {
  /** All namespaces when left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends Selection, CallOptions {
  /** Page size; the rest is fetched with `continue`. */
  readonly limit?: number;
  readonly continue?: string;
  /** '0' accepts any state that the server has at hand. */
  readonly resourceVersion?: string;
}

export interface ObjectList<T extends KubeObject> {
  readonly resourceVersion: string;
  readonly items: readonly T[];
  /** Present when there are more pages. */
  readonly continue?: string;
}

export type JsonPatch = readonly JsonPatchOperation[];

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

export type Patch =
  | { readonly type: 'json'; readonly operations: JsonPatch }
  | { readonly type: 'merge'; readonly body: object }
  /** Server-side apply: creates the object when it is missing; `fieldManager` is required. */
  | { readonly type: 'apply'; readonly body: object };

export interface WatchOptions extends Selection {
  /** Changes after this version; left out: the present objects first, as `added`. */
  readonly resourceVersion?: string;
  /** Asks for a `synced` event once the present objects have been sent (resourceVersion is then left out). */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T }
  /** The stream has reached this version. `synced`: the initial objects are complete. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly synced: boolean };

export interface WatchObserver<T extends KubeObject> {
  /** Events in commit order, gathered as they arrived. Must not throw. */
  events(batch: readonly WatchEvent<T>[]): void;
  /**
   * Called exactly once, last: without an error when the server ended the stream in good order; with ApiError 410
   * when the version is too old (list again); with any other ApiError or ConnectionError when it broke.
   */
  closed(error?: ApiError | ConnectionError): void;
}

export interface Watch {
  /** Ends the stream; `closed` is not called afterwards. */
  stop(): void;
}

export interface Client {
  get<T extends KubeObject>(type: ResourceType, name: ObjectName, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<ObjectList<T>>;
  /** Rejects with AlreadyExists when the name is taken, Invalid when the schema refuses it. */
  create<T extends KubeObject>(type: ResourceType, object: object, options?: WriteOptions): Promise<T>;
  /** Replaces the object (or its subresource) whole; rejects with Conflict when resourceVersion is not the present one. */
  replace<T extends KubeObject>(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType, name: ObjectName, patch: Patch, options?: PatchOptions): Promise<T>;
  /** Resolves when the server has accepted the deletion; finalizers may keep the object for longer. */
  delete(type: ResourceType, name: ObjectName, options?: DeleteOptions): Promise<void>;
  deleteCollection(type: ResourceType, selection: Selection, options?: DeleteOptions): Promise<void>;
  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>): Watch;
  /** GET of any path of the server, for discovery and version; rejects as the others do. */
  raw(path: string, options?: CallOptions): Promise<unknown>;
  /** Ends all watches and connections. */
  close(): Promise<void>;
}
