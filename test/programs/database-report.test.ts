import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteStorage } from '../../src/apiserver/store/sqlite-storage.ts';
import { Store } from '../../src/apiserver/store/store.ts';
import { systemClock } from '../../src/base/system.ts';
import { reportOn, reportText } from '../../src/programs/database-report.ts';
import { newPlace, orrery } from '../support/world.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-report-'));
const file = path.join(folder, 'apiserver.db');
const thing = (name: string) => ({ apiVersion: 'g/v1', kind: 'Thing', metadata: { name } });

beforeAll(async () => {
  const store = new Store({ storage: new SqliteStorage(file), clock: systemClock });
  store.open();
  const [things, maps] = [store.bucket('g.io/things'), store.bucket('/configmaps')];
  await store.put(things, 'ns/a', thing('a'));
  await store.put(things, 'ns/b', thing('b'));
  await store.put(things, 'ns/b', thing('b'));
  await store.put(maps, 'ns/c', thing('c'));
  await store.remove(maps, 'ns/c');
  store.close();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('what a database holds', () => {
  it('is told by resource: objects, history, revision', () => {
    const report = reportOn(file)!;
    expect(report).toMatchObject({ file, format: 1, revision: 5 });
    expect(report.resources.map(({ resource, objects, history }) => [resource, objects, history])).toEqual([
      ['configmaps', 0, 2],
      ['things.g.io', 2, 1],
    ]);
    expect(reportText(report)).toMatch(/^things\.g\.io +2 +1 .*\n2 objects; all of it can be read\n$/m);
  });

  it('is told by a command, which changes nothing', async () => {
    const place = newPlace();
    const before = fs.readFileSync(file);
    const told = await orrery(place, 'apiserver', '--check', '--data-dir', folder);
    expect([told.exitCode, told.err]).toEqual([0, '']);
    expect(told.out).toContain(`${file}: format 1, `);
    const json = await orrery(place, 'apiserver', '--check', '--data-dir', folder, '-o', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ revision: 5 });
    expect(fs.readFileSync(file)).toEqual(before);
    const nothing = await orrery(place, 'apiserver', '--check', '--data-dir', path.join(folder, 'none'));
    expect([nothing.exitCode, nothing.err]).toEqual([
      1,
      expect.stringContaining(`orrery: there is no database in ${path.join(folder, 'none')} (`),
    ]);
    expect(fs.existsSync(path.join(folder, 'none'))).toBe(false);
    place.remove();
  });
});
