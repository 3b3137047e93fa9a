import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Table } from '../../src/informer/table.ts';

interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly host: string | undefined;
}

const newTable = () => new Table<Row, 'host'>({ host: ({ host }) => (host === undefined ? [] : [host]) });

describe('Table', () => {
  it('answers as a scan over all rows would, whatever was set and deleted', () => {
    const change = fc.record({
      namespace: fc.constantFrom('a', 'a-b', 'b'),
      name: fc.constantFrom('x', 'y', 'z', 'x-1', 'x.1', 'X'),
      host: fc.option(fc.constantFrom('h1', 'h2', 'h/3'), { nil: undefined }),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const table = newTable();
        const model = new Map<string, Row>();
        for (const { gone, ...row } of changes) {
          const key = `${row.namespace}/${row.name}`;
          const before = gone ? table.delete(row.namespace, row.name) : table.set(row.namespace, row.name, row);
          expect(before).toBe(model.get(key));
          if (gone) model.delete(key);
          else model.set(key, row);
        }
        const rows = [...model.values()].sort((a, b) =>
          a.namespace === b.namespace ? (a.name < b.name ? -1 : 1) : a.namespace < b.namespace ? -1 : 1,
        );
        expect(table.all()).toEqual(rows);
        expect(table.size).toBe(rows.length);
        for (const namespace of ['a', 'a-b', 'b', 'none']) {
          const own = rows.filter((row) => row.namespace === namespace);
          expect(table.list(namespace)).toEqual(own);
          for (const host of ['h1', 'h2', 'h/3', 'h4']) {
            expect(table.by('host', namespace, host)).toEqual(own.filter((row) => row.host === host));
          }
        }
      }),
    );
  });

  it('never changes a list that it has handed out', () => {
    const table = newTable();
    table.set('a', 'x', { namespace: 'a', name: 'x', host: 'h' });
    const list = table.list('a');
    const found = table.by('host', 'a', 'h');
    table.set('a', 'x', { namespace: 'a', name: 'x', host: 'other' });
    table.set('a', 'b', { namespace: 'a', name: 'b', host: 'h' });
    expect(list.map(({ host }) => host)).toEqual(['h']);
    expect(found).toHaveLength(1);
    expect(Object.isFrozen(list)).toBe(true);
    expect(table.list('a')).toBe(table.list('a'));
  });

  it('gives views that are for one moment only', () => {
    const table = newTable();
    const row = { namespace: 'a', name: 'x', host: 'h' };
    table.set('a', 'x', row);
    const view = table.view();
    expect(view.get('a', 'x')).toBe(row);
    expect(view.by('host', 'a', 'h')).toEqual([row]);
    table.set('a', 'x', { ...row, host: 'k' });
    for (const use of [
      () => view.get('a', 'x'),
      () => view.list('a'),
      () => view.all(),
      () => view.by('host', 'a', 'h'),
      () => view.namespaces(),
      () => view.size,
    ]) {
      expect(use).toThrow('a view was used after its moment (version 1, now 2)');
    }
    expect(table.view().list('a')).toHaveLength(1);
  });

  it('says when an index does not exist', () => {
    expect(() => newTable().by('hots' as 'host', 'a', 'h')).toThrow('there is no index "hots"');
  });
});
