import { describe, expect, it } from 'vitest';
import { withWarnings } from '../../../src/apiserver/http/headers.ts';

const lines = (warnings: readonly string[]) => (withWarnings({}, warnings)['Warning'] ?? []) as readonly string[];
const numbered = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `${index} ${'ü'.repeat(length)}`.slice(0, length));

describe('warnings in headers', () => {
  it('are said once each, quoted, as bytes of UTF-8', () => {
    expect(lines(['a "b" \\', 'x\ny', 'x\ny'])).toEqual(['299 - "a \\"b\\" \\\\"', '299 - "xy"']);
    expect(Buffer.from(lines(['日本'])[0]!, 'latin1').toString()).toBe('299 - "日本"');
  });

  it('are cut short, and some of them left out, when there are too many', () => {
    expect(lines(numbered(16, 256))).toHaveLength(16);
    const long = numbered(12, 400);
    const shown = lines(long).map((line) => Buffer.from(line, 'latin1').toString());
    expect(shown).toEqual(long.map((text) => `299 - "${text.slice(0, 256)}"`));
    expect(lines(numbered(40, 400))).toHaveLength(16);
  });
});
