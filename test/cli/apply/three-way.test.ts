import { describe, expect, it } from 'vitest';
import { lastApplied, withLastApplied } from '../../../src/cli/apply/last-applied.ts';
import { threeWayPatch } from '../../../src/cli/apply/three-way.ts';

describe('a three-way patch', () => {
  it('is nothing when the server has what is wanted, and more', () => {
    expect(threeWayPatch({ a: 1 }, { a: 1 }, { a: 1, b: 2 })).toBeUndefined();
    expect(threeWayPatch({}, { a: { b: [1] } }, { a: { b: [1], c: 1 } })).toBeUndefined();
  });

  it('adds and changes what is wanted, and nothing beside it', () => {
    expect(threeWayPatch({}, { a: { x: 1, y: 2 }, b: 1 }, { a: { x: 1, y: 3, z: 4 } })).toEqual({ a: { y: 2 }, b: 1 });
  });

  it('takes away what was applied before and is wanted no longer, if it is still there', () => {
    expect(threeWayPatch({ a: { x: 1, y: 1 }, b: 1 }, { a: { x: 1 } }, { a: { x: 1, y: 5, z: 1 } })).toEqual({
      a: { y: null },
    });
  });

  it('replaces lists whole, and values of another type', () => {
    expect(threeWayPatch({}, { a: [1, 2], b: { x: 1 } }, { a: [1], b: 'text' })).toEqual({ a: [1, 2], b: { x: 1 } });
  });

  it('takes a null in a file for absence', () => {
    expect(threeWayPatch({}, { a: null, b: null }, { a: 1 })).toEqual({ a: null });
  });
});

describe('the annotation of the last application', () => {
  const object = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { namespace: 'n', name: 'c', annotations: { note: '<b> & "ü"' } },
    data: { b: '1', a: '2' },
  };

  // As kubectl 1.32 wrote it for the same object.
  const text =
    '{"apiVersion":"v1","data":{"a":"2","b":"1"},"kind":"ConfigMap","metadata":{"annotations":{"note":"\\u003cb\\u003e \\u0026 \\"ü\\""},"name":"c","namespace":"n"}}\n';

  it('is what kubectl writes, to the byte', () => {
    const { annotations } = withLastApplied(object).metadata;
    expect(annotations?.['kubectl.kubernetes.io/last-applied-configuration']).toBe(text);
    expect(annotations?.['note']).toBe('<b> & "ü"');
  });

  it('does not hold itself', () => {
    expect(withLastApplied(withLastApplied(object))).toEqual(withLastApplied(object));
  });

  it('leaves the given object alone', () => {
    expect(Object.keys(object.metadata.annotations)).toEqual(['note']);
  });

  it('can be read again, or is nothing', () => {
    expect(lastApplied(withLastApplied(object).metadata.annotations)).toEqual(object);
    expect(lastApplied({ 'kubectl.kubernetes.io/last-applied-configuration': '{' })).toBeUndefined();
    expect(lastApplied(undefined)).toBeUndefined();
  });
});
