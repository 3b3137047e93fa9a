import { describe, expect, it } from 'vitest';
import { esx, SECOND, sumOf, vm } from './esx.ts';
import { bursts, MS } from './suite.ts';

/* What a limited machine may save up is 100 ms at its limit, however long it has used less. */

const SAVED = 100 * MS;

describe('a limit', () => {
  it('holds for one that begins after a long rest', () => {
    const scheduler = esx(1);
    const id = vm(scheduler, 1, { limitMHz: 1000 });
    scheduler.pauseMachine(id);
    scheduler.advance(60 * SECOND);
    scheduler.resumeMachine(id);
    for (let second = 1; second <= 5; second++) {
      scheduler.advance((60 + second) * SECOND);
      const used = sumOf(scheduler, id, (usage) => usage.used);
      expect(used).toBeLessThanOrEqual((second * SECOND + SAVED) / 2);
      expect(used).toBeGreaterThan(0.49 * second * SECOND);
    }
  });

  it('holds for one that works and rests for long', () => {
    const scheduler = esx(1);
    const id = vm(scheduler, 1, { limitMHz: 1000 }, bursts([[3_000_000, 5_000_000]]));
    let before = 0;
    for (let second = 1; second <= 30; second++) {
      scheduler.advance(second * SECOND);
      const used = sumOf(scheduler, id, (usage) => usage.used);
      expect(used - before).toBeLessThanOrEqual((SECOND + SAVED) / 2);
      before = used;
    }
  });

  it('holds for one of which more runs than before, and for a pool', () => {
    const scheduler = esx(2);
    const pool = scheduler.addPool({ shares: 1000, reservationMHz: 0, limitMHz: 3000 });
    const wide = vm(scheduler, 1, { pool });
    scheduler.advance(20 * SECOND);
    const late = vm(scheduler, 1, { pool });
    const used = () => [wide, late].reduce((sum, id) => sum + sumOf(scheduler, id, (usage) => usage.used), 0);
    const before = used();
    scheduler.advance(22 * SECOND);
    expect(used() - before).toBeLessThanOrEqual(1.5 * (2 * SECOND + SAVED));
  });
});
