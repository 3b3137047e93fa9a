/** Writes one object after the other into the file, and says which were answered; run by a test that kills it. */
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { SqliteStorage } from '../../../src/apiserver/store/sqlite-storage.ts';
import { Store } from '../../../src/apiserver/store/store.ts';
import { systemClock } from '../../../src/base/system.ts';

const file = process.argv[2];
const store = new Store({
  storage: file === undefined ? new MemoryStorage() : new SqliteStorage(file),
  clock: systemClock,
});
store.open();
const bucket = store.bucket('g/things');
for (let i = 1; ; i++) {
  const { version } = await store.put(bucket, `k${i}`, {
    apiVersion: 'g/v1',
    kind: 'Thing',
    metadata: { name: `k${i}` },
  });
  process.stdout.write(`${version.revision}\n`);
}
