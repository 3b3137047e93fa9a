/** YAML 1.1 as Go's reader (sigs.k8s.io/yaml) takes it. Imported when the first YAML body comes. */
import {
  type CollectionTag,
  type Document,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ScalarTag,
  stringify,
} from 'yaml';
import { parseExactly } from '../exact-json.ts';
import { goQuote } from '../go-format.ts';
import { MAX_DEPTH } from '../json-text.ts';
import { isObject } from '../objects.ts';
import type { Body } from '../registry/request.ts';
import { badRequest, StatusError } from '../status-error.ts';

/** Go reads neither times nor sexagesimal numbers, and has no sets, pairs or binaries without a tag. */
const NOT_IN_GO = ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`);

type Tag = ScalarTag | CollectionTag;

function goTags(tags: (Tag | string)[]): (Tag | string)[] {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return true;
    const format = 'format' in tag ? tag.format : undefined;
    return !NOT_IN_GO.includes(tag.tag) && format !== 'TIME';
  });
}

/** The first document of the text. Throws 400 for one that is nested too deep. */
export function readYaml(text: string): Body {
  const unreadable = (why: string): Body => ({
    value: undefined,
    owned: true,
    text: () => text,
    problem: `error converting YAML to JSON: yaml: ${why}`,
  });
  let document: Document;
  let value: unknown;
  try {
    document = parseDocument(text, {
      version: '1.1',
      uniqueKeys: false,
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
      customTags: goTags as never,
    });
    const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
    if (error !== undefined) {
      // The reader goes down as deep as the text does, and takes it for an error of the text when it cannot.
      if (error.message.startsWith('Maximum call stack size')) throw tooDeep();
      return unreadable(`line ${text.slice(0, error.pos[0]).split('\n').length}: ${error.message}`);
    }
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof StatusError) throw error;
    // It throws for what is wrong with aliases and merges.
    if (error instanceof RangeError) throw tooDeep();
    if (!(error instanceof Error)) throw error;
    const isExcessive = error.message.startsWith('Excessive alias count');
    return unreadable(isExcessive ? 'document contains excessive aliasing' : error.message);
  }
  checkDepth(value, 0);
  return {
    value: plain(value),
    owned: true,
    text: () => text,
    isYaml: true,
    duplicates: () => duplicates(document, text),
  };
}

const tooDeep = () => badRequest(`the body is nested more than ${MAX_DEPTH} levels deep`);

function checkDepth(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) checkDepth(child, depth + 1);
}

/**
 * The value as Go makes JSON of it: keys sorted. Aliases make one object of two; each gets its own, because objects are
 * changed in place.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, plain(value[key])]),
  );
}

/** Keys that a map has twice, as Go's reader says it. */
function duplicates(document: Document, text: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown) => {
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const keys = new Set<string>();
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (keys.has(name)) {
        const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
        const line = text.slice(0, offset).split('\n').length;
        found.push(`line ${line}: key ${goQuote(name)} already set in map`);
      }
      keys.add(name);
      visit(value);
    }
  };
  visit(document.contents);
  return found;
}

/** A value as YAML, keys sorted, as Go writes it. */
export function writeYaml(json: string): string {
  const text = stringify(parseExactly(json), { version: '1.1', sortMapEntries: true, lineWidth: 0, indentSeq: false });
  // Go writes the key of managedFields that is a dot without quotes.
  return text.replace(/^( *)"\.": /gm, '$1.: ');
}
