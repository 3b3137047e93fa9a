import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import type { Batch } from '../../../src/apiserver/store/storage.ts';
import { definitions, TestServer, widget, widgetDefinition, widgets } from '../support/in-memory.ts';

/** Fails as often as it is told, from the commit on after those that it lets pass. */
class FailingStorage extends MemoryStorage {
  passing = Number.POSITIVE_INFINITY;
  failing = 0;
  failed: string[] = [];

  override commit(batch?: Batch): void {
    if (this.passing-- > 0 || this.failing-- <= 0) return;
    this.failed.push(...batch!.changes.map(({ version }) => version.key));
    throw new Error('no space left');
  }
}

async function started() {
  const storage = new FailingStorage();
  const server = await new TestServer({ storage }).start();
  await server.advance(1000);
  const conditions = async () => {
    const { status } = await server.get(definitions, 'widgets.t.example.com');
    return (status as { conditions: { type: string; status: string }[] }).conditions.map(
      ({ type, status: state }) => `${type}=${state}`,
    );
  };
  return { storage, server, conditions };
}

describe('a definition', () => {
  it.each([1, 3])('whose status could not be written %i times is established all the same', async (times) => {
    const { storage, server, conditions } = await started();
    storage.passing = 1;
    storage.failing = times;
    await server.create(definitions, widgetDefinition());
    await server.advance(500);
    expect(storage.failed[0]).toBe('widgets.t.example.com');
    await server.advance(5000);
    expect(storage.failed).toHaveLength(times);
    expect(await conditions()).toEqual(['NamesAccepted=True', 'Established=True']);
    expect((await server.create(widgets, widget('w'))).metadata.name).toBe('w');
  });

  it.each([1, 2, 3])('is deleted with its objects though write %i after that failed', async (passing) => {
    const { storage, server } = await started();
    await server.create(definitions, widgetDefinition());
    await server.advance(1000);
    await server.create(widgets, widget('w'));
    storage.passing = passing;
    storage.failing = 1;
    await server.delete(definitions, 'widgets.t.example.com');
    await server.advance(10_000);
    expect((await server.list(definitions)).items).toEqual([]);
    await expect(server.list(widgets)).rejects.toMatchObject({ status: { code: 404 } });
  });
});
