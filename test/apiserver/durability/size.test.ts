import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SqliteStorage } from '../../../src/apiserver/store/sqlite-storage.ts';
import { Store } from '../../../src/apiserver/store/store.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { macrotask } from '../../../src/base/system.ts';

/** `npm run test:durability` writes 600,000, a hundredth of a week at 100 in a second; the size is settled long before. */
const WRITES = Number(process.env['ORRERY_WRITES'] ?? 30_000);
const VMS = 1280;
/** What a week of status writes leaves on the disk at the most: 10,000 superseded states, the present ones, the log. */
const MOST_BYTES = 128 * 2 ** 20;
/** As many as 100 controllers write in one turn of the event loop. */
const TOGETHER = 100;

const vm = (index: number, turn: number) => ({
  apiVersion: 'orrery.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { name: `vm-${index}`, namespace: 'default' },
  status: {
    phase: 'Running',
    turn,
    conditions: Array.from({ length: 12 }, (_, i) => ({ type: `T${i}`, message: 'x'.repeat(160) })),
  },
});

it(`a database stays under ${MOST_BYTES / 2 ** 20} MiB however many times statuses are written`, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-size-'));
  const file = path.join(folder, 'apiserver.db');
  const clock = new VirtualClock();
  const store = new Store({ storage: new SqliteStorage(file), clock });
  store.open();
  const bucket = store.bucket('orrery.dev/virtualmachines');
  const size = () => ['', '-wal'].reduce((sum, end) => sum + fs.statSync(file + end).size, 0);
  const sizes: number[] = [];
  for (let written = 0; written < WRITES; written += TOGETHER) {
    const puts = Array.from({ length: TOGETHER }, (_, i) => {
      const index = (written + i) % VMS;
      return store.put(bucket, `default/vm-${index}`, vm(index, written));
    });
    await clock.advance(0, macrotask);
    await Promise.all(puts);
    if (written % (WRITES / 10) === 0) sizes.push(size());
  }
  sizes.push(size());
  store.close();
  fs.rmSync(folder, { recursive: true });
  const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  console.log(`${WRITES} status writes: ${sizes.map(MiB).join(', ')}`);
  expect(store.revision).toBe(WRITES);
  expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES);
  // What the last fifth added is nothing: rows are dropped as fast as they are written.
  expect(sizes.at(-1)! - sizes.at(-3)!).toBeLessThan(4 * 2 ** 20);
});
