import fs from 'node:fs';
import path from 'node:path';
import { messageOf, OrreryError } from '../../base/errors.ts';
import type { Declared, Manifest } from './manifest.ts';
import { type BareWord, bareWordOfField, lineOfField, YamlError, yamlDocuments } from './yaml.ts';

/** Where the files of `-f` are found. */
export interface Place {
  /** Relative paths are relative to it. */
  readonly folder: string;
  readInput(): Promise<string>;
  /** Where a person is told of what works here and not with kubectl. */
  err?(text: string): void;
}

/** Everything that `-f` names, in order, and the texts it was read from. */
export interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly files: readonly string[];
  /** The line, from 1, of a field that a server or a check complains about, as `spec.nics[0].network`. */
  lineOf(manifest: Manifest, field: string): number;
  /** How the field's value is written where it is a word without quotes, as `Off`. */
  bareWordOf?(manifest: Manifest, field: string): string | undefined;
}

const INPUT = 'standard input';
const extensions = ['.yaml', '.yml', '.json'];

/**
 * Reads files, folders (their own files, not those of folders in them) and `-`. Rejects with `OrreryError`
 * FILE_UNREADABLE or MANIFEST_INVALID, which name the file, the line, and what to correct.
 */
export async function loadManifests(sources: readonly string[], place: Place): Promise<Manifests> {
  const texts = new Map<string, string>();
  for (const source of sources) {
    if (source === '-') texts.set(INPUT, await place.readInput());
    else for (const file of filesOf(source, place.folder)) texts.set(file, readFile(file, place.folder));
  }
  const manifests = [...texts].flatMap(([file, text]) => parseManifests(text, file, bareWordWarning(file, place)));
  // JSON that YAML does not read has the line of its document for every field, and no bare words.
  const look = <T>({ file, line, item }: Manifest, field: string, otherwise: T, how: Look<T>): T => {
    try {
      return how(texts.get(file) ?? '', line, item === undefined ? field : `items[${item}].${field}`);
    } catch {
      return otherwise;
    }
  };
  return {
    manifests,
    files: [...texts.keys()],
    lineOf: (manifest, field) => look(manifest, field, manifest.line, lineOfField),
    bareWordOf: (manifest, field) => look(manifest, field, undefined, bareWordOfField),
  };
}

/** Throws `OrreryError` FILE_UNREADABLE for what `loadManifests` could not even open; reads nothing. */
export function checkReadable(sources: readonly string[], folder: string): void {
  for (const source of sources) {
    for (const file of source === '-' ? [] : filesOf(source, folder)) {
      try {
        fs.accessSync(path.resolve(folder, file), fs.constants.R_OK);
      } catch (error) {
        throw unreadable(file, error);
      }
    }
  }
}

/** Warns of the first in a file. */
function bareWordWarning(file: string, place: Place): BareWord {
  let isTold = false;
  return (line, word) => {
    if (isTold) return;
    isTold = true;
    const why = `kubectl reads a bare ${word} as a boolean, and is refused: put it in quotes, "${word}"`;
    place.err?.(`orrery: warning: ${file}:${line}: ${why}\n`);
  };
}

type Look<T> = (text: string, line: number, field: string) => T;

/** The objects in a text: YAML, many documents, or JSON; a List is its items. Throws `OrreryError` MANIFEST_INVALID. */
export function parseManifests(text: string, file: string, kept?: BareWord): Manifest[] {
  try {
    return documentsOf(text, kept).flatMap(({ value, line }) => unfold(value, { file, line }));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw invalid(file, error.line, error.message);
  }
}

function filesOf(source: string, folder: string): string[] {
  const full = path.resolve(folder, source);
  const stat = statOf(full, source);
  if (!stat.isDirectory()) return [source];
  const names = fs.readdirSync(full).filter((name) => extensions.includes(path.extname(name)));
  if (names.length === 0) {
    const cause = 'the folder holds no .yaml, .yml or .json file (folders in it are not searched)';
    throw new OrreryError('FILE_UNREADABLE', { file: source, cause });
  }
  return names.sort().map((name) => path.join(source, name));
}

function statOf(full: string, source: string): fs.Stats {
  try {
    return fs.statSync(full);
  } catch (error) {
    throw unreadable(source, error);
  }
}

function readFile(file: string, folder: string): string {
  try {
    return fs.readFileSync(path.resolve(folder, file), 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): OrreryError {
  const { code } = error as NodeJS.ErrnoException;
  const causes: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    ENOTDIR: 'a part of the path is a file',
  };
  return new OrreryError('FILE_UNREADABLE', { file, cause: causes[code ?? ''] ?? messageOf(error) }, { cause: error });
}

function documentsOf(text: string, kept?: BareWord): { value: unknown; line: number }[] {
  const first = text.trimStart()[0];
  if (first === '{' || first === '[') {
    try {
      return [{ value: JSON.parse(text), line: 1 + text.slice(0, text.indexOf(first)).split('\n').length - 1 }];
    } catch {
      // Several JSON documents, YAML in flow style, or a mistake, which YAML's reader finds with its line.
    }
  }
  return [...yamlDocuments(text, kept)];
}

interface Where {
  readonly file: string;
  readonly line: number;
  readonly item?: number;
}

function unfold(value: unknown, where: Where): Manifest[] {
  const object = checked(value, where);
  if (!isRecord(value) || !Array.isArray(value['items']) || !object.kind.endsWith('List')) {
    return [{ object: named(object, where), file: where.file, line: where.line, item: where.item }];
  }
  return value['items'].flatMap((item, index) => unfold(item, { ...where, item: index }));
}

function checked(value: unknown, { file, line, item }: Where): Declared {
  const at = item === undefined ? '' : `items[${item}]: `;
  if (!isRecord(value)) throw invalid(file, line, `${at}an object is expected, with apiVersion, kind and metadata`);
  for (const field of ['apiVersion', 'kind'] as const) {
    const found = value[field];
    if (found === undefined) throw invalid(file, line, `${at}${field} is missing`);
    if (typeof found !== 'string' || found === '') throw invalid(file, line, `${at}${field} must be a text`);
  }
  return value as unknown as Declared;
}

function named(object: Declared, { file, line, item }: Where): Declared {
  const { kind, metadata } = object as { kind: string; metadata: unknown };
  const at = `${item === undefined ? '' : `items[${item}]: `}${kind}: `;
  if (metadata === undefined) throw invalid(file, line, `${at}metadata is missing`);
  if (!isRecord(metadata)) throw invalid(file, line, `${at}metadata must be an object`);
  const { name, generateName, namespace } = metadata;
  if (name === undefined && generateName !== undefined) {
    throw invalid(file, line, `${at}metadata.generateName makes another object each time: give a metadata.name`);
  }
  if (name === undefined) throw invalid(file, line, `${at}metadata.name is missing`);
  if (typeof name !== 'string' || name === '')
    throw invalid(file, line, `${at}metadata.name must be a text (in quotes)`);
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw invalid(file, line, `${at}metadata.namespace must be a text (in quotes)`);
  }
  return object;
}

function invalid(file: string, line: number, cause: string): OrreryError {
  return new OrreryError('MANIFEST_INVALID', { file, line, cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
