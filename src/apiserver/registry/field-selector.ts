/** Field selectors: apimachinery, pkg/fields, whose grammar and messages these are. */
import type { AnyObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';

export interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** The fields by which a kind can be selected, each with how its value is read ('' when it is absent). */
export type SelectableFields = ReadonlyMap<string, (object: AnyObject) => string>;

export interface FieldSelector {
  readonly terms: readonly FieldTerm[];
  matches(object: AnyObject): boolean;
  /** The value that `field` must have, when the selector names one. */
  required(field: string): string | undefined;
}

/** Every kind can be selected by these. */
export const metadataFields: SelectableFields = new Map([
  ['metadata.name', (object: AnyObject) => object.metadata.name ?? ''],
  ['metadata.namespace', (object: AnyObject) => object.metadata.namespace ?? ''],
]);

/** What an unknown field is answered with by kinds that have fields of their own. */
export const unsupportedField = (field: string) => `field label not supported: ${field}`;

/**
 * Reads a selector; undefined when it selects everything.
 * @param refusal what an unknown field is answered with
 */
export function parseFieldSelector(
  text: string,
  fields: SelectableFields,
  refusal: (field: string) => string = unsupportedField,
): FieldSelector | undefined {
  const terms = splitTerms(text)
    .sort()
    .filter((part) => part !== '')
    .map((part) => parseTerm(text, part));
  const known = terms.map((term) => {
    const read = fields.get(term.field);
    if (read === undefined) throw badRequest(refusal(term.field));
    return { ...term, read };
  });
  if (known.length === 0) return undefined;
  return {
    terms,
    matches: (object) => known.every(({ read, equal, value }) => (read(object) === value) === equal),
    required: (field) => terms.find((term) => term.equal && term.field === field)?.value,
  };
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(whole: string, part: string): FieldTerm {
  const match = /^([^=]*?)(!=|==|=)([\s\S]*)$/.exec(part);
  if (match === null) throw badRequest(`invalid selector: '${whole}'; can't understand '${part}'`);
  const [, field = '', operator, value = ''] = match;
  return { field, equal: operator !== '!=', value: unescapeValue(value) };
}

function unescapeValue(value: string): string {
  let plain = '';
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!;
    if (char === '\\') {
      const next = value[++i];
      if (next === undefined) throw badRequest('invalid field selector: invalid escape sequence: \\');
      if (!'\\,='.includes(next)) throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      plain += next;
    } else if (char === ',' || char === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    } else plain += char;
  }
  return plain;
}
