/** What a plan says, for people: a table per kind, a line per object. */
import { wrap } from '../cli/help.ts';
import type { Remark } from '../runtime/plan-step.ts';

type Rows = readonly (Remark & { readonly namespace: string })[];

interface Look {
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Every VM in a line of its own. */
  readonly isWhole: boolean;
}

const WIDEST = 160;
/** What is left for words, however narrow the terminal. */
const NARROWEST = 30;
const GAP = 2;
/** More VMs than these are told by the host that they go to, and by the reason why they do not. */
const MOST_LINES = 60;
/** Heads of the columns around the figures, by kind. */
const heads: Readonly<Record<string, readonly [name: string, verdict: string, why: string]>> = {
  VirtualMachine: ['VM', 'HOST', 'WHY'],
  Host: ['HOST', 'VMS', 'STATE'],
};

export function planText(remarks: Rows, { columns, isWhole }: Look): string {
  if (remarks.length === 0) return 'nothing in the manifests asks for a decision\n';
  const severalNamespaces = new Set(remarks.map(({ namespace }) => namespace)).size > 1;
  const named = remarks.map((row) => (severalNamespaces ? { ...row, name: `${row.namespace}/${row.name}` } : row));
  const parts: string[] = [];
  for (const [kind, rows] of Map.groupBy(named, (remark) => remark.kind)) {
    const isFolded = kind === 'VirtualMachine' && rows.length > MOST_LINES && !isWhole;
    parts.push(tableOf(kind, isFolded ? folded(rows) : rows, Math.min(columns, WIDEST)));
    if (kind === 'VirtualMachine') parts.push(vmsText(rows, isFolded));
    if (kind === 'Host')
      parts.push('CONFIGURED: CPU and memory that its VMs could use at most, as shares of what it has\n');
  }
  return parts.join('\n');
}

function vmsText(rows: Rows, isFolded: boolean): string {
  const load = rows.some(({ figures = [] }) => figures.some(([, value]) => value !== ''));
  const lines = [
    counts(rows),
    ...(isFolded ? ['folded: --all has a line for each VM'] : []),
    ...(load && !isFolded ? ["CPU, MEMORY: the share of the host's that is configured once the VM has come"] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** VMs that share a host, or a reason, in one line: the first and the last of them, and how many. */
function folded(rows: Rows): Rows {
  const groups = Map.groupBy(rows, ({ namespace, verdict, why }) =>
    verdict === 'refused' ? `${namespace} ${why.split(':')[0]}` : `${namespace} on ${verdict}`,
  );
  return [...groups.values()].map((group) => {
    const [first, last] = [group[0]!, group.at(-1)!];
    const { figures: _, ...row } = first;
    if (group.length === 1) return row;
    const others = new Set(group.map(({ why }) => why)).size > 1 ? ', or the like' : '';
    return { ...row, name: `${first.name} … ${last.name} (${group.length})`, why: `${first.why}${others}` };
  });
}

function tableOf(kind: string, rows: Rows, columns: number): string {
  const [name, verdict, why] = heads[kind] ?? [kind.toUpperCase(), 'SAYS', 'WHY'];
  const figures = rows[0]?.figures ?? [];
  const lines = [
    [name, verdict, ...figures.map(([head]) => head), why],
    ...rows.map((row) => [row.name, row.verdict, ...(row.figures ?? []).map(([, value]) => value), row.why]),
  ];
  const widths = lines[0]!.slice(0, -1).map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)) + GAP);
  const left = widths.reduce((sum, width) => sum + width, 0);
  const texts = lines.flatMap((line) => {
    const cells = widths.map((width, at) => (line[at] ?? '').padEnd(width)).join('');
    const [first = '', ...rest] = wrap(line.at(-1) ?? '', Math.max(NARROWEST, columns - left));
    return [`${cells}${first}`.trimEnd(), ...rest.map((more) => ' '.repeat(left) + more)];
  });
  return `${texts.join('\n')}\n`;
}

function counts(rows: Rows): string {
  const words = new Map<string, number>();
  for (const { verdict, why } of rows) {
    const isOff = verdict === '-';
    const word = verdict === 'refused' ? 'refused' : isOff ? 'off' : why === 'runs there' ? 'running' : 'placed';
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  return [...words].map(([word, count]) => `${count} ${word}`).join(', ');
}
