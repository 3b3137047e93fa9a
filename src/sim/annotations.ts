/** What the annotations of a manifest tell `sim` and `plan`. */
import { OrreryError } from '../base/errors.ts';
import type { Manifests } from '../cli/manifests/load.ts';
import type { Manifest } from '../cli/manifests/manifest.ts';

/** The host that a VM runs on when the world begins. */
export const HOST = 'orrery.dev/host';
/** Seconds after the start at which an object is applied; it is absent until then. */
export const APPLY_AFTER = 'orrery.dev/apply-after-seconds';
/** Seconds after the start at which it is deleted. */
export const DELETE_AFTER = 'orrery.dev/delete-after-seconds';

/** An error about one field of a manifest: file, line, object, field, and what is wrong. */
export function manifestError(
  manifests: Pick<Manifests, 'lineOf'>,
  manifest: Manifest,
  field: string,
  cause: string,
): OrreryError {
  const { file, object } = manifest;
  const line = manifests.lineOf(manifest, field);
  const text = `${object.kind} ${object.metadata.name}: ${field}: ${cause}`;
  return new OrreryError('MANIFEST_INVALID', { file, line, cause: text });
}

export function annotationOf({ object }: Manifest, name: string): string | undefined {
  const value: unknown = object.metadata.annotations?.[name];
  return value === undefined || value === null ? undefined : String(value);
}

/** Seconds in an annotation as milliseconds. Throws `OrreryError` MANIFEST_INVALID. */
export function annotatedMs(
  manifests: Pick<Manifests, 'lineOf'>,
  manifest: Manifest,
  name: string,
): number | undefined {
  const text = annotationOf(manifest, name);
  if (text === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(seconds)) return Math.round(seconds * 1000);
  const field = `metadata.annotations["${name}"]`;
  throw manifestError(manifests, manifest, field, `${JSON.stringify(text)} is not a number of seconds such as "90"`);
}

export const namespaceOf = ({ object }: Manifest): string => object.metadata.namespace ?? 'default';
