import { gunzipSync } from 'node:zlib';
import { bodyOf } from './comparable.ts';
import { reduced } from './reductions.ts';
import type { RecordedAnswer, Step } from './step.ts';
import { wireOf } from './wire.ts';

/** What a step sends. */
export function headersOf(step: Step, admin: string) {
  const { method = 'GET', body, accept, token = admin } = step;
  const type = step.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
  const headers: Record<string, string> = {
    'user-agent': 'recorder/1',
    ...(token !== '' && { authorization: `Bearer ${token}` }),
    ...(accept !== undefined && { accept }),
    ...(body !== undefined && type !== '' && { 'content-type': type }),
    ...step.headers,
  };
  const bytes = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return { method, headers, bytes };
}

/** What came back, before anything is masked. */
export interface Raw {
  readonly code: number;
  /** One of the headers, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly warnings: readonly string[];
  readonly bytes: Buffer;
}

/** The headers besides these that clients act on. */
const NOTED = [
  'cache-control',
  'vary',
  'location',
  'retry-after',
  'x-content-type-options',
  'www-authenticate',
  'allow',
  'content-encoding',
] as const;
/** Headers whose values differ: it counts whether they are there. */
const PRESENT = ['etag', 'audit-id', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'] as const;

export function answerOf({ code, header, warnings, bytes }: Raw, step: Step): RecordedAnswer {
  const headers: Record<string, string> = {};
  for (const name of NOTED) {
    const value = header(name);
    if (value !== undefined) headers[name] = value;
  }
  for (const name of PRESENT) if (header(name) !== undefined) headers[name] = '<there>';
  const contentType = header('content-type');
  const whole = contentType?.startsWith('application/vnd.kubernetes.protobuf')
    ? wireOf(bytes)
    : bodyOf(plain(bytes, header));
  const body = step.reduce === undefined ? whole : reduced(step.reduce, whole);
  return { code, contentType, headers, warnings, body };
}

const plain = (bytes: Buffer, header: Raw['header']) =>
  (header('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
