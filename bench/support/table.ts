/** A figure of a table: what was measured, beside what it is held against. */
export interface Figure {
  readonly what: string;
  /** How good it is: above 1 is better than what it is compared with. */
  readonly ratio?: number | undefined;
  readonly measured: string;
  /** What it is compared with: a goal, or a baseline of the same run. */
  readonly against?: string | undefined;
}

/** Prints a title and the figures under it, the ratios first. */
export function printTable(title: string, figures: readonly Figure[]): void {
  const rows = figures.map(({ what, ratio, measured, against = '' }) => [
    ratio === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 2 : 0)} x`,
    measured,
    against,
    what,
  ]);
  const all = [['ratio', 'measured', 'against', 'what'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => {
    const [ratio, measured, against] = widths.map((width, column) => row[column]!.padStart(width));
    return `${ratio}  ${measured}  ${against}  ${row[3]}`;
  });
  console.log(`\n${title}\n${lines.join('\n')}`);
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}
