import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { statusPatch } from '../../src/runtime/status-patch.ts';

const apply = (before: object | undefined, operations: unknown) =>
  jsonPatch.applyPatch(structuredClone(before === undefined ? {} : { status: before }), operations as never, true)
    .newDocument as { status: object };

const condition = (type: string, status = 'True') => ({ type, status, reason: 'R', message: '' });

describe('statusPatch', () => {
  it('is empty when nothing differs', () => {
    const status = { host: 'h', conditions: [condition('Ready')], cpu: { used: 1 } };
    expect(statusPatch(status, status)).toEqual([]);
    expect(statusPatch(status, structuredClone(status))).toEqual([]);
  });

  it('says what changed and nothing else', () => {
    const before = { host: 'h1', cpu: { used: 1, demand: 2 }, macs: ['a'], old: 1 };
    const after = { host: 'h2', cpu: { used: 1, demand: 3 }, macs: ['a', 'b'], 'a/b': { c: 1 } };
    expect(statusPatch(before, after)).toEqual([
      { op: 'replace', path: '/status/host', value: 'h2' },
      { op: 'replace', path: '/status/cpu/demand', value: 3 },
      { op: 'add', path: '/status/macs/1', value: 'b' },
      { op: 'remove', path: '/status/old' },
      { op: 'add', path: '/status/a~1b', value: { c: 1 } },
    ]);
  });

  it('takes a value of undefined for one that is not there', () => {
    expect(statusPatch({ a: 1, b: { c: 1 } }, { a: undefined, b: { c: undefined }, d: undefined })).toEqual([
      { op: 'remove', path: '/status/a' },
      { op: 'remove', path: '/status/b/c' },
    ]);
  });

  it('begins a status that is not there', () => {
    expect(statusPatch(undefined, { a: 1 })).toEqual([{ op: 'add', path: '/status', value: { a: 1 } }]);
  });

  it('tests the type of each condition that it changes or removes', () => {
    const before = { conditions: [condition('Ready'), condition('Placed'), condition('Reconciling')] };
    const after = { conditions: [condition('Ready', 'False'), condition('Admitted'), condition('Placed')] };
    expect(statusPatch(before, after)).toEqual([
      { op: 'test', path: '/status/conditions/2/type', value: 'Reconciling' },
      { op: 'remove', path: '/status/conditions/2' },
      { op: 'test', path: '/status/conditions/0/type', value: 'Ready' },
      { op: 'replace', path: '/status/conditions/0/status', value: 'False' },
      { op: 'test', path: '/status/conditions/1/type', value: 'Placed' },
      { op: 'add', path: '/status/conditions/1', value: condition('Admitted') },
    ]);
  });

  it('replaces conditions whole when they change places, if they are still the same', () => {
    const before = { conditions: [condition('A'), condition('B')] };
    const after = { conditions: [condition('B'), condition('A')] };
    expect(statusPatch(before, after)).toEqual([
      { op: 'test', path: '/status/conditions', value: before.conditions },
      { op: 'replace', path: '/status/conditions', value: after.conditions },
    ]);
  });

  it('takes any status to any other', () => {
    const conditions = fc.uniqueArray(
      fc.record(
        { type: fc.constantFrom('A', 'B', 'C', 'D', 'E'), status: fc.constantFrom('True', 'False') },
        { noNullPrototype: true },
      ),
      { selector: ({ type }) => type },
    );
    const status = fc.record(
      {
        host: fc.constantFrom('h1', 'h2'),
        cpu: fc.dictionary(fc.constantFrom('x', 'y~', 'z/'), fc.oneof(fc.nat(3), fc.constant(null)), {
          noNullPrototype: true,
        }),
        files: fc.array(fc.record({ path: fc.constantFrom('p', 'q') }, { noNullPrototype: true })),
        conditions,
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.option(status, { nil: undefined }), status, (before, after) => {
        expect(apply(before, statusPatch(before, after)).status ?? {}).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });
});
