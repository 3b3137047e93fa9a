import { parseAddress } from './ip-address.ts';

const ATEXT = "[!#$%&'*+\\-/0-9=?A-Z^_`a-z{|}~\\u{80}-\\u{10FFFF}]";
const DOT_ATOM = new RegExp(`^${ATEXT}+(\\.${ATEXT}+)*`, 'u');
const LOOSE_ATOM = new RegExp(`^(${ATEXT}|\\.)+`, 'u');
const QUOTED = /^"((?:[\t !#-[\]-~\u{80}-\u{10FFFF}]|\\[\t -~\u{80}-\u{10FFFF}])*)"/u;

/**
 * Whether the text is one address as Go's net/mail.ParseAddress reads it (RFC 5322, with comments and display names:
 * `Gogh Fir <gf@example.com>`).
 */
export function isMailAddress(text: string): boolean {
  const rest = mailbox(text.replace(/^[ \t]+/, ''));
  if (rest === undefined) return false;
  return skipComments(rest) === '';
}

/** What follows the mailbox at the start of the text, or undefined when there is none. */
function mailbox(text: string): string | undefined {
  const afterSpec = addressSpec(text);
  if (afterSpec !== undefined) return afterSpec;
  if (text === '') return undefined;
  let rest: string | undefined = text;
  if (!text.startsWith('<')) rest = phrase(text);
  rest = rest?.replace(/^[ \t]+/, '');
  if (rest === undefined) return undefined;
  if (rest.startsWith(':')) return group(rest.slice(1));
  if (!rest.startsWith('<')) return undefined;
  const inner = addressSpec(rest.slice(1));
  return inner?.startsWith('>') ? inner.slice(1) : undefined;
}

/** A group is accepted where it holds exactly one address. */
function group(text: string): string | undefined {
  const inner = text.replace(/^[ \t]+/, '');
  if (inner.startsWith(';')) return undefined;
  const after = addressSpec(inner) ?? mailbox(inner);
  const rest = after === undefined ? undefined : skipComments(after);
  if (rest === undefined || !rest.startsWith(';')) return undefined;
  return rest.slice(1);
}

function addressSpec(text: string): string | undefined {
  const start = text.replace(/^[ \t]+/, '');
  const quoted = start.startsWith('"') ? QUOTED.exec(start) : null;
  const local = start.startsWith('"') ? quoted : strictAtom(start);
  if (local === null || (quoted !== null && quoted[1] === '')) return undefined;
  let rest = start.slice(local[0].length);
  if (!rest.startsWith('@')) return undefined;
  rest = rest.slice(1).replace(/^[ \t]+/, '');
  if (rest.startsWith('[')) {
    const end = rest.indexOf(']');
    if (end < 0 || typeof parseAddress(rest.slice(1, end)) === 'string') return undefined;
    return rest.slice(end + 1);
  }
  const domain = strictAtom(rest);
  return domain === null ? undefined : rest.slice(domain[0].length);
}

/** An atom with dots must use them singly and inside, and must reach as far as a loose one would. */
function strictAtom(text: string): RegExpExecArray | null {
  const strict = DOT_ATOM.exec(text);
  const loose = LOOSE_ATOM.exec(text);
  return strict !== null && loose !== null && strict[0].length === loose[0].length ? strict : null;
}

function phrase(text: string): string | undefined {
  let rest = text;
  let words = 0;
  for (;;) {
    if (words > 0) {
      const skipped = skipComments(rest);
      if (skipped === undefined) return undefined;
      rest = skipped;
    }
    rest = rest.replace(/^[ \t]+/, '');
    const word = rest.startsWith('"') ? QUOTED.exec(rest) : LOOSE_ATOM.exec(rest);
    if (word === null) return words > 0 ? rest : undefined;
    rest = rest.slice(word[0].length);
    words++;
  }
}

/** The text without leading blanks and comments, or undefined when a comment does not end. */
function skipComments(text: string): string | undefined {
  let rest = text.replace(/^[ \t]+/, '');
  while (rest.startsWith('(')) {
    let depth = 0;
    let index = 0;
    do {
      const char = rest[index];
      if (char === undefined) return undefined;
      if (char === '\\') index++;
      else if (char === '(') depth++;
      else if (char === ')') depth--;
      index++;
    } while (depth > 0);
    rest = rest.slice(index).replace(/^[ \t]+/, '');
  }
  return rest;
}
