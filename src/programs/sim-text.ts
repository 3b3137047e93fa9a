/** What `orrery sim` shows to a person: how far it is, and what came of it. */
import { HOUR, MINUTE, SECOND } from '../base/units.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { SimReport } from '../sim/report.ts';
import type { Simulation } from '../sim/simulation.ts';

/** Between two looks at the machine's clock, in steps. */
const STEPS = 64;
const TERMINAL_MS = 200;
const PLAIN_MS = 10_000;
/** A speed that was measured over less says nothing: a world's first seconds are its busiest. */
const MEASURED_MS = 2000;

/** How far a run is at a moment of the machine's clock. */
interface Mark {
  readonly wallMs: number;
  readonly elapsed: number;
}

/** Simulated time, speed, events: on a terminal in one line, elsewhere now and then as a plain one. */
export class SimProgress {
  readonly #terminal: Terminal;
  readonly #forMs: number;
  readonly #now: () => number;
  readonly #started: number;
  #toldAt: number;
  #steps = 0;
  #isShown = false;
  /** Speed is measured from the older to the present; they follow each other so that it is that of the last seconds. */
  #marks: readonly [Mark, Mark] | undefined;

  /**
   * @param forSeconds how long the world is to run
   * @param now milliseconds of the machine's clock
   */
  constructor(terminal: Terminal, forSeconds: number, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#forMs = forSeconds * SECOND;
    this.#now = now;
    this.#started = now();
    this.#toldAt = this.#started;
  }

  /** Milliseconds that the run has taken so far. */
  get wallMs(): number {
    return this.#now() - this.#started;
  }

  look(simulation: Pick<Simulation, 'elapsed' | 'events'>): void {
    if (++this.#steps % STEPS !== 0) return;
    const { isInteractive } = this.#terminal;
    const now = this.#now();
    if (now - this.#toldAt < (isInteractive ? TERMINAL_MS : PLAIN_MS)) return;
    this.#toldAt = now;
    const { elapsed, events } = simulation;
    const percent = Math.min(100, (100 * elapsed) / this.#forMs).toFixed(0);
    const speed = this.#speed({ wallMs: now, elapsed });
    const parts = [
      elapsed <= 0 ? 'the world begins' : `${span(elapsed)} of ${span(this.#forMs)} (${percent} %)`,
      ...(speed === undefined ? [] : [speedText(speed), `about ${span((this.#forMs - elapsed) / speed)} to go`]),
      `${number(events)} ${events === 1 ? 'event' : 'events'}`,
    ];
    const line = parts.join(', ');
    this.#terminal.err(isInteractive ? `\r\u001b[K${line}` : `${line}\n`);
    this.#isShown = isInteractive;
  }

  end(): void {
    if (this.#isShown) this.#terminal.err('\r\u001b[K');
  }

  /** Simulated per real time, of the last seconds; undefined as long as nobody knows. */
  #speed(mark: Mark): number | undefined {
    if (mark.elapsed <= 0) return undefined;
    this.#marks ??= [mark, mark];
    const [older, newer] = this.#marks;
    if (mark.wallMs - newer.wallMs >= MEASURED_MS) this.#marks = [newer, mark];
    const wallMs = mark.wallMs - older.wallMs;
    const passed = mark.elapsed - older.elapsed;
    return wallMs < MEASURED_MS || passed <= 0 ? undefined : passed / wallMs;
  }
}

function speedText(speed: number): string {
  if (speed < 0.95) return `1 s in ${figure(Number((1 / speed).toPrecision(2)))} s`;
  return `${speed < 10 ? figure(Number(speed.toPrecision(2))) : number(speed)} times real time`;
}

/** The report for a person. */
export function simText(
  report: SimReport,
  { wallMs, isInterrupted }: { wallMs: number; isInterrupted: boolean },
): string {
  const { summary, objects, events, violations, seed, fidelity, digest } = report;
  const elapsed = Date.parse(report.end) - Date.parse(report.start);
  const { items } = objects;
  const kinds = Map.groupBy(items, ({ kind }) => kind);
  const what = ['Host', 'VirtualMachine'].map((kind) => several(kinds.get(kind)?.length ?? 0, kind));
  const rows: [string, string][] = [
    ['energy', `${figure(summary.energyKilowattHours)} kWh in ${figure(summary.hostHoursOn)} host hours`],
    ['starts', `${number(summary.powerOns)}, of which ${number(summary.restarts)} after a failure`],
    ['lost', `${figure(summary.vmSecondsLost)} VM seconds`],
    ['migrations', number(summary.migrations)],
    [
      'SLA',
      `SLATAH ${figure(summary.slatahPercent)} %, PDM ${figure(summary.pdmPercent)} %, ESV ${figure(summary.esv)}`,
    ],
    ['VMs', phases(kinds.get('VirtualMachine') ?? [])],
    ['events', counted(events.map(({ reason }) => reason))],
    ['digest', digest],
    ['violations', violations.length === 0 ? 'none' : number(violations.length)],
  ];
  const head = `${span(elapsed)} of ${what.join(' and ')} in ${(wallMs / SECOND).toFixed(1)} s, seed ${seed}, fidelity ${fidelity}`;
  return [
    isInterrupted ? `${head} (interrupted)` : head,
    ...rows.map(([name, text]) => `  ${name.padEnd(12)}${text}`),
    ...violations
      .slice(0, 20)
      .map(({ atSeconds, invariant, message }) => `    ${atSeconds} s ${invariant}: ${message}`),
    '',
  ].join('\n');
}

const words: Readonly<Record<string, string>> = { Host: 'host', VirtualMachine: 'VM' };
const several = (count: number, kind: string) => `${number(count)} ${words[kind]}${count === 1 ? '' : 's'}`;

function phases(vms: readonly object[]): string {
  return counted(vms.map((vm) => (vm as { status?: { phase?: string } }).status?.phase ?? 'Unseen')) || 'none';
}

/** `12 VMPoweredOn, 3 VMReset`: the most frequent first. */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([word, count]) => `${number(count)} ${word}`)
    .join(', ');
}

/** Four digits that count. */
const figure = (value: number) => (value === 0 ? '0' : Number(value.toPrecision(4)).toString());

/** With commas between the thousands. */
function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 d 2 h`, `90 s`. */
function span(ms: number): string {
  const days = Math.floor(ms / (24 * HOUR));
  const hours = Math.floor((ms % (24 * HOUR)) / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const seconds = Math.round((ms % MINUTE) / SECOND);
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [seconds, 's'],
  ] as const;
  return (
    parts
      .filter(([n]) => n > 0)
      .slice(0, 2)
      .map(([n, unit]) => `${n} ${unit}`)
      .join(' ') || '0 s'
  );
}
