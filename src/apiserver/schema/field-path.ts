import type { SchemaNode } from './node.ts';

/** A rule's fieldPath as errors print it, or why it is none. */
export type FieldPath = { readonly path: string; readonly node: SchemaNode } | { readonly problem: string };

const NO_FIELD = 'does not refer to a valid field';
const END = 'unexpected end of JSON path';

/**
 * Reads a path of fields and map keys, such as `.spec.labels['a.b']`, and follows it through the schema
 * (ValidFieldPath in k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go).
 * @param brackets whether `['key']` may be used at all
 */
export function readFieldPath(source: string, schema: SchemaNode, brackets = true): FieldPath {
  const tokens = source.match(TOKEN) ?? [];
  let node: SchemaNode | undefined = schema;
  let path = '';
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i++]!;
    if (token !== '.' && token !== '[') return { problem: `expected [ or . but got: ${token}` };
    if (token === '[' && !brackets) return { problem: 'array notation is not allowed' };
    const next = tokens[i++];
    if (next === undefined) return { problem: END };
    const name = token === '.' ? { text: next } : unquote(next);
    if ('problem' in name) return name;
    const isField: boolean = node?.properties !== undefined;
    if (!isField && node?.additionalProperties === undefined) return { problem: NO_FIELD };
    path += isField ? `${path === '' ? '' : '.'}${name.text}` : `[${name.text}]`;
    node = isField ? node?.properties?.get(name.text) : values(node);
    if (isField && node === undefined) return { problem: NO_FIELD };
    if (token === '.') continue;
    const end = tokens[i++];
    if (end === undefined) return { problem: END };
    if (end !== ']') return { problem: `expected ] but got ${end}` };
  }
  return node === undefined ? { problem: NO_FIELD } : { path, node };
}

/** Delimiters, quoted text with its quotes, and what is between. */
const TOKEN = /[.[\]]|'(?:[^'\\]|\\[\s\S])*'|'[\s\S]*$|[^.[\]]+/g;

function values(node: SchemaNode | undefined): SchemaNode | undefined {
  return typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

function unquote(token: string): { readonly text: string } | { readonly problem: string } {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    return { problem: `expected single quoted string but got ${token}` };
  }
  let problem: string | undefined;
  const text = token.slice(1, -1).replace(/\\./g, (pair) => {
    const character = ESCAPES[pair[1]!];
    if (character === undefined) problem = `invalid string literal: invalid escape char ${pair}`;
    return character ?? '';
  });
  return problem === undefined ? { text } : { problem };
}
