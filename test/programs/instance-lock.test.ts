import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system.ts';
import { DataFolder } from '../../src/programs/data-folder.ts';
import { type Holder, InstanceLock, type LockRequest } from '../../src/programs/instance-lock.ts';
import { spawned } from '../support/spawned.ts';

const flags = ['--disable-warning=ExperimentalWarning'];
const holderToy = path.join(import.meta.dirname, 'toys/lock-holder.ts');
const newFolder = () => DataFolder.open(path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-lock-')), 'data'));

async function heldByAnother(folder: DataFolder, program = 'up', how = 'alone') {
  const holder = spawned(process.execPath, [...flags, holderToy, folder.path, program, how]);
  await holder.seen('taken');
  return holder;
}

const take = (folder: DataFolder, request: Partial<LockRequest> = {}) =>
  InstanceLock.take(folder, { program: 'up', supervised: false, patienceMs: 10_000, ...request }, systemClock);

describe('the lock of a data directory', () => {
  it('is refused while another process has it, and says which', async () => {
    const folder = newFolder();
    const holder = await heldByAnother(folder);
    await expect(take(folder)).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringMatching(
        new RegExp(`^another orrery \\(orrery up, process ${holder.pid}, since \\d{4}-.* UTC\\) is running on .*data`),
      ),
    });
    holder.process.kill('SIGKILL');
  });

  it('cannot be held by a dead process', async () => {
    const folder = newFolder();
    const holder = await heldByAnother(folder);
    holder.process.kill('SIGKILL');
    expect(await holder.ended).toBe('SIGKILL');
    const lock = await take(folder, { patienceMs: 0 });
    expect(JSON.parse(folder.read('up.holder')!)).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('is one per program', async () => {
    const folder = newFolder();
    const holder = await heldByAnother(folder, 'datacenter');
    const lock = await take(folder, { program: 'apiserver', patienceMs: 0 });
    expect(folder.read('datacenter.holder')).toContain(String(holder.pid));
    lock.release();
    holder.process.kill('SIGKILL');
  });

  it('is waited for when its holder is stopping', async () => {
    const folder = newFolder();
    const holder = await heldByAnother(folder);
    let waitedFor: Holder | undefined;
    const taking = take(folder, { waiting: (holder) => (waitedFor = holder) });
    holder.process.stdin!.write('stop\n');
    const lock = await taking;
    expect(waitedFor).toMatchObject({ pid: holder.pid, stopping: true });
    lock.release();
  });

  it("is waited for when it is the orphan of another supervisor's", async () => {
    const folder = newFolder();
    const orphan = await heldByAnother(folder, 'apiserver', 'supervised');
    let waitedFor: Holder | undefined;
    const taking = take(folder, { program: 'apiserver', supervised: true, waiting: (holder) => (waitedFor = holder) });
    setTimeout(() => orphan.process.kill('SIGKILL'), 600);
    const lock = await taking;
    expect(waitedFor).toMatchObject({ pid: orphan.pid, supervised: true });
    lock.release();
  });

  it('is refused to a program alone while a supervised one has it', async () => {
    const folder = newFolder();
    const other = await heldByAnother(folder, 'apiserver', 'supervised');
    await expect(take(folder, { program: 'apiserver' })).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    other.process.kill('SIGKILL');
  });

  it('can be taken again when it was given back', async () => {
    const folder = newFolder();
    (await take(folder)).release();
    expect(folder.read('up.holder')).toBeUndefined();
    (await take(folder, { patienceMs: 0 })).release();
  });
});
