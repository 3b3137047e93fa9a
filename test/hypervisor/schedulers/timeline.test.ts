import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPLETION, type Rank, TIMER, Timeline, WAKE_UP } from '../../../src/hypervisor/schedulers/timeline.ts';

const TIMERS = 12;
const command = fc.oneof(
  fc.record({
    what: fc.constant<'arm'>('arm'),
    id: fc.nat(TIMERS - 1),
    time: fc.nat(5),
    rank: fc.constantFrom<Rank>(COMPLETION, TIMER, WAKE_UP),
  }),
  fc.record({ what: fc.constant<'cancel'>('cancel'), id: fc.nat(TIMERS - 1) }),
  fc.record({ what: fc.constant<'pop'>('pop') }),
);

describe('the timeline', () => {
  it('gives timers by time, then rank, then order of arming, whatever was armed anew or cancelled', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const timeline = new Timeline(3);
        timeline.grow(TIMERS);
        let model: { id: number; time: number; rank: Rank }[] = [];
        const next = () => [...model].sort((a, b) => a.time - b.time || a.rank - b.rank)[0];
        for (const it of commands) {
          if (it.what === 'pop') {
            const wanted = next();
            if (wanted === undefined) continue;
            expect(timeline.nextRank).toBe(wanted.rank);
            expect(timeline.pop()).toBe(wanted.id);
            model = model.filter(({ id }) => id !== wanted.id);
          } else {
            model = model.filter(({ id }) => id !== it.id);
            if (it.what === 'cancel') timeline.cancel(it.id);
            else {
              timeline.arm(it.id, it.time, it.rank);
              model.push(it);
            }
          }
          expect(timeline.nextTime).toBe(next()?.time ?? Number.POSITIVE_INFINITY);
          for (let id = 0; id < TIMERS; id++) {
            const time = model.find((timer) => timer.id === id)?.time ?? Number.POSITIVE_INFINITY;
            expect(timeline.timeOf(id)).toBe(time);
          }
        }
      }),
    );
  });

  it('takes a time that never comes for no timer', () => {
    const timeline = new Timeline(1);
    timeline.arm(0, 5, TIMER);
    timeline.arm(0, Number.POSITIVE_INFINITY, TIMER);
    expect(timeline.nextTime).toBe(Number.POSITIVE_INFINITY);
  });
});
