import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences, differencesAt, labs, labsFolder, momentsOf, readExpected, runLab } from '../support/labs.ts';
import { sharedImage } from '../support/simulate.ts';

describe('the labs', () => {
  it('are there', () => {
    expect(labs.length).toBeGreaterThanOrEqual(9);
  });

  it.each(labs)('%s goes as it says', async (lab) => {
    const report = await runLab(lab, await sharedImage());
    const expected = readExpected(lab);
    expect(differences(expected, report)).toEqual([]);
    expect(report.violations).toEqual([]);
    for (const seconds of momentsOf(expected)) {
      const then = await runLab(lab, await sharedImage(), { forSeconds: seconds });
      expect(differencesAt(expected, seconds, then)).toEqual([]);
    }
  });

  it.each(labs)('%s asks its question in five lines, and says how it is run', (lab) => {
    const lines = fs
      .readFileSync(path.join(labsFolder, lab, 'README.md'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^# .*\?$/);
    expect(lines[4]).toContain(`orrery -- sim ${readExpected(lab).flags.join(' ')}\``);
    expect(readExpected(lab).flags).toContain(`manifests/labs/${lab}`);
  });

  it('are read closely: a wrong time, word, order, field or an event too many is found', async () => {
    const report = await runLab('first-rack', await sharedImage());
    const { flags, lines } = readExpected('first-rack');
    const without = (number: number) => lines.filter((line) => line.number !== number);
    const changed = (from: string, to: string) =>
      lines.map((line) => ({
        ...line,
        when: line.when.replace(from, to),
        words: line.words.map((w) => w.replace(from, to)),
      }));
    const wrong = (wrongLines: typeof lines) => differences({ flags, lines: wrongLines }, report).length;
    expect(wrong(lines)).toBe(0);
    expect(wrong(without(lines[0]!.number))).toBeGreaterThan(0);
    const changes = [
      ['0.200', '0.201'],
      ['web-2', 'web-9'],
      ['powerOns=3', 'powerOns=4'],
      ['host=h2', 'host=h1'],
      ['True/InService', 'False/InService'],
      ['VMPoweredOff', 'VMPoweredOn'],
    ] as const;
    const unnoticed = changes.filter(([from, to]) => wrong(changed(from, to)) === 0);
    expect(unnoticed).toEqual([]);
  });
});
