import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import type { Batch, Contents, Storage, StoredRow } from '../../../src/apiserver/store/storage.ts';
import { Store, type StoreOptions } from '../../../src/apiserver/store/store.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { macrotask } from '../../../src/base/system.ts';

/** A disk of arrays: keeps every row, fails when told, and can be opened again. */
class FakeDisk implements Storage {
  readonly rows = new Map<number, StoredRow & { readonly text: string }>();
  readonly compacted = new Map<string, number>();
  readonly batches: number[] = [];
  revision = 0;
  failing: Error | undefined;
  reads = 0;

  readonly read = (revision: number): string => {
    this.reads++;
    const row = this.rows.get(revision);
    if (row === undefined) throw new Error(`no row ${revision}`);
    return row.text;
  };

  open(): Contents {
    return {
      revision: this.revision,
      rows: [...this.rows.values()].sort((a, b) => a.revision - b.revision),
      compacted: this.compacted,
    };
  }

  commit({ revision, changes, drop, compacted }: Batch): void {
    if (this.failing !== undefined) throw this.failing;
    this.batches.push(changes.length);
    for (const { bucket, version } of changes) {
      const text = version.deleted ? '' : version.json;
      const { key, deleted } = version;
      this.rows.set(version.revision, { revision: version.revision, bucket, key, deleted, size: text.length, text });
    }
    for (const dropped of drop) this.rows.delete(dropped);
    for (const [bucket, upTo] of compacted) this.compacted.set(bucket, upTo);
    this.revision = revision;
  }

  close(): void {}
}

/** A disk that takes its time, until it is told that it is done. */
class SlowDisk extends FakeDisk {
  #settle: ((error?: Error) => void) | undefined;

  readonly durable = (): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });

  readonly durableNow = (): void => {
    if (this.failing !== undefined) throw this.failing;
  };

  done(error?: Error): void {
    this.#settle!(error);
  }
}

function opened(options: Partial<StoreOptions> = {}) {
  const clock = new VirtualClock();
  const store = new Store({ storage: new MemoryStorage(), ...options, clock });
  store.open();
  const turn = () => clock.advance(0, macrotask);
  return { clock, store, turn, bucket: store.bucket('g/things') };
}

const thing = (name: string, value = 0): AnyObject => ({
  apiVersion: 'g/v1',
  kind: 'Thing',
  metadata: { name },
  value,
});
const shown = (versions: readonly { key: string; object: AnyObject }[]) =>
  versions.map(({ key, object }) => `${key}=${object['value']}`);

describe('a store', () => {
  it('gives each write the next revision, over all buckets, and freezes what it is given', async () => {
    const { store, bucket, turn } = opened();
    const other = store.bucket('g/others');
    const writes = [store.put(bucket, 'a', thing('a')), store.put(other, 'a', thing('a')), store.remove(bucket, 'a')];
    await turn();
    const events = await Promise.all(writes);
    expect(events.map(({ version }) => version.revision)).toEqual([1, 2, 3]);
    expect(events[0]!.version.object.metadata.resourceVersion).toBe('1');
    expect(Object.isFrozen(events[0]!.version.object.metadata)).toBe(true);
    expect(events[2]!.prior).toBe(events[0]!.version);
    expect(bucket.get('a')).toBeUndefined();
  });

  it('commits the writes of one turn together, and answers afterwards', async () => {
    const disk = new FakeDisk();
    const { store, bucket, turn } = opened({ storage: disk });
    let answered = false;
    const write = store.put(bucket, 'a', thing('a')).then(() => {
      answered = true;
    });
    store.put(bucket, 'b', thing('b'));
    store.put(bucket, 'a', thing('a', 1));
    await macrotask();
    expect({ answered, committed: bucket.get('a'), head: bucket.head('a')!.object['value'] }).toEqual({
      answered: false,
      committed: undefined,
      head: 1,
    });
    await turn();
    await write;
    expect(disk.batches).toEqual([3]);
    expect(bucket.get('a')!.object['value']).toBe(1);
  });

  it('refuses exactly the writes of a batch that failed, and goes on with later ones', async () => {
    const disk = new FakeDisk();
    const { store, bucket, turn } = opened({ storage: disk, refusal: (error) => new Error(`refused: ${error}`) });
    const seen: string[] = [];
    bucket.onCommit((events) => seen.push(...events.map(({ version }) => version.key)));
    await Promise.all([store.put(bucket, 'a', thing('a')), turn()]);
    disk.failing = new Error('full');
    const failed = [
      store.put(bucket, 'a', thing('a', 1)),
      store.remove(bucket, 'a'),
      store.put(bucket, 'b', thing('b')),
    ];
    const barrier = store.barrier();
    const outcomes = Promise.allSettled([...failed, barrier]);
    await turn();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(shown(bucket.list())).toEqual(['a=0']);
    expect(bucket.head('a')!.object['value']).toBe(0);
    expect(store.isHealthy()).toBe(false);
    disk.failing = undefined;
    expect(store.isHealthy()).toBe(true);
    const [later] = await Promise.all([store.put(bucket, 'b', thing('b', 2)), turn()]);
    // The revisions of the refused writes are not given out again.
    expect(later.version.revision).toBe(5);
    expect(seen).toEqual(['a', 'b']);
  });

  it('answers nothing that is not durable, and commits together what came meanwhile', async () => {
    const disk = new SlowDisk();
    const { store, bucket, turn } = opened({ storage: disk });
    const answered: string[] = [];
    const write = (key: string, value: number) =>
      store.put(bucket, key, thing(key, value)).then(() => answered.push(`${key}=${value}`));
    const first = write('a', 0);
    await turn();
    const later = [write('a', 1), write('b', 1), store.barrier()!.then(() => answered.push('barrier'))];
    await turn();
    expect({ answered, revision: store.revision, committed: bucket.get('a') }).toEqual({
      answered: [],
      revision: 0,
      committed: undefined,
    });
    disk.done();
    await first;
    expect({ answered, revision: store.revision, head: bucket.head('a')!.object['value'] }).toEqual({
      answered: ['a=0'],
      revision: 1,
      head: 1,
    });
    await turn();
    disk.done();
    await Promise.all(later);
    expect(answered).toEqual(['a=0', 'a=1', 'b=1', 'barrier']);
    expect(disk.batches).toEqual([1, 2]);
    expect(shown(bucket.list())).toEqual(['a=1', 'b=1']);
  });

  it('refuses with a batch that did not become durable what was built on it meanwhile', async () => {
    const disk = new SlowDisk();
    const { store, bucket, turn } = opened({ storage: disk });
    const writes = [store.put(bucket, 'a', thing('a'))];
    await turn();
    const barrier = store.barrier()!;
    writes.push(store.put(bucket, 'a', thing('a', 1)));
    const outcomes = Promise.allSettled([...writes, barrier]);
    disk.done(new Error('broken'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    disk.failing = new Error('broken');
    expect({ head: bucket.head('a'), healthy: store.isHealthy() }).toEqual({ head: undefined, healthy: false });
    disk.failing = undefined;
    expect(store.isHealthy()).toBe(true);
  });

  it('that is closed has what it was given', async () => {
    const disk = new SlowDisk();
    const { store, bucket, turn } = opened({ storage: disk });
    const writes = [store.put(bucket, 'a', thing('a'))];
    await turn();
    writes.push(store.put(bucket, 'b', thing('b')));
    store.close();
    expect((await Promise.all(writes)).map(({ version }) => version.key)).toEqual(['a', 'b']);
  });

  it('never repeats a revision that it may have shown, whatever became of its objects', async () => {
    const disk = new FakeDisk();
    const first = opened({ storage: disk });
    await Promise.all([first.store.put(first.bucket, 'a', thing('a')), first.turn()]);
    await Promise.all([first.store.remove(first.bucket, 'a'), first.turn()]);
    const second = opened({ storage: disk });
    expect(second.store.revision).toBe(2);
    const [event] = await Promise.all([second.store.put(second.bucket, 'a', thing('a')), second.turn()]);
    expect(event.version.revision).toBe(3);
  });

  it('lists a namespace, from a key on, in order', async () => {
    const { store, bucket, turn } = opened();
    for (const key of ['b/x', 'a/y', 'a-b/z', 'a/x', 'ab/x']) store.put(bucket, key, thing(key));
    await turn();
    expect(bucket.keys()).toEqual(['a-b/z', 'a/x', 'a/y', 'ab/x', 'b/x']);
    expect(bucket.keys({ namespace: 'a' })).toEqual(['a/x', 'a/y']);
    expect(bucket.keys({ namespace: 'a', after: 'a/x' })).toEqual(['a/y']);
    expect(bucket.keys({ after: 'a/x' })).toEqual(['a/y', 'ab/x', 'b/x']);
    store.remove(bucket, 'a/x');
    await turn();
    expect(bucket.keys({ namespace: 'a' })).toEqual(['a/y']);
  });

  it('knows its objects as they were at an earlier revision', async () => {
    const { store, bucket, turn } = opened();
    const write = async (work: Promise<unknown>) => Promise.all([work, turn()]);
    await write(store.put(bucket, 'a', thing('a', 1)));
    await write(store.put(bucket, 'b', thing('b', 1)));
    await write(store.put(bucket, 'a', thing('a', 2)));
    await write(store.remove(bucket, 'b'));
    await write(store.put(bucket, 'c', thing('c', 1)));
    expect([1, 2, 3, 4, 5].map((revision) => shown(bucket.listAt(revision)))).toEqual([
      ['a=1'],
      ['a=1', 'b=1'],
      ['a=2', 'b=1'],
      ['a=2'],
      ['a=2', 'c=1'],
    ]);
    expect(shown(bucket.listAt(3, { after: 'a' }))).toEqual(['b=1']);
  });

  it('keeps so many writes of each bucket and no more, on disk too', async () => {
    const disk = new FakeDisk();
    const { store, bucket, turn } = opened({ storage: disk, history: 10 });
    for (let i = 1; i <= 40; i++) await Promise.all([store.put(bucket, 'a', thing('a', i)), turn()]);
    expect(bucket.log.length).toBeLessThanOrEqual(11);
    expect(bucket.log.compacted).toBeGreaterThanOrEqual(28);
    expect(disk.rows.size).toBeLessThanOrEqual(12);
    expect(bucket.get('a')!.object['value']).toBe(40);
    const again = opened({ storage: disk, history: 10 });
    expect(again.bucket.log.compacted).toBe(bucket.log.compacted);
    expect(shown(again.bucket.listAt(35))).toEqual(['a=35']);
  });

  it('bounds the history by its bytes as well', async () => {
    const disk = new FakeDisk();
    const { store, bucket, turn } = opened({ storage: disk, historyBytes: 2000 });
    const big = () => ({ ...thing('a'), text: 'x'.repeat(500) });
    for (let i = 1; i <= 40; i++) await Promise.all([store.put(bucket, 'a', big()), turn()]);
    expect(bucket.log.length).toBeLessThan(8);
    expect([...disk.rows.values()].reduce((sum, { size }) => sum + size, 0)).toBeLessThan(5000);
  });

  it('forgets superseded states that the disk has, and reads them when somebody asks', async () => {
    const disk = new FakeDisk();
    const { store, bucket, turn } = opened({ storage: disk, memoryBytes: 500 });
    for (let i = 1; i <= 40; i++) await Promise.all([store.put(bucket, 'a', thing('a', i)), turn()]);
    expect(disk.reads).toBe(0);
    expect(shown(bucket.listAt(3))).toEqual(['a=3']);
    expect(disk.reads).toBe(1);
  });

  it('drops little with each write, however much there is to drop', async () => {
    const disk = new FakeDisk();
    const first = opened({ storage: disk });
    for (let i = 1; i <= 400; i++) await Promise.all([first.store.put(first.bucket, 'a', thing('a', i)), first.turn()]);
    // Opened again with less history, as after a change of its limits.
    const { store, bucket, turn } = opened({ storage: disk, history: 10 });
    let rows = disk.rows.size;
    const dropped: number[] = [];
    while (bucket.log.length > 11) {
      await Promise.all([store.put(bucket, 'a', thing('a')), turn()]);
      dropped.push(rows + 1 - disk.rows.size);
      rows = disk.rows.size;
    }
    expect(Math.max(...dropped)).toBeLessThanOrEqual(10);
    expect(dropped.length).toBeGreaterThan(30);
  });

  it('refuses writes once it is closed', async () => {
    const { store, bucket } = opened();
    const last = store.put(bucket, 'a', thing('a'));
    store.close();
    await expect(last).resolves.toMatchObject({ version: { revision: 1 } });
    await expect(store.put(bucket, 'a', thing('a'))).rejects.toThrow('shutting down');
  });
});
