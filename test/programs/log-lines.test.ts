import { describe, expect, it } from 'vitest';
import { LineCutter, readableLine } from '../../src/programs/log-lines.ts';
import { createLogger } from '../../src/programs/logging.ts';

const plain = { prefix: 'controllers ', hasColour: false };
const at = new Date(2026, 10, 23, 7, 5, 9).getTime();
const line = (fields: object) =>
  readableLine(JSON.stringify({ level: 'info', time: at, program: 'controllers', ...fields }), plain);

describe('a log record as people read it', () => {
  it('is the time, the program, the message, the fields', () => {
    expect(line({ vm: 'web-1', host: 'h1', score: 0.5, text: 'two words', list: [1], msg: 'placed' })).toBe(
      '07:05:09 controllers placed  vm=web-1  host=h1  score=0.5  text="two words"  list=[1]',
    );
  });

  it('says the level when it is not the usual one', () => {
    expect(line({ level: 'warn', msg: 'slow' })).toBe('07:05:09 controllers WARN slow');
    expect(readableLine(JSON.stringify({ level: 'error', time: at, msg: 'x' }), { prefix: '', hasColour: true })).toBe(
      '07:05:09 \u001b[31mERROR x\u001b[0m',
    );
  });

  it('shows where an error came from, and of what was warned about only the message', () => {
    const err = { type: 'Error', message: 'refused', stack: 'Error: refused\n    at here' };
    expect(line({ level: 'error', msg: 'failed', err })).toBe(
      '07:05:09 controllers ERROR failed  \nError: refused\n    at here',
    );
    expect(line({ level: 'warn', msg: 'failed', err })).toBe('07:05:09 controllers WARN failed  (refused)');
  });

  it('cuts a value that is too long', () => {
    expect(line({ msg: 'm', value: 'x'.repeat(5000) })).toMatch(/value=x{300}…$/);
  });

  it('leaves alone what is no record', () => {
    for (const text of ['plain text', '{"level":"info",', '{"other": 1}', '']) {
      expect(readableLine(text, plain)).toBe(`controllers ${text}`);
    }
  });
});

describe('a logger', () => {
  const written = (format: 'text' | 'json', level = 'info') => {
    let text = '';
    const logger = createLogger({ program: 'p', level, format, hasColour: false, write: (line) => (text += line) });
    logger.debug({}, 'hidden');
    logger.child({ controller: 'drs' }).info({ vm: 'a' }, 'moved');
    return text;
  };

  it('writes one JSON object per line for machines', () => {
    const record = JSON.parse(written('json'));
    expect(record).toMatchObject({ level: 'info', program: 'p', controller: 'drs', vm: 'a', msg: 'moved' });
    expect(Object.keys(record)).not.toContain('hostname');
  });

  it('writes words for people', () => {
    expect(written('text')).toMatch(/^\d\d:\d\d:\d\d moved {2}controller=drs {2}vm=a\n$/);
  });

  it('keeps to its level', () => {
    expect(written('text', 'debug')).toContain('debug hidden');
    expect(written('text', 'silent')).toBe('');
  });
});

describe('a line cutter', () => {
  it('gives out whole lines, and what is left at the end', () => {
    const lines: string[] = [];
    const cutter = new LineCutter((line) => lines.push(line));
    for (const part of ['a', 'b\nc', '\n\nd']) cutter.push(part);
    expect(lines).toEqual(['ab', 'c', '']);
    cutter.end();
    cutter.end();
    expect(lines).toEqual(['ab', 'c', '', 'd']);
  });
});
