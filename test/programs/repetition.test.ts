import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { Repetition, samenessOf } from '../../src/programs/repetition.ts';

const hop = () => Promise.resolve();

describe('lines that say the same', () => {
  it('are passed on five times, and counted after that', async () => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    const repetition = new Repetition(clock, (line) => lines.push(line));
    for (let i = 0; i < 100; i++) repetition.pass(`disk full at vm-${i}`, 'disk full');
    repetition.pass('something else', 'other');
    expect(lines).toHaveLength(6);
    await clock.advance(10_000, hop);
    expect(lines.at(-1)).toBe('… and 95 more lines like: disk full');
    repetition.pass('disk full again', 'disk full');
    expect(lines.at(-1)).toBe('disk full again');
    await clock.advance(10_000, hop);
    expect(lines).toHaveLength(8);
  });

  it('are told of when everything ends', () => {
    const lines: string[] = [];
    const repetition = new Repetition(new VirtualClock(), (line) => lines.push(line));
    for (let i = 0; i < 7; i++) repetition.pass('x', 'x');
    repetition.flush();
    repetition.flush();
    expect(lines.slice(5)).toEqual(['… and 2 more lines like: x']);
  });

  it('are warnings and errors that differ only in the object', () => {
    const warning = (key: string, error: string) =>
      samenessOf('controllers', JSON.stringify({ level: 'warn', time: 1, msg: 'failed', kind: 'Host', key, error }));
    expect(warning('a', 'hosts "a" not found')).toBe(warning('b', 'hosts "b" not found'));
    expect(warning('a', 'hosts "a" not found')).not.toBe(warning('a', 'no space left'));
    expect(samenessOf('up', JSON.stringify({ level: 'info', msg: 'x' }))).toBeUndefined();
    expect(samenessOf('up', '    at somewhere')).toBeUndefined();
  });
});
