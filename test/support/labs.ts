/**
 * Labs: folders of `manifests/labs` with a world, a README that asks a question, and the answer in `expected.txt`.
 *
 *     # orrery sim -f manifests/labs/NAME --for 10m          how it is run
 *     0.2    VirtualMachine web-1  VMPoweredOn  on at h1      an event: when, of whom, and words of its message
 *     never  VMRestarted                                      no event with that reason
 *     total  powerOns=1                                       of the summary
 *     end    VirtualMachine web-1  phase=Running  Ready=True/Running  metadata.generation=1
 *     end    VirtualMachine web-2  absent
 *     at 90  VirtualMachine web-1  phase=Running              as it was after 90 s
 *
 * A time is as exact as it is written. The events come in this order, and no other event has a reason that the file
 * names. Fields are of the status unless they say otherwise; a word that begins with a capital is a condition.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { loadManifests } from '../../src/cli/manifests/load.ts';
import { fidelityOf } from '../../src/hypervisor/host-models.ts';
import type { WorldEvent } from '../../src/sim/chronicle.ts';
import type { ApiImage } from '../../src/sim/disks.ts';
import type { SimReport } from '../../src/sim/report.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { root } from '../house/sources.ts';

export const labsFolder = path.join(root, 'manifests/labs');

export const labs: readonly string[] = fs
  .readdirSync(labsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

interface Line {
  readonly number: number;
  readonly when: string;
  readonly words: readonly string[];
}

export interface Expected {
  /** Arguments of `orrery sim`, of the first line. */
  readonly flags: readonly string[];
  readonly lines: readonly Line[];
}

const COMMAND = '# orrery sim ';

export function readExpected(lab: string): Expected {
  const texts = fs.readFileSync(path.join(labsFolder, lab, 'expected.txt'), 'utf8').split('\n');
  if (!texts[0]!.startsWith(COMMAND)) throw new Error(`${lab}/expected.txt does not begin with "${COMMAND}…"`);
  const lines = texts
    .map((text, index) => ({ text: text.trim(), number: index + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
    .map(({ text, number }): Line => {
      const [when = '', ...words] = text.split(/\s+/);
      return { number, when, words };
    });
  return { flags: texts[0]!.slice(COMMAND.length).trim().split(/\s+/), lines };
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function flagOf(flags: readonly string[], name: string): string | undefined {
  const at = flags.indexOf(name);
  return at < 0 ? undefined : flags[at + 1];
}

/** Runs a lab as its first line says, or for another time, or by another seed. */
export async function runLab(
  lab: string,
  image: ApiImage,
  { forSeconds, seed }: { readonly forSeconds?: number; readonly seed?: number } = {},
): Promise<SimReport> {
  const { flags } = readExpected(lab);
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(flagOf(flags, '--for') ?? '') ?? [];
  const fidelity = fidelityOf(flagOf(flags, '--fidelity') ?? 'entitlement');
  if (typeof fidelity === 'string') throw new Error(fidelity);
  const simulation = new Simulation({
    manifests: await loadManifests([flagOf(flags, '-f')!], { folder: root, readInput: async () => '' }),
    seed: seed ?? Number(flagOf(flags, '--seed') ?? 1),
    forMs: forSeconds === undefined ? Number(count) * unitMs[unit]! : forSeconds * 1000,
    fidelity,
    image,
    complain: (line) => {
      throw new Error(line);
    },
  });
  await simulation.run();
  return simulation.report();
}

/** Of the bytes that `orrery sim -o json` would print. */
export function hashOf(report: SimReport): string {
  return createHash('sha256')
    .update(JSON.stringify(report, null, 2))
    .digest('hex');
}

/** The times, in seconds, at which a lab says how things are. */
export function momentsOf({ lines }: Expected): number[] {
  return [...new Set(lines.filter(({ when }) => when === 'at').map(({ words }) => Number(words[0])))];
}

/** In what the world, as it was after so many seconds, differs from what the lab expects. */
export function differencesAt({ lines }: Expected, seconds: number, report: SimReport): string[] {
  return lines
    .filter(({ when, words }) => when === 'at' && Number(words[0]) === seconds)
    .flatMap((line) => stateDifferences({ ...line, when: 'end', words: line.words.slice(1) }, report));
}

/** Everything in which a report differs from what the lab expects, a line each. */
export function differences({ lines }: Expected, report: SimReport): string[] {
  const isEvent = ({ when }: Line) => /^\d/.test(when);
  const state = lines
    .filter((line) => !isEvent(line) && line.when !== 'at')
    .flatMap((line) => stateDifferences(line, report));
  const events = lines.filter(isEvent);
  const reasons = new Set(events.map(({ words }) => words[2]));
  const happened = report.events.filter(({ reason }) => reasons.has(reason));
  const found: string[] = [];
  for (let at = 0; at < Math.max(events.length, happened.length); at++) {
    const [line, event] = [events[at], happened[at]];
    if (line !== undefined && event !== undefined && isSame(line, event)) continue;
    const told = event === undefined ? 'nothing' : eventText(event);
    const wanted = line === undefined ? 'nothing' : `line ${line.number}, ${[line.when, ...line.words].join(' ')}`;
    found.push(`${wanted}: but there was: ${told}`);
  }
  return [...found, ...state];
}

function isSame({ when, words: [kind, name, reason, ...text] }: Line, event: WorldEvent): boolean {
  const decimals = when.split('.')[1]?.length ?? 0;
  const isThen = Math.abs(event.atSeconds - Number(when)) <= 0.5 * 10 ** -decimals + 1e-9;
  const isIt = event.kind === kind && event.name === name && event.reason === reason;
  return isThen && isIt && event.message.includes(text.join(' '));
}

const eventText = ({ atSeconds, kind, name, reason, message }: WorldEvent) =>
  `${atSeconds} ${kind} ${name} ${reason} ${message}`;

function stateDifferences({ number, when, words }: Line, report: SimReport): string[] {
  const at = `line ${number}, ${[when, ...words].join(' ')}`;
  if (when === 'never') {
    return report.events.filter(({ reason }) => reason === words[0]).map((event) => `${at}: but ${eventText(event)}`);
  }
  if (when === 'total') return fieldDifferences(at, report.summary, words);
  if (when !== 'end') return [`${at}: a line begins with seconds, never, total, at or end`];
  const [kind, name, ...fields] = words;
  const item = report.objects.items.find((one) => one.kind === kind && one.metadata.name === name);
  if (fields[0] === 'absent') return item === undefined ? [] : [`${at}: but there is one`];
  return item === undefined ? [`${at}: but there is none`] : fieldDifferences(at, item, fields);
}

function fieldDifferences(at: string, object: object, fields: readonly string[]): string[] {
  if (fields.length === 0) return [`${at}: says nothing`];
  return fields.flatMap((field) => {
    const [, name, sign, wanted] = /^([\w.[\]-]+)(=|>|<)(.*)$/.exec(field) ?? [];
    if (name === undefined || wanted === undefined) return [`${at}: ${field} is not a field=value`];
    const found = textOf(object, name);
    const holds = sign === '=' ? found === wanted : sign === '>' ? +found > +wanted : +found < +wanted;
    return holds ? [] : [`${at}: but ${name} is ${found}`];
  });
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; status: string; reason: string }[] };
}

/** Quantities as bytes, lists as their length, conditions as `True/Reason`. */
function textOf(object: object, name: string): string {
  if (/^[A-Z]/.test(name)) {
    const found = (object as Conditioned).status?.conditions?.find(({ type }) => type === name);
    return found === undefined ? 'absent' : `${found.status}/${found.reason}`;
  }
  const isWhole = /^(metadata|spec|status)\./.test(name) || !('status' in object);
  let value: unknown = isWhole ? object : object.status;
  for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return String(value.length);
  const [, count, unit] = /^(\d+)(Ki|Mi|Gi)$/.exec(String(value)) ?? [];
  if (count === undefined) return String(value);
  return String(Number(count) * { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit as 'Ki' | 'Mi' | 'Gi']);
}
