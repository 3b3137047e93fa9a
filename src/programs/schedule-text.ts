/** What is shorter than this stands on one line: a vCPU's counters, a decision, a sample. */
const WIDEST = 320;

/**
 * A report as JSON that people can read and compare with diff: whatever fits a line is one, the rest is indented.
 */
export function reportText(report: object): string {
  return `${text(report, '')}\n`;
}

function text(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || (line.length <= WIDEST && isFlat(value))) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return block(
      '[',
      ']',
      value.map((entry) => inner + text(entry, inner)),
      indent,
    );
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const lines = members.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${text(member, inner)}`);
  return block('{', '}', lines, indent);
}

function block(open: string, close: string, lines: readonly string[], indent: string): string {
  return lines.length === 0 ? open + close : `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/** Objects in objects are one level deep at most. */
function isFlat(value: object): boolean {
  const isPlain = (member: unknown) => typeof member !== 'object' || member === null;
  return Object.values(value).every((member) => isPlain(member) || Object.values(member).every(isPlain));
}
