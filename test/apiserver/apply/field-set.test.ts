import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  equals,
  type FieldSet,
  has,
  includes,
  intersection,
  isEmpty,
  NOTHING,
  ordered,
  paths,
  recursiveDifference,
  setOfPaths,
  union,
} from '../../../src/apiserver/apply/field-set.ts';
import { canonicalElement, compareElements, elementText, pathText } from '../../../src/apiserver/apply/path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'k:{"name":"y"}', 'v:"t"', 'v:2', 'v:10');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const pathList = fc.array(path, { maxLength: 8 });
const set = pathList.map(setOfPaths);
const text = (each: readonly string[]) => each.join(' ');
const members = (each: FieldSet) => new Set(paths(each).map(text));

/** Keys in canonical order everywhere, a `.` only where there is more, and never at the root. */
function expectCanonical(node: FieldSet, root = true): void {
  expect(Object.keys(ordered(node))).toEqual(Object.keys(node));
  if (root) expect(node['.']).toBeUndefined();
  if ('.' in node) expect(Object.keys(node).length).toBeGreaterThan(1);
  for (const [key, child] of Object.entries(node)) if (key !== '.') expectCanonical(child, false);
}

describe('a set of paths', () => {
  it('has the paths that it was made of, and no other', () => {
    fc.assert(
      fc.property(pathList, path, (list, other) => {
        const made = setOfPaths(list);
        expectCanonical(made);
        expect(members(made)).toEqual(new Set(list.map(text)));
        expect(has(made, other)).toBe(list.some((each) => text(each) === text(other)));
      }),
    );
  });

  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        const [left, right] = [[...members(a)], members(b)];
        expect(members(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(members(intersection(a, b))).toEqual(new Set(left.filter((each) => right.has(each))));
        expect(members(difference(a, b))).toEqual(new Set(left.filter((each) => !right.has(each))));
        for (const result of [union(a, b), intersection(a, b), difference(a, b)]) expectCanonical(result);
        expect(equals(union(a, b), union(b, a))).toBe(true);
        expect(equals(union(a, union(b, c)), union(union(a, b), c))).toBe(true);
        expect(equals(difference(a, union(b, c)), difference(difference(a, b), c))).toBe(true);
        expect(equals(intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c)))).toBe(true);
        expect(includes(a, b)).toBe(isEmpty(difference(b, a)));
      }),
    );
  });

  it('loses what is below a removed path only when removed recursively', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const gone = paths(b);
        const kept = paths(a).filter(
          (each) => !gone.some((prefix) => text(each.slice(0, prefix.length)) === text(prefix)),
        );
        const result = recursiveDifference(a, b);
        expectCanonical(result);
        expect(members(result)).toEqual(new Set(kept.map(text)));
      }),
    );
  });

  it('is returned itself when an operation leaves it as it is', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = union(a, b);
        expect(union(both, a)).toBe(both);
        const rest = difference(a, b);
        expect(difference(rest, b)).toBe(rest);
        expect(difference(a, NOTHING)).toBe(a);
      }),
    );
  });
});

describe('a path element', () => {
  it('is ordered by kind, then by content, numbers by value', () => {
    const inOrder = [
      'f:a',
      'f:ab',
      'f:b',
      'f:\uffff',
      'f:\u{10000}',
      'k:{"name":"a"}',
      'k:{"name":"a b"}',
      'k:{"name":"a\\"b"}',
      'k:{"name":"ab"}',
      'k:{"name":"b"}',
      'k:{"port":9}',
      'k:{"port":80}',
      'k:{"port":80,"protocol":"TCP"}',
      'k:{"port":80,"protocol":"UDP"}',
      'v:9',
      'v:10',
      'v:""',
      'v:"a"',
      'v:"a!"',
      'v:"b"',
      'v:false',
      'v:true',
      'i:2',
      'i:10',
    ];
    const shuffled = inOrder.slice().reverse();
    expect(shuffled.sort(compareElements)).toEqual(inOrder);
    for (const each of inOrder) expect(compareElements(each, each)).toBe(0);
  });

  it('has one spelling', () => {
    expect(canonicalElement('k:{ "b": 1.0, "a":"<" }')).toBe('k:{"a":"\\u003c","b":1}');
    expect(canonicalElement('v: "x"')).toBe('v:"x"');
    expect(canonicalElement('i:007')).toBe('i:7');
    expect(canonicalElement('f:anything: at {all')).toBe('f:anything: at {all');
    expect(canonicalElement('r:later')).toBeUndefined();
    for (const bad of ['', 'f', 'fa', 'k:[]', 'k:{', 'v:', 'i:x']) expect(() => canonicalElement(bad), bad).toThrow();
  });

  it('is shown as in the messages of the real server', () => {
    expect(pathText(['f:spec', 'f:nics', 'k:{"name":"e\\"0"}', 'f:mac'])).toBe('.spec.nics[name="e\\"0"].mac');
    expect(pathText(['f:ports', 'k:{"port":1000000,"protocol":"TCP"}'])).toBe('.ports[port=1000000,protocol="TCP"]');
    expect(pathText(['f:ports', 'k:{"port":1000000,"protocol":"TCP"}'], true)).toBe(
      '.ports[port=1e+06,protocol="TCP"]',
    );
    expect(elementText('v:"a"')).toBe('[="a"]');
    expect(elementText('v:true')).toBe('[=true]');
    expect(elementText('i:3')).toBe('[3]');
  });
});
