import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OrreryError } from '../../src/base/errors.ts';
import { DataFolder, storageProblem } from '../../src/programs/data-folder.ts';

const newPath = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-data-')), 'deep/data dir');
const modeOf = (file: string) => fs.statSync(file).mode & 0o777;

describe('a data directory', () => {
  it("is created for its owner's eyes only, and so are its files", () => {
    const folder = DataFolder.open(newPath());
    folder.write('kubeconfig', 'secret');
    expect([modeOf(folder.path), modeOf(folder.file('kubeconfig'))]).toEqual([0o700, 0o600]);
  });

  it('writes a file whole, and leaves nothing else behind', () => {
    const folder = DataFolder.open(newPath());
    expect(folder.write('kubeconfig', 'one')).toBe(true);
    expect(folder.write('kubeconfig', 'two')).toBe(true);
    expect(folder.read('kubeconfig')).toBe('two');
    expect(fs.readdirSync(folder.path)).toEqual(['kubeconfig']);
  });

  it('does not touch a file that is as it should be', () => {
    const folder = DataFolder.open(newPath());
    folder.write('kubeconfig', 'one');
    const before = fs.statSync(folder.file('kubeconfig'));
    expect(folder.write('kubeconfig', 'one')).toBe(false);
    const after = fs.statSync(folder.file('kubeconfig'));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it('takes the rights of others away from a file that it would write', () => {
    const folder = DataFolder.open(newPath());
    folder.write('token', 'one');
    fs.chmodSync(folder.file('token'), 0o644);
    folder.write('token', 'one');
    expect(modeOf(folder.file('token'))).toBe(0o600);
  });

  it('knows a file that is not there from one that is empty', () => {
    const folder = DataFolder.open(newPath());
    folder.write('empty', '');
    expect([folder.read('empty'), folder.read('missing')]).toEqual(['', undefined]);
  });

  it('is refused where a file stands', () => {
    const file = newPath().replace('/deep/data dir', '/file');
    fs.writeFileSync(file, '');
    expect(() => DataFolder.open(file)).toThrow(
      `cannot write to the data directory ${file}: it is a file (make it writable, or choose another with --data-dir)`,
    );
    expect(() => DataFolder.open(path.join(file, 'below'))).toThrow('a part of the path is a file');
  });

  it('is refused where nobody may write', () => {
    expect(() => DataFolder.open('/proc/orrery')).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNWRITABLE' }));
  });
});

describe('what a disk says', () => {
  const place = { directory: '/data', file: '/data/file' };
  const code = (error: object) => (storageProblem(error, place) as OrreryError | undefined)?.code;

  it('is an error of the table, whether the file system or SQLite said it', () => {
    expect(code({ code: 'ENOSPC' })).toBe('DISK_FULL');
    expect(code({ code: 'EDQUOT' })).toBe('DISK_FULL');
    expect(code({ errcode: 13 })).toBe('DISK_FULL');
    expect(code({ code: 'EROFS' })).toBe('DATA_DIR_UNWRITABLE');
    expect(code({ errcode: 8 })).toBe('DATA_DIR_UNWRITABLE');
    expect(code({ errcode: 1032 })).toBe('DATA_DIR_UNWRITABLE'); // SQLITE_READONLY_DBMOVED
  });

  it('is nothing where it is not about the disk', () => {
    expect(code(new TypeError('x'))).toBeUndefined();
    expect(code({ errcode: 1 })).toBeUndefined();
  });
});
