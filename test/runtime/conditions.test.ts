import { describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/meta.ts';
import { findCondition, isTrue, removeCondition, setCondition } from '../../src/runtime/conditions.ts';

const order = ['Ready', 'Placed', 'Reconciling'];
const at = (now: string) => ({ now, order });

describe('conditions', () => {
  it('stand in the order of the table', () => {
    const conditions: Condition[] = [];
    for (const type of ['Reconciling', 'Other', 'Ready', 'Placed']) {
      setCondition(conditions, { type, status: 'True', reason: 'R', message: '' }, at('1'));
    }
    expect(conditions.map(({ type }) => type)).toEqual(['Ready', 'Placed', 'Reconciling', 'Other']);
  });

  it('change their transition time with their status only', () => {
    const conditions: Condition[] = [];
    const set = (status: Condition['status'], reason: string, now: string) =>
      setCondition(conditions, { type: 'Ready', status, reason, message: reason, observedGeneration: 2 }, at(now));
    set('False', 'Pending', '1');
    set('False', 'Placing', '2');
    expect(conditions).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'Placing',
        message: 'Placing',
        observedGeneration: 2,
        lastTransitionTime: '1',
      },
    ]);
    set('True', 'Running', '3');
    expect(conditions[0]!.lastTransitionTime).toBe('3');
  });

  it('are found and taken out', () => {
    const conditions: Condition[] = [];
    setCondition(conditions, { type: 'Ready', status: 'True', reason: 'R', message: '' }, at('1'));
    expect(isTrue(conditions, 'Ready')).toBe(true);
    expect(isTrue(undefined, 'Ready')).toBe(false);
    removeCondition(conditions, 'Placed');
    removeCondition(conditions, 'Ready');
    expect(findCondition(conditions, 'Ready')).toBeUndefined();
  });
});
