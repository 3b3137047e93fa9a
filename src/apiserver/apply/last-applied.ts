/**
 * The way from client-side to server-side apply, for the manager `kubectl` only (k8s.io/apimachinery,
 * util/managedfields/internal, lastappliedmanager.go and lastappliedupdater.go).
 */

import { cloneJson, setOwn } from '../../base/json.ts';
import { parseExactly } from '../exact-json.ts';
import { goJson } from '../go-format.ts';
import { type AnyObject, isObject, type JsonObject } from '../objects.ts';
import { appliedSet } from './applied-set.ts';
import { compare } from './comparison.ts';
import { difference, type FieldSet, NOTHING } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { typedErrors } from './typed-errors.ts';

export const CLIENT_SIDE_MANAGER = 'kubectl';
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** What all annotations of an object may take, in bytes. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * The fields that kubectl may take over without force: those that its last client-side apply set and that still have
 * that value. Nothing when the annotation is missing or does not fit.
 */
export function allowedByLastApplied(live: AnyObject, type: FieldType): FieldSet {
  const last = parsed(live.metadata.annotations?.[ANNOTATION]);
  if (last === undefined || last['apiVersion'] !== live.apiVersion) return NOTHING;
  if (typedErrors(type, live, false) !== undefined || typedErrors(type, last, false) !== undefined) return NOTHING;
  const { changed, removed } = compare(type, last, live, { duplicates: false });
  return difference(difference(appliedSet(type, last), changed), removed);
}

function parsed(text: string | undefined): JsonObject | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = parseExactly(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object with its annotation, if it has one, brought up to the configuration that is being applied. */
export function withLastApplied(object: AnyObject, config: AnyObject): AnyObject {
  // What an apply has emptied is null until the object is read again.
  const annotations = object.metadata.annotations as Record<string, string> | null | undefined;
  if (!annotations?.[ANNOTATION]) return object;
  const next = { ...annotations, [ANNOTATION]: lastApplied(config) };
  const bytes = Object.entries(next).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  if (bytes > MAX_ANNOTATION_BYTES) delete (next as Record<string, string>)[ANNOTATION];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

function lastApplied(config: AnyObject): string {
  const annotations = config.metadata?.annotations as Record<string, string> | null | undefined;
  if (annotations === undefined || annotations === null) return `${goJson(config)}\n`;
  const copy = cloneJson(config);
  const { [ANNOTATION]: _, ...others } = annotations;
  setOwn(copy.metadata as JsonObject, 'annotations', others);
  return `${goJson(copy)}\n`;
}
