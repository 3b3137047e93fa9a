import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonLines } from '../../src/client/json-lines.ts';

describe('JsonLines', () => {
  it('gives the same values however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.array(fc.nat(200)), (values, cuts) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        const lines = new JsonLines<unknown>();
        const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        const got: unknown[] = [];
        let from = 0;
        for (const to of [...places, bytes.length]) {
          if (to > from) got.push(...lines.push(bytes.subarray(from, to)));
          from = to;
        }
        expect(JSON.stringify(got)).toBe(JSON.stringify(values));
        expect(lines.isMidLine).toBe(false);
      }),
    );
  });

  it('does not cut characters of several bytes in two', () => {
    const bytes = Buffer.from('{"a":"ä€😀"}\n');
    const lines = new JsonLines<{ a: string }>();
    const got = [...bytes].flatMap((byte) => lines.push(Buffer.from([byte])));
    expect(got).toEqual([{ a: 'ä€😀' }]);
  });

  it('knows when it stopped in the middle, and refuses what is not JSON', () => {
    const lines = new JsonLines();
    expect(lines.push(Buffer.from('{"a":1}\n{"b"'))).toEqual([{ a: 1 }]);
    expect(lines.isMidLine).toBe(true);
    expect(() => lines.push(Buffer.from('}\n'))).toThrow(SyntaxError);
  });
});
