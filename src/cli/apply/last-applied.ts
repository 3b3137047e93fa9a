import { canonicalJson, cloneJson } from '../../base/json.ts';
import type { Declared } from '../manifests/manifest.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The object with the annotation that `kubectl apply` leaves, byte for byte as it writes it, so that its next run on
 * the same file finds nothing to do, and finds what a later version of the file no longer has.
 */
export function withLastApplied(declared: Declared): Declared {
  const object = cloneJson(declared) as { metadata: { annotations?: Record<string, string> } } & Declared;
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  object.metadata.annotations = annotations;
  object.metadata.annotations = { ...annotations, [LAST_APPLIED]: `${goJson(object)}\n` };
  return object;
}

/** What the annotation of an object holds, or undefined when it has none that can be read. */
export function lastApplied(annotations: Readonly<Record<string, string>> | undefined): object | undefined {
  const text = annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON as Go's encoder writes it: keys in order, and nothing that HTML would take for its own. */
function goJson(value: unknown): string {
  return canonicalJson(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
