import type { Checked } from '../checked.ts';
import { type Call, childrenOf, type Expression } from '../expression.ts';
import type { Issue } from '../syntax.ts';
import { DYN, type Type, type TypeKind } from '../type.ts';
import { EvaluationError } from '../value.ts';
import { type ClauseKind, fillFormat, WRONG_ARGUMENT } from './format.ts';

const PRINTABLE: readonly TypeKind[] = [
  'list',
  'map',
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'timestamp',
  'bytes',
  'duration',
  'type',
  'null',
];

const ALLOWED: Readonly<Record<ClauseKind, readonly TypeKind[]>> = {
  string: PRINTABLE,
  decimal: ['int', 'uint'],
  fixed: ['double', 'string'],
  scientific: ['double', 'string'],
  binary: ['int', 'uint', 'bool'],
  hex: ['int', 'uint', 'string', 'bytes'],
  octal: ['int', 'uint'],
};

/** What is wrong with calls of `format` that have everything written out (cel-go, ext/formatting.go). */
export function formatIssues(expression: Expression, checked: Checked): Issue[] {
  const issues: Issue[] = [];
  const visit = (node: Expression): void => {
    if (node.kind === 'call') checkFormat(node, checked, issues);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return issues;
}

function checkFormat(node: Call, checked: Checked, issues: Issue[]): void {
  const { target, args } = node;
  if (node.name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string') return;
  const [list] = args;
  if (args.length !== 1 || list?.kind !== 'list') return;
  const { elements } = list;
  const typeOf = (element: Expression): Type => checked.types.get(element.id) ?? DYN;
  let used = 0;
  let at: Expression = node;
  try {
    fillFormat(target.value, { count: elements.length, endsFirst: true }, ({ kind }, index) => {
      const element = elements[index]!;
      used++;
      const wrong =
        kind === 'string' ? unprintable(element, typeOf) : allows(kind, typeOf(element)) ? undefined : element;
      if (wrong === undefined) return '';
      at = wrong;
      throw new EvaluationError(`error during formatting: ${WRONG_ARGUMENT[kind]}${typeOf(wrong).name}`);
    });
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    issues.push({ offset: at.offset, message: error.message });
    return;
  }
  if (elements.length > used) {
    const counts = `(expected ${used}, got ${elements.length})`;
    issues.push({ offset: node.offset, message: `too many arguments supplied to string.format ${counts}` });
  }
}

function allows(kind: ClauseKind, type: Type): boolean {
  return type.kind === 'dyn' || ALLOWED[kind].includes(type.kind);
}

/** The first part of a value, in the order of the source, that cannot be printed. */
function unprintable(node: Expression, typeOf: (node: Expression) => Type): Expression | undefined {
  if (!allows('string', typeOf(node))) return node;
  const parts = node.kind === 'list' || node.kind === 'map' ? childrenOf(node) : [];
  for (const part of parts) {
    const wrong = unprintable(part, typeOf);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
