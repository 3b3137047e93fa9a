import { describe, expect, it } from 'vitest';
import { SimProgress } from '../../src/programs/sim-text.ts';
import { memoryTerminal } from '../support/memory-terminal.ts';

/** Lines shown in a run of two hours, at moments of the machine's clock (ms) and of the world's (ms). */
function shown(moments: readonly (readonly [wallMs: number, elapsed: number, events: number])[]): string[] {
  const terminal = memoryTerminal();
  let now = 0;
  const progress = new SimProgress(terminal, 7200, () => now);
  for (const [wallMs, elapsed, events] of moments) {
    now = wallMs;
    for (let step = 0; step < 64; step++) progress.look({ elapsed, events });
  }
  return terminal.written.err.split('\n').slice(0, -1);
}

describe('the progress of a run', () => {
  it('tells time and events at once, and a speed when there is one to tell: that of the last seconds', () => {
    const lines = shown([
      [10_000, 0, 0],
      [20_000, 200, 1],
      [30_000, 3_600_000, 1280],
      [40_000, 5_400_000, 1300],
      [50_000, 5_405_000, 1300],
      [60_000, 5_410_000, 1300],
    ]);
    expect(lines).toEqual([
      'the world begins, 0 events',
      '0 s of 2 h (0 %), 1 event',
      '1 h of 2 h (50 %), 360 times real time, about 10 s to go, 1,280 events',
      '1 h 30 min of 2 h (75 %), 270 times real time, about 7 s to go, 1,300 events',
      '1 h 30 min of 2 h (75 %), 90 times real time, about 20 s to go, 1,300 events',
      '1 h 30 min of 2 h (75 %), 1 s in 2 s, about 59 min 40 s to go, 1,300 events',
    ]);
  });

  it('is told every ten seconds where nobody watches', () => {
    expect(
      shown([
        [5000, 1000, 0],
        [9999, 2000, 0],
        [10_000, 3000, 0],
        [15_000, 4000, 0],
      ]),
    ).toHaveLength(1);
  });
});
