import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readDatabase } from '../../../src/apiserver/store/database-file.ts';
import { SqliteStorage } from '../../../src/apiserver/store/sqlite-storage.ts';
import { Store } from '../../../src/apiserver/store/store.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { OrreryError } from '../../../src/base/errors.ts';
import { macrotask } from '../../../src/base/system.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-sqlite-'));
  file = path.join(folder, 'apiserver.db');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const thing = (name: string, value: unknown = 0) => ({ apiVersion: 'g/v1', kind: 'Thing', metadata: { name }, value });

async function opened(options: { history?: number; historyBytes?: number; maxBytes?: number } = {}) {
  const clock = new VirtualClock();
  const store = new Store({ storage: new SqliteStorage(file, options), clock, ...options });
  store.open();
  const write = async <T>(work: Promise<T>) => {
    const [result] = await Promise.all([work, clock.advance(0, macrotask)]);
    return result;
  };
  return { store, bucket: store.bucket('g/things'), write };
}

function refusal(open: () => unknown): OrreryError {
  try {
    open();
  } catch (error) {
    if (error instanceof OrreryError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a store in a SQLite file', () => {
  it('has everything again when it is opened again: objects, history and the counter', async () => {
    const first = await opened();
    await first.write(first.store.put(first.bucket, 'a', thing('a', 'ä€😀\u0000"')));
    await first.write(first.store.put(first.bucket, 'b', thing('b', 1)));
    await first.write(first.store.put(first.bucket, 'b', thing('b', 2)));
    await first.write(first.store.remove(first.bucket, 'a'));
    first.store.close();
    const { store, bucket, write } = await opened();
    expect(store.revision).toBe(4);
    expect(bucket.list().map(({ object }) => object)).toEqual([
      { ...thing('b', 2), metadata: { name: 'b', resourceVersion: '3' } },
    ]);
    expect(
      bucket.log.after(1).map(({ version, prior }) => [version.revision, version.deleted, prior?.revision]),
    ).toEqual([
      [2, false, undefined],
      [3, false, 2],
      [4, true, 1],
    ]);
    expect(bucket.listAt(1).map(({ object }) => object['value'])).toEqual(['ä€😀\u0000"']);
    const { version } = await write(store.put(bucket, 'c', thing('c')));
    expect(version.revision).toBe(5);
    store.close();
  });

  it('takes back what the disk could not make durable, and begins its log anew', async () => {
    const { store, bucket, write } = await opened();
    await write(store.put(bucket, 'a', thing('a')));
    const broken = vi.spyOn(fs, 'fdatasync').mockImplementation((_file, done) => done(new Error('broken')));
    await expect(write(store.put(bucket, 'a', thing('a', 1)))).rejects.toThrow('broken');
    await expect(write(store.put(bucket, 'b', thing('b')))).rejects.toThrow('broken');
    const full = Object.assign(new Error('ENOSPC: no space left on device, fdatasync'), { code: 'ENOSPC' });
    broken.mockImplementation((_file, done) => done(full));
    await expect(write(store.put(bucket, 'b', thing('b')))).rejects.toMatchObject({ code: 'DISK_FULL' });
    broken.mockRestore();
    expect(bucket.list().map(({ object }) => object['value'])).toEqual([0]);
    await write(store.put(bucket, 'c', thing('c')));
    store.close();
    const again = await opened();
    expect(again.bucket.list().map(({ key, revision }) => [key, revision])).toEqual([
      ['a', 1],
      ['c', 5],
    ]);
    again.store.close();
  });

  it('takes back what was committed when the log cannot be opened for the disk', async () => {
    const { store, bucket, write } = await opened();
    const full = vi.spyOn(fs, 'openSync').mockImplementation(() => {
      throw new Error('too many open files');
    });
    await expect(write(store.put(bucket, 'a', thing('a')))).rejects.toThrow('too many open files');
    full.mockRestore();
    store.close();
    const again = await opened();
    expect(again.bucket.list()).toEqual([]);
    await again.write(again.store.put(again.bucket, 'a', thing('a', 1)));
    again.store.close();
  });

  it('survives being killed, with every write that was answered', async () => {
    const program = path.join(import.meta.dirname, 'writing-program.ts');
    const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let answered = 0;
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      answered = Number(text.trim().split('\n').at(-1));
      if (answered >= 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    answered = Number(/(\d+)\n[^\n]*$/.exec(text)![1]);
    expect(answered).toBeGreaterThanOrEqual(200);
    const { store, bucket } = await opened();
    expect(store.revision).toBeGreaterThanOrEqual(answered);
    const revisions = bucket.list().map(({ revision }) => revision);
    expect(revisions.length).toBeGreaterThanOrEqual(answered);
    expect(new Set(revisions).size).toBe(revisions.length);
    store.close();
  });

  it('does not grow with every write', async () => {
    const { store, bucket, write } = await opened({ history: 50, historyBytes: 100_000 });
    const size = () => fs.statSync(file).size + fs.statSync(`${file}-wal`).size;
    const round = async () => {
      for (let i = 0; i < 400; i++) await write(store.put(bucket, `k${i % 10}`, thing('a', 'x'.repeat(1000))));
      return size();
    };
    await round();
    const before = await round();
    const after = await round();
    expect(after).toBeLessThan(before * 1.2);
    store.close();
  });

  it('is nobody else’s while it is open', async () => {
    const { store } = await opened();
    const error = refusal(() => new SqliteStorage(file).open());
    expect(error.code).toBe('DATA_DIR_IN_USE');
    expect(error.message).toContain(folder);
    store.close();
    const again = new SqliteStorage(file);
    again.open();
    again.close();
  });

  it('says that a file is no database, or another program’s', () => {
    fs.writeFileSync(file, 'apiVersion: v1\nkind: Config\n');
    expect(refusal(() => new SqliteStorage(file).open())).toMatchObject({ code: 'DATABASE_FOREIGN' });
    fs.rmSync(file);
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    expect(refusal(() => new SqliteStorage(file).open())).toMatchObject({ code: 'DATABASE_FOREIGN' });
  });

  it('says that a newer version made the file', async () => {
    (await opened()).store.close();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 2');
    database.close();
    const error = refusal(() => new SqliteStorage(file).open());
    expect(error.code).toBe('DATABASE_NEWER');
    expect(error.message).toContain('2');
  });

  it.each([
    ['pages of nonsense', (bytes: Buffer) => bytes.fill(0xa5, 4096)],
    ['a part that is missing', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2))],
    ['one page of zeros', (bytes: Buffer) => bytes.fill(0, bytes.length - 8192, bytes.length - 4096)],
    [
      'texts that are no JSON',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll('{"name"', '}"name"'), 'latin1'),
    ],
  ])('says that the file is damaged by %s, and leaves it and its log alone', async (_, damage) => {
    const { store, bucket, write } = await opened();
    for (let i = 0; i < 200; i++) await write(store.put(bucket, `k${i}`, thing('a', 'x'.repeat(500))));
    store.close();
    fs.writeFileSync(file, damage(fs.readFileSync(file)));
    const log = `${file}-wal`;
    fs.writeFileSync(log, 'left behind by a process that was killed');
    const before = [fs.readFileSync(file), fs.readFileSync(log)];
    const storage = new SqliteStorage(file);
    const error = refusal(() => storage.open());
    storage.close();
    expect([error.code, error.message]).toEqual(['DATABASE_CORRUPT', expect.stringContaining(file)]);
    expect([fs.readFileSync(file), fs.readFileSync(log)]).toEqual(before);
  });

  it('does not begin anew over a log whose file is gone', async () => {
    fs.writeFileSync(`${file}-wal`, 'everything');
    expect(refusal(() => new SqliteStorage(file).open()).code).toBe('DATABASE_CORRUPT');
    expect(fs.readFileSync(`${file}-wal`, 'utf8')).toBe('everything');
  });

  it('leaves the files of another program, its log too, as they are', () => {
    const other = new DatabaseSync(file);
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
    const copies = ['', '-wal'].map((end) => fs.readFileSync(file + end));
    other.close();
    for (const [index, end] of ['', '-wal'].entries()) fs.writeFileSync(file + end, copies[index]!);
    expect(refusal(() => new SqliteStorage(file).open()).code).toBe('DATABASE_FOREIGN');
    expect(['', '-wal'].map((end) => fs.readFileSync(file + end))).toEqual(copies);
  });

  it('forgets in the file too what it has forgotten while the disk was full', async () => {
    const { store, bucket, write } = await opened({ history: 4, maxBytes: 200_000 });
    const small = (i: number) => write(store.put(bucket, 'a', thing('a', i)));
    for (let i = 0; i < 20; i++) await small(i);
    for (let i = 0; i < 20; i++) {
      await expect(write(store.put(bucket, 'b', thing('b', 'x'.repeat(400_000))))).rejects.toMatchObject({
        code: 'DISK_FULL',
      });
    }
    for (let i = 0; i < 20; i++) await small(i);
    store.close();
    expect(readDatabase(file)!.rows.length).toBeLessThan(8);
  });

  it('says that the folder cannot be written to', () => {
    expect(refusal(() => new SqliteStorage(path.join(folder, 'none', 'x.db')).open()).code).toBe('DATA_DIR_UNWRITABLE');
  });

  it('refuses a batch that does not fit, keeps what there is, and goes on when there is room', async () => {
    const first = await opened({ maxBytes: 100_000 });
    await first.write(first.store.put(first.bucket, 'a', thing('a', 1)));
    const big = () => thing('b', 'x'.repeat(200_000));
    const both = Promise.allSettled([
      first.store.put(first.bucket, 'a', thing('a', 2)),
      first.write(first.store.put(first.bucket, 'b', big())),
    ]);
    expect(await both).toMatchObject([
      { status: 'rejected', reason: { code: 'DISK_FULL' } },
      { status: 'rejected', reason: { code: 'DISK_FULL' } },
    ]);
    expect(first.bucket.list().map(({ key, object }) => [key, object['value']])).toEqual([['a', 1]]);
    await first.write(first.store.put(first.bucket, 'c', thing('c', 3)));
    first.store.close();
    const { store, bucket, write } = await opened();
    expect(bucket.keys()).toEqual(['a', 'c']);
    await write(store.put(bucket, 'b', big()));
    expect(bucket.keys()).toEqual(['a', 'b', 'c']);
    store.close();
  });
});
