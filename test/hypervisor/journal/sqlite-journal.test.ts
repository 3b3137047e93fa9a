import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OrreryError } from '../../../src/base/errors.ts';
import { JournalFailure, type LedgerEntry } from '../../../src/hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../../../src/hypervisor/journal/memory-journal.ts';
import { storageError } from '../../../src/hypervisor/journal/sqlite-errors.ts';
import { readLedgers, SqliteJournalStore } from '../../../src/hypervisor/journal/sqlite-journal.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-journal-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const file = () => path.join(folder, 'lab.world');
const open = () => new SqliteJournalStore(folder, 'process 4711').open('lab');
const row = (key: string, value = '{}') => ({ kind: 'Machine', key, value });
const nothing = { puts: [], deletes: [], ledger: [] };
const entry = (uid: string): LedgerEntry => ({
  namespace: 'lab',
  uid,
  epoch: 1,
  host: 'h1',
  act: 'Start',
  cause: 'PowerOn',
  simulated: 1_288_569_600_000,
  real: 1_700_000_000_000,
});

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(OrreryError);
    const { code, message } = error as OrreryError;
    return `${code} ${message}`;
  }
  return 'no failure';
}

describe.each([
  ['memory', () => new MemoryJournalStore()],
  ['sqlite', () => new SqliteJournalStore(folder, 'a test')],
])('a journal in %s', (_, storeOf) => {
  it('keeps what was put and not deleted, in order, and every line of the ledger', () => {
    const store = storeOf();
    const journal = store.open('lab');
    journal.commit({ puts: [row('b'), row('a')], deletes: [], ledger: [entry('a')] });
    journal.commit({
      puts: [row('b', '[1]'), row('c')],
      deletes: [{ kind: 'Machine', key: 'a' }],
      ledger: [entry('b')],
    });
    journal.close();
    const again = store.open('lab');
    expect(again.load()).toEqual([row('b', '[1]'), row('c')]);
    expect(again.ledger()).toEqual([entry('a'), entry('b')]);
    again.close();
  });

  it('keeps a row that is deleted and put in the same batch', () => {
    const journal = storeOf().open('lab');
    journal.commit({ ...nothing, puts: [row('a')] });
    journal.commit({ ...nothing, puts: [row('a', '[2]')], deletes: [{ kind: 'Machine', key: 'a' }] });
    expect(journal.load()).toEqual([row('a', '[2]')]);
    journal.close();
  });

  it('is one per namespace, and can be removed', () => {
    const store = storeOf();
    const journals = ['one', 'two'].map((namespace) => store.open(namespace));
    journals[0]!.commit({ ...nothing, puts: [row('a')] });
    expect(journals[1]!.load()).toEqual([]);
    for (const journal of journals) journal.close();
    expect(store.namespaces()).toEqual(['one', 'two']);
    store.remove('one');
    expect(store.namespaces()).toEqual(['two']);
    const anew = store.open('one');
    expect(anew.load()).toEqual([]);
    anew.close();
  });
});

describe('the ledger', () => {
  it('can be read beside a running datacenter, and be changed by nobody', () => {
    const journal = open();
    journal.commit({ ...nothing, ledger: [entry('a')] });
    expect(readLedgers(folder)).toEqual([entry('a')]);
    const other = new DatabaseSync(file());
    expect(() => other.exec("UPDATE ledger SET uid = 'b'")).toThrow('append only');
    expect(() => other.exec('DELETE FROM ledger')).toThrow('append only');
    other.close();
    journal.close();
  });
});

describe('a data directory that cannot be used', () => {
  it('in use: says by whom, and is free as soon as that process is dead, however it died', async () => {
    const script = `
      import { SqliteJournalStore } from ${JSON.stringify(new URL('../../../src/hypervisor/journal/sqlite-journal.ts', import.meta.url).href)};
      new SqliteJournalStore(${JSON.stringify(folder)}, 'process 1234').open('lab');
      console.log('open');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module-typescript',
      '-e',
      script,
    ]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(failure(open)).toMatch(/^DATA_DIR_IN_USE another orrery \(process 1234\) is running on the data directory/);
    const dead = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await dead;
    open().close();
  });

  it('holds something else', () => {
    const database = new DatabaseSync(file());
    database.exec('CREATE TABLE songs (title TEXT)');
    database.close();
    expect(failure(open)).toMatch(/^DATABASE_FOREIGN .*lab\.world is not an Orrery database/);
  });

  it('was written by a later version', () => {
    open().close();
    const database = new DatabaseSync(file());
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(failure(open)).toMatch(/^DATABASE_NEWER .*format 99, this one reads 1/);
  });

  it('is corrupt: no database at all, or one with a hole', () => {
    fs.writeFileSync(file(), 'x'.repeat(10_000));
    expect(failure(open)).toMatch(/^DATABASE_CORRUPT the database .*lab\.world cannot be read: file is not a database/);
    fs.rmSync(file());
    const journal = open();
    journal.commit({ ...nothing, puts: Array.from({ length: 500 }, (_, i) => row(`m${i}`, 'x'.repeat(500))) });
    journal.close();
    const bytes = fs.readFileSync(file());
    fs.writeFileSync(file(), bytes.fill(0xff, 8192, 60_000));
    expect(failure(() => open().load())).toMatch(/^DATABASE_CORRUPT .*malformed/);
  });

  it('is a file, or cannot be made', () => {
    fs.writeFileSync(path.join(folder, 'file'), '');
    const inFile = () => new SqliteJournalStore(path.join(folder, 'file', 'below'), 'x');
    expect(failure(inFile)).toMatch(/^DATA_DIR_UNWRITABLE cannot write to the data directory/);
    fs.mkdirSync(file());
    expect(failure(open)).toMatch(/^DATA_DIR_UNWRITABLE .*unable to open database file/);
  });

  it('is read-only', () => {
    open().close();
    const connection = new DatabaseSync(file(), { readOnly: true });
    const refused = () => {
      try {
        connection.exec('DELETE FROM state');
      } catch (error) {
        throw storageError(error, file());
      }
    };
    expect(failure(refused)).toMatch(/^DATA_DIR_UNWRITABLE cannot write to .*attempt to write a readonly database/);
    connection.close();
  });

  it('is full: the batch is refused whole, and the next is taken when there is room', () => {
    const journal = open();
    journal.commit({ ...nothing, puts: [row('kept')] });
    // A limit on pages is for SQLite what a full disk is.
    const connection = Reflect.get(journal, 'database') as DatabaseSync;
    const pages = Number(connection.prepare('PRAGMA page_count').get()!['page_count']);
    connection.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const large = { ...nothing, puts: [row('small'), row('large', 'x'.repeat(100_000))], ledger: [entry('large')] };
    expect(() => journal.commit(large)).toThrow(JournalFailure);
    expect(() => journal.commit(large)).toThrow(/no space left for .*lab\.world/);
    expect(journal.load()).toEqual([row('kept')]);
    expect(journal.ledger()).toEqual([]);
    connection.exec('PRAGMA max_page_count = 100000');
    journal.commit(large);
    expect(journal.load()).toHaveLength(3);
    journal.close();
  });

  it('has a namespace that would lead out of it', () => {
    expect(() => new SqliteJournalStore(folder, 'x').open('../up')).toThrow('no name of a namespace');
  });
});
