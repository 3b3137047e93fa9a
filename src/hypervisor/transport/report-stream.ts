import type { Writable } from 'node:stream';
import type { Report } from '../backend.ts';

/** Occurrences that a reader may be behind by before it is given up. */
const MOST_OCCURRENCES = 100_000;

/**
 * Reports as lines on one connection. While the reader is slower than the world, only the latest report of each noun
 * waits for it; occurrences all do.
 */
export class ReportStream {
  readonly #out: Writable;
  readonly #lines: LineCache;
  readonly #waiting = new Map<string, string>();
  #isBlocked = false;
  #occurrences = 0;

  constructor(out: Writable, lines: LineCache) {
    this.#out = out;
    this.#lines = lines;
    out.on('drain', () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  /** False when the reader is hopelessly behind. */
  send(reports: readonly Report[]): boolean {
    for (const report of reports) {
      const key = this.#keyOf(report);
      // Deleted first, so that what waits stays in the order of its last change.
      this.#waiting.delete(key);
      this.#waiting.set(key, this.#lines.of(report));
    }
    if (!this.#isBlocked) this.#flush();
    return this.#occurrences <= MOST_OCCURRENCES;
  }

  /** Says that this side is alive. */
  beat(): void {
    if (!this.#isBlocked) this.#isBlocked = !this.#out.write('\n');
  }

  #flush(): void {
    if (this.#waiting.size === 0) return;
    const text = [...this.#waiting.values()].join('');
    this.#waiting.clear();
    this.#occurrences = 0;
    this.#isBlocked = !this.#out.write(text);
  }

  #keyOf(report: Report): string {
    switch (report.kind) {
      case 'Machine':
        return `Machine/${report.namespace}/${report.uid}`;
      case 'Host':
      case 'Datastore':
      case 'Network':
        return `${report.kind}/${report.namespace}/${report.name}`;
      case 'Gone':
        return `${report.of}/${report.namespace}/${report.id}`;
      case 'Occurrence':
        return `Occurrence/${this.#occurrences++}`;
      case 'Synced':
        return 'Synced';
    }
  }
}

/** Each report as a line of JSON, written out once however many read it. */
export class LineCache {
  readonly #lines = new WeakMap<Report, string>();

  of(report: Report): string {
    let line = this.#lines.get(report);
    if (line === undefined) {
      line = `${JSON.stringify(report)}\n`;
      this.#lines.set(report, line);
    }
    return line;
  }
}
