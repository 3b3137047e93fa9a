import type {
  Broken,
  Call,
  Comprehension,
  Expression,
  Identifier,
  ListLiteral,
  Literal,
  MapLiteral,
  Select,
} from './expression.ts';
import type { Value } from './value.ts';

/** Makes nodes of the tree, giving each its number in the order in which cel-go does. */
export class NodeFactory {
  #last = 0;

  nextId(): number {
    return ++this.#last;
  }

  literal(offset: number, value: Value): Literal {
    return { kind: 'literal', id: this.nextId(), offset, value };
  }

  ident(offset: number, name: string): Identifier {
    return { kind: 'ident', id: this.nextId(), offset, name };
  }

  select(offset: number, operand: Expression, field: string, isTest = false): Select {
    return { kind: 'select', id: this.nextId(), offset, operand, field, isTest };
  }

  call(offset: number, name: string, args: readonly Expression[], target?: Expression, id = this.nextId()): Call {
    return { kind: 'call', id, offset, name, target, args };
  }

  list(offset: number, elements: readonly Expression[], optional: ReadonlySet<number> = NO_INDICES): ListLiteral {
    return { kind: 'list', id: this.nextId(), offset, elements, optional };
  }

  map(offset: number): MapLiteral {
    return { kind: 'map', id: this.nextId(), offset, entries: [] };
  }

  comprehension(offset: number, parts: Omit<Comprehension, 'kind' | 'id' | 'offset'>): Comprehension {
    return { kind: 'comprehension', id: this.nextId(), offset, ...parts };
  }

  broken(offset: number): Broken {
    return { kind: 'broken', id: this.nextId(), offset };
  }

  /** The same expression again, with numbers of its own. */
  copy(node: Expression): Expression {
    const id = this.nextId();
    const again = (inner: Expression) => this.copy(inner);
    switch (node.kind) {
      case 'select':
        return { ...node, id, operand: again(node.operand) };
      case 'call': {
        const args = node.args.map(again);
        return { ...node, id, args, target: node.target === undefined ? undefined : again(node.target) };
      }
      case 'list':
        return { ...node, id, elements: node.elements.map(again) };
      case 'map': {
        const entries = node.entries.map((entry) => {
          const entryId = this.nextId();
          return { ...entry, id: entryId, key: again(entry.key), value: again(entry.value) };
        });
        return { ...node, id, entries };
      }
      case 'struct':
        return {
          ...node,
          id,
          fields: node.fields.map((field) => ({ ...field, id: this.nextId(), value: again(field.value) })),
        };
      case 'comprehension':
        return {
          ...node,
          id,
          range: again(node.range),
          start: again(node.start),
          condition: again(node.condition),
          step: again(node.step),
          result: again(node.result),
        };
      default:
        return { ...node, id };
    }
  }
}

const NO_INDICES: ReadonlySet<number> = new Set();

/** One thing wrong with a source: where (in code points, -1 for nowhere) and what. */
export interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** At most so many are shown. */
const SHOWN_ISSUES = 100;
const SNIPPET_LIMIT = 16_384;

/** Issues as cel-go prints them, each with its line and a caret. */
export function printIssues(source: string, issues: readonly Issue[]): string {
  const runes = Array.from(source);
  const starts = lineStarts(runes);
  const located = issues.slice(0, SHOWN_ISSUES).map((issue) => ({ issue, ...locate(starts, issue.offset) }));
  located.sort((a, b) => a.line - b.line || a.column - b.column);
  const texts = located.map(({ issue, line, column }) => {
    const head = `ERROR: <input>:${line}:${column + 1}: ${issue.message}`;
    const start = starts[line - 1];
    if (start === undefined || runes.length === 0) return head;
    const end = starts[line] === undefined ? runes.length : starts[line]! - 1;
    const snippet = runes.slice(start, end).map((rune) => (rune === '\t' ? ' ' : rune));
    if (Buffer.byteLength(snippet.join('')) > SNIPPET_LIMIT) return head;
    const dots = snippet.slice(0, Math.max(column, 0)).map((rune) => (isWide(rune) ? '\uff0e' : '.'));
    const caret = isWide(snippet[column]) ? '\uff3e' : '^';
    return `${head}\n | ${snippet.join('')}\n | ${dots.join('')}${caret}`;
  });
  if (issues.length > SHOWN_ISSUES) texts.push(`${issues.length - SHOWN_ISSUES} more errors were truncated`);
  return texts.join('\n');
}

function isWide(rune: string | undefined): boolean {
  return rune !== undefined && rune.codePointAt(0)! >= 0x80;
}

function lineStarts(runes: readonly string[]): number[] {
  const starts = [0];
  runes.forEach((rune, index) => {
    if (rune === '\n') starts.push(index + 1);
  });
  return starts;
}

/** Lines count from 1, columns from 0; what is nowhere is at line -1. */
function locate(starts: readonly number[], offset: number): { line: number; column: number } {
  if (offset < 0) return { line: -1, column: -1 };
  let line = starts.length;
  while (starts[line - 1]! > offset) line--;
  return { line, column: offset - starts[line - 1]! };
}
