import type { Reduction } from './reductions.ts';

/** One request of a recorded conversation with an API server. */
export interface Step {
  /** GET unless told otherwise. */
  readonly method?: string;
  /** `{ns}` is the namespace of the topic, other names are what earlier steps kept. */
  readonly path: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  /** Of the body; left out: JSON, for patches merge patch. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Bearer token; an empty text sends none. Left out: an administrator's. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of the answer's body that later steps name: `{ rv: 'metadata.resourceVersion' }`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Lets the server work for so long (ms) before the request. */
  readonly after?: number;
  /** The answer depends on how far the server has come: it is not compared. */
  readonly racing?: boolean;
  /** The part of the answer that is compared. */
  readonly reduce?: Reduction;
  /** Asked only when both servers run: the answer lies in time, or in what the rest of a cluster holds. */
  readonly live?: boolean;
}

export interface Topic {
  readonly name: string;
  /** Had only when both servers run: it is not recorded. */
  readonly live?: boolean;
  readonly steps: readonly Step[];
}

/** What came back, without what differs from one run to the next. */
export interface RecordedAnswer {
  readonly code: number;
  readonly contentType: string | undefined;
  /** Those that clients act on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** A watch's answer is a list of its lines. */
  readonly body: unknown;
}

/** One line of a recording. */
export interface Recorded {
  readonly step: Step;
  readonly answer: RecordedAnswer;
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
export const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
export const JSON_PATCH = 'application/json-patch+json';
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export const get = (path: string, rest: Partial<Step> = {}): Step => ({ path, ...rest });
export const post = (path: string, body: unknown, rest: Partial<Step> = {}): Step => ({
  method: 'POST',
  path,
  body,
  ...rest,
});
export const put = (path: string, body: unknown, rest: Partial<Step> = {}): Step => ({
  method: 'PUT',
  path,
  body,
  ...rest,
});
export const patch = (path: string, body: unknown, contentType?: string, rest: Partial<Step> = {}): Step => ({
  method: 'PATCH',
  path,
  body,
  ...(contentType !== undefined && { contentType }),
  ...rest,
});
export const del = (path: string, body?: unknown, rest: Partial<Step> = {}): Step => ({
  method: 'DELETE',
  path,
  ...(body !== undefined && { body }),
  ...rest,
});
/** Lets the server work (ms). */
export const wait = (after: number): Step => ({ path: '/healthz', after, racing: true });

/** A step with the values that are known by now in it. */
export function filledIn<T>(value: T, values: ReadonlyMap<string, string>): T {
  const text = JSON.stringify(value).replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
  return JSON.parse(text) as T;
}

/** Notes what later steps need from an answer. */
export function keep(step: Step, body: unknown, values: Map<string, string>): void {
  for (const [name, path] of Object.entries(step.keep ?? {})) {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body);
    values.set(name, String(value));
  }
}
