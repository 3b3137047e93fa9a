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
  manifests: Pick<Manifests, 'lineOf'>,
  names: FieldNames,
): string[] {
  const { file, line, object } = manifest;
  return complaints(error).map(({ field, text }) => {
    const at = field === undefined ? line : manifests.lineOf(manifest, field);
    const remedy = field === undefined ? '' : remedyFor(text, object, field, names);
    return `${file}:${at}: ${object.kind} ${object.metadata.name}: ${text.split('\n')[0]}${remedy}`;
  });
}

/** What a server does not know of: what was meant. */
function remedyFor(text: string, object: Manifest['object'], field: string, names: FieldNames): string {
  if (text.startsWith('unknown field')) {
    const meant = names.meant(object, field);
    return meant === undefined ? '' : `; did you mean ${meant}?`;
  }
  return /must be of type string: "(boolean|integer|number)"/.test(text) ? '; put it in quotes' : '';
}

function complaints(error: unknown): Complaint[] {
  if (!(error instanceof ApiError)) return [{ field: undefined, text: messageOf(error) }];
  const causes = (error.status.details?.causes ?? []).filter(({ field }) => field !== undefined && field !== '<nil>');
  if (error.reason === 'Invalid' && causes.length > 0) {
    return causes.map(({ field, message = '' }) => ({ field, text: `${field}: ${message}` }));
  }
  // Strict decoding: `… cannot be handled as a Host: strict decoding error: unknown field "spec.foo", …`
  const decoding = error.message.split('strict decoding error: ')[1];
  if (decoding !== undefined) {
    return [...decoding.matchAll(/\w+ field "([^"]+)"/g)].map(([text, field]) => ({ field, text }));
  }
  return [{ field: undefined, text: error.message }];
}
