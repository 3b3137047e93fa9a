/** YAML as kubectl reads it, one document at a time, with the lines of everything. */
import {
  Composer,
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  Parser,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml';

export interface YamlDocument {
  readonly value: unknown;
  /** The line, from 1, that its first node stands on. */
  readonly line: number;
}

/** Told of a word that was kept where YAML 1.1, and so kubectl, has a boolean, with its line from 1. */
export type BareWord = (line: number, word: string) => void;

/** What is wrong with the text and on which line, from 1. */
export class YamlError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'YamlError';
    this.line = line;
  }
}

/** YAML 1.1's words for true and false, which Go's reader, and so kubectl, still takes. */
const trueWords = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const anyBoolean = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

const booleans: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: anyBoolean,
  resolve: (text) => trueWords.test(text),
};

/** Go's reader takes YAML 1.1's numbers too: a leading 0 for octal, 0b for binary, and underscores anywhere. */
const integers: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)$/,
  resolve: (text) => {
    const digits = text
      .replaceAll('_', '')
      .replace(/^[-+]/, '')
      .replace(/^0(?=[0-7]+$)/, '0o');
    return (text.startsWith('-') ? -1 : 1) * Number(digits);
  },
};

const unspeakable: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
  resolve: (text, onError) => {
    onError(`${text} cannot be written as JSON, which is what an API server reads`);
    return 0;
  },
};

const options = {
  version: '1.2' as const,
  schema: 'core' as const,
  merge: true,
  customTags: (tags: Tags): Tags => [
    integers,
    unspeakable,
    booleans,
    ...tags.filter((tag) => typeof tag !== 'object' || tag.tag !== 'tag:yaml.org,2002:bool'),
  ],
};

const BARE_POWER = /power:\s*(?:On|Off)\b/;

/** Every document of the text that is not empty. Throws `YamlError`. @param kept told of each On and Off of power */
export function* yamlDocuments(text: string, kept: BareWord = () => {}): Generator<YamlDocument> {
  const hasPowerWords = BARE_POWER.test(text);
  for (const { document, lines } of compose(text)) {
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    if (hasPowerWords) keepPowerWords(document, (offset, word) => kept(lineAt(lines, offset), word));
    yield { value: toValue(document, lines), line: lineAt(lines, document.contents.range[0]) };
  }
}

/**
 * The line, from 1, of a field as API servers name it (`spec.nics[0].network`) in the document that begins on `line`:
 * of the field itself, or of the innermost part of the path that is there.
 */
export function lineOfField(text: string, line: number, field: string): number {
  const found = documentAt(text, line);
  if (found === undefined) return line;
  return lineAt(found.lines, walk(found.contents, fieldPath(field)).offset);
}

/** How a scalar field is written there, as `Off`; undefined where it is absent, in quotes, or no scalar. */
export function bareWordOfField(text: string, line: number, field: string): string | undefined {
  const found = documentAt(text, line);
  if (found === undefined) return undefined;
  const { node } = walk(found.contents, fieldPath(field));
  return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
}

function documentAt(text: string, line: number): { contents: ParsedNode; lines: LineCounter } | undefined {
  for (const { document, lines } of compose(text)) {
    const { contents } = document;
    if (contents !== null && lineAt(lines, contents.range[0]) === line) return { contents, lines };
  }
  return undefined;
}

/** `spec.disks[0].size` and `metadata.labels[a.b/c]` as keys and indexes. */
export function fieldPath(field: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (const [, key, index] of field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (key !== undefined) path.push(key);
    else if (/^\d+$/.test(index!)) path.push(Number(index));
    else path.push(index!.replace(/^"(.*)"$/, '$1'));
  }
  return path;
}

/** The innermost part of the path that is there; `node` only where it is the whole path. */
function walk(node: ParsedNode, path: readonly (string | number)[]): { node: Node | undefined; offset: number } {
  let here: Node = node;
  let offset = node.range[0];
  for (const step of path) {
    const next = child(here, step);
    if (next === undefined) return { node: undefined, offset };
    offset = next.offset;
    here = next.node;
  }
  return { node: here, offset };
}

function child(node: Node, step: string | number): { node: Node; offset: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? { node: item, offset: item.range?.[0] ?? 0 } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  if (!pair || !isScalar(pair.key)) return undefined;
  // The line that a person looks for is the key's.
  const offset = pair.key.range?.[0] ?? 0;
  return { node: isNode(pair.value) ? pair.value : pair.key, offset };
}

function* compose(text: string): Generator<{ document: Document.Parsed; lines: LineCounter }> {
  const lines = new LineCounter();
  const composer = new Composer(options);
  for (const document of composer.compose(new Parser(lines.addNewLine).parse(text))) {
    const [error] = document.errors;
    if (error !== undefined) {
      // Which key, where the reader only says that there are two.
      const which = error.code === 'DUPLICATE_KEY' ? `: ${/^[^:\s]+/.exec(text.slice(error.pos[0]))?.[0] ?? ''}` : '';
      throw new YamlError(error.message + which, lineAt(lines, error.pos[0]));
    }
    yield { document: document as Document.Parsed, lines };
  }
}

function toValue(document: Document.Parsed, lines: LineCounter): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that lead nowhere, or that multiply without end.
    let offset = document.contents?.range[0] ?? 0;
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) !== undefined) return undefined;
        offset = alias.range?.[0] ?? offset;
        return visit.BREAK;
      },
    });
    throw new YamlError((error as Error).message, lineAt(lines, offset));
  }
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

/** No field called `power` is a boolean, so a bare On or Off, a boolean to YAML 1.1, can only be the word. */
function keepPowerWords(document: Document.Parsed, kept: (offset: number, word: string) => void): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== 'power' || !isScalar(value)) return;
      const { source = '', range } = value;
      if (typeof value.value !== 'boolean' || !/^(?:On|Off)$/.test(source)) return;
      value.value = source;
      kept(range?.[0] ?? 0, source);
    },
  });
}
