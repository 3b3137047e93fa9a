import { messageOf } from '../../base/errors.ts';
import { ApiError } from '../../client/port.ts';
import type { Manifests } from '../manifests/load.ts';
import type { Manifest } from '../manifests/manifest.ts';
import type { FieldNames } from './field-names.ts';

/** What is wrong with one field, or with the object where `field` is undefined. */
interface Complaint {
  readonly field: string | undefined;
  readonly text: string;
}

/** Lines for a person, one per thing that is wrong: `rack.yaml:12: Host h1: spec.cpu.mhz: Invalid value: …`. */
export function refusalLines(
  manifest: Manifest,
  error: unknown,
  manifests: Pick<Manifests, 'lineOf' | 'bareWordOf'>,
  names: FieldNames,
): string[] {
  const { file, line, object } = manifest;
  return complaints(error).map(({ field, text }) => {
    const at = field === undefined ? line : manifests.lineOf(manifest, field);
    const remedy =
      field === undefined ? '' : (misspelt(text, object, field, names) ?? remedyFor(text, manifests, manifest, field));
    return `${file}:${at}: ${object.kind} ${object.metadata.name}: ${text.split('\n')[0]}${remedy}`;
  });
}

/** What a server does not know of: what was meant. */
function misspelt(text: string, object: Manifest['object'], field: string, names: FieldNames): string | undefined {
  if (!text.startsWith('unknown field')) return undefined;
  const meant = names.meant(object, field);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** How a time is written; and what YAML takes for a boolean or a number, as kubectl does, where a text is meant. */
function remedyFor(text: string, manifests: Pick<Manifests, 'bareWordOf'>, manifest: Manifest, field: string): string {
  if (/must be of type date-time/.test(text)) return '; a time is written as "2026-11-23T14:00:00Z"';
  const type = /must be of type string: "(boolean|integer|number)"/.exec(text)?.[1];
  if (type === undefined) return '';
  const word = manifests.bareWordOf?.(manifest, field);
  return word === undefined
    ? '; put it in quotes'
    : `; a bare ${word} is a ${type} in YAML: put it in quotes, "${word}"`;
}

function complaints(error: unknown): Complaint[] {
  if (!(error instanceof ApiError)) return [{ field: undefined, text: messageOf(error) }];
  const causes = (error.status.details?.causes ?? []).filter(({ field }) => field !== undefined && field !== '<nil>');
  if (error.reason === 'Invalid' && causes.length > 0) {
    const isType = (message = '') => message.includes('must be of type');
    const mistyped = new Set(causes.filter(({ message }) => isType(message)).map(({ field }) => field));
    // That a false is none of "On", "Off" only follows from its being no text.
    return causes
      .filter(({ field, message }) => !mistyped.has(field) || isType(message))
      .map(({ field, message = '' }) => ({ field, text: `${field}: ${message}` }));
  }
  // Strict decoding: `… cannot be handled as a Host: strict decoding error: unknown field "spec.foo", …`
  const decoding = error.message.split('strict decoding error: ')[1];
  if (decoding !== undefined) {
    return [...decoding.matchAll(/\w+ field "([^"]+)"/g)].map(([text, field]) => ({ field, text }));
  }
  return [{ field: undefined, text: error.message }];
}
