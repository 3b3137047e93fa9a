import type { Terminal } from '../../src/cli/terminal.ts';

export interface MemoryTerminal extends Terminal {
  readonly written: { out: string; err: string };
}

/** A terminal that remembers what was written; `input` is what comes on standard input. */
export function memoryTerminal(options: Partial<Terminal> & { input?: string } = {}): MemoryTerminal {
  const { input = '', ...rest } = options;
  const written = { out: '', err: '' };
  return {
    written,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    isInteractive: false,
    hasColour: false,
    columns: 80,
    env: {},
    folder: '/',
    readInput: async () => input,
    ask: async () => undefined,
    ...rest,
  };
}
