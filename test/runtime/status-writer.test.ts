import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, KubeObject, ResourceType } from '../../src/api/meta.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { ApiError, ConnectionError, type Patch } from '../../src/client/port.ts';
import { setCondition } from '../../src/runtime/conditions.ts';
import { type Recipe, type StatusOf, StatusWriter, type StatusWriterOptions } from '../../src/runtime/status-writer.ts';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';
import { MemoryClient, refused } from '../support/memory-client.ts';

interface Vm extends KubeObject {
  spec: object;
  status?: {
    observedGeneration?: number;
    host?: string;
    usage?: number;
    guest?: { state?: string; heartbeat?: string };
    conditions?: Condition[];
  };
}

const vms: ResourceType = { group: 'test', version: 'v1', kind: 'Vm', plural: 'vms', namespaced: true };
const order = ['Ready', 'Placed', 'Running', 'Reconciling'];
const owners: Readonly<Record<string, readonly string[]>> = {
  placement: ['conditions/Placed', 'host'],
  power: ['conditions/Ready', 'conditions/Reconciling', 'observedGeneration'],
  agent: ['conditions/Running', 'usage', 'guest/state'],
};
const mayWrite = (controller: string, path: string) => owners[controller]?.includes(path) ?? false;

const say =
  (type: string, status: Condition['status'], reason = 'Because'): Recipe<Vm> =>
  (draft) => {
    draft.conditions ??= [];
    setCondition(draft.conditions, { type, status, reason, message: '' }, { now: '2010-11-01T00:00:00Z', order });
  };

const usage =
  (value: number): Recipe<Vm> =>
  (draft) => {
    draft.usage = value;
  };

async function start(options: Partial<StatusWriterOptions<Vm>> = {}) {
  const clock = new VirtualClock();
  const server = new MemoryClient(clock);
  const registry = new MetricRegistry();
  const cache = new Map<string, Vm>();
  const create = async (name: string, status: StatusOf<Vm> = { observedGeneration: -1 }) => {
    const created = await server.create<Vm>(vms, { metadata: { namespace: 'n', name }, spec: {}, status });
    cache.set(name, created);
    return created;
  };
  const writer = new StatusWriter<Vm>({
    client: server,
    type: vms,
    source: {
      get: (_, name) => cache.get(name),
      overlay: (object) => cache.set(object.metadata.name, object),
    },
    mayWrite,
    clock,
    logger: silentLogger,
    metrics: registry,
    ...options,
  });
  const statusOf = async (name: string) => (await server.get<Vm>(vms, { namespace: 'n', name })).status!;
  return {
    clock,
    server,
    registry,
    cache,
    create,
    writer,
    statusOf,
    pass: (ms: number) => clock.advance(ms, macrotask),
    operations: () => server.patches.map((patch) => (patch as Extract<Patch, { type: 'json' }>).operations.slice(1)),
  };
}

describe('StatusWriter', () => {
  it('sends what several controllers contribute in one turn as one patch', async () => {
    const { create, writer, pass, operations, statusOf } = await start();
    const vm = await create('a', { observedGeneration: -1, conditions: [] });
    const written = Promise.all([
      writer.contribute('placement', vm, (draft) => {
        draft.host = 'h1';
      }),
      writer.contribute('placement', vm, say('Placed', 'True')),
      writer.contribute('power', vm, say('Ready', 'False')),
    ]);
    await pass(1);
    expect(operations()).toHaveLength(1);
    const [first, , last] = await written;
    expect(first).toBe(last);
    expect(first!.status).toEqual(await statusOf('a'));
    expect((await statusOf('a')).conditions!.map(({ type }) => type)).toEqual(['Ready', 'Placed']);
    expect((await statusOf('a')).host).toBe('h1');
  });

  it('sends nothing when nothing changes', async () => {
    const { create, writer, pass, server, registry } = await start();
    const vm = await create('a', { host: 'h1', conditions: [] });
    let result: Vm | undefined;
    void writer
      .contribute('placement', vm, (draft) => {
        draft.host = 'h1';
      })
      .then((object) => {
        result = object;
      });
    await pass(1);
    expect(result).toBe(vm);
    expect(server.patches).toEqual([]);
    expect(registry.value('orrery_status_writes_total', 'Vm', 'unchanged')).toBe(1);
  });

  it('has one write of an object under way, and gathers meanwhile', async () => {
    const { create, writer, pass, server, operations } = await start();
    const vm = await create('a');
    let release = () => {};
    const patch = server.patch.bind(server);
    let underWay = 0;
    server.patch = (async (...args: Parameters<typeof patch>) => {
      expect(++underWay).toBe(1);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      underWay--;
      return patch(...args);
    }) as typeof server.patch;
    const host =
      (name: string): Recipe<Vm> =>
      (draft) => {
        draft.host = name;
      };
    void writer.contribute('placement', vm, host('h1'));
    await pass(1);
    void writer.contribute('placement', vm, host('h2'));
    void writer.contribute('placement', vm, host('h3'));
    await pass(1);
    release();
    await pass(1);
    release();
    await pass(1);
    expect(operations().map(([operation]) => (operation as { value: unknown }).value)).toEqual(['h1', 'h3']);
    expect(writer.pending).toBe(0);
  });

  it('sets the first conditions with the first write, whoever makes it', async () => {
    const initial: Recipe<Vm> = (draft, object) => {
      draft.observedGeneration = object.metadata.generation!;
      say('Ready', 'False', 'Pending')(draft, object);
      say('Reconciling', 'True', 'Pending')(draft, object);
    };
    const { create, writer, pass, operations, statusOf } = await start({ initial });
    const vm = await create('a');
    void writer.contribute('placement', vm, say('Placed', 'True'));
    await pass(1);
    expect(operations()).toHaveLength(1);
    const status = await statusOf('a');
    expect(status.observedGeneration).toBe(1);
    expect(status.conditions!.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=False',
      'Placed=True',
      'Reconciling=True',
    ]);
    void writer.contribute('power', vm, say('Ready', 'True'));
    await pass(1);
    expect((await statusOf('a')).conditions![0]!.status).toBe('True');
  });

  it('runs the recipes again on the present state when the object has moved', async () => {
    const { create, writer, pass, server, statusOf, registry } = await start();
    const vm = await create('a', { conditions: [] });
    void writer.contribute('agent', vm, say('Running', 'False'));
    await pass(1);
    // Another process puts a condition before ours; this cache has not heard of it.
    const other = { op: 'add', path: '/status/conditions/0', value: { type: 'Ready', status: 'True' } } as const;
    await server.patch(vms, vm.metadata, { type: 'json', operations: [other] }, { subresource: 'status' });
    const seen: (string | undefined)[] = [];
    void writer.contribute('agent', vm, (draft, object) => {
      seen.push(object.metadata.resourceVersion);
      say('Running', 'True')(draft, object);
    });
    await pass(1);
    expect((await statusOf('a')).conditions!.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Running=True',
    ]);
    expect(seen).toHaveLength(2);
    expect(registry.value('orrery_status_writes_total', 'Vm', 'conflict')).toBe(1);
  });

  it('shows recipes the state that was written last, before the watch does', async () => {
    const { create, writer, pass, statusOf } = await start();
    const vm = await create('a', { usage: 0 });
    for (let i = 0; i < 5; i++) {
      void writer.contribute('agent', vm, (draft) => {
        draft.usage! += 1;
      });
      await pass(1);
    }
    expect((await statusOf('a')).usage).toBe(5);
  });

  it('refuses a recipe that touches what is not its own, and only that', async () => {
    const { create, writer, pass, statusOf } = await start();
    const vm = await create('a', { host: 'h1', guest: { state: 'Booting', heartbeat: 'Gray' }, conditions: [] });
    const results = Promise.allSettled([
      writer.contribute('agent', vm, (draft) => {
        draft.usage = 5;
        draft.host = 'h2';
      }),
      writer.contribute('agent', vm, say('Ready', 'True')),
      writer.contribute('agent', vm, (draft) => {
        draft.guest!.heartbeat = 'Green';
      }),
      writer.contribute('stranger', vm, (draft) => {
        draft.usage = 6;
      }),
      writer.contribute('agent', vm, (draft) => {
        draft.host = 'h1';
        draft.guest = { state: 'Running', heartbeat: 'Gray' };
      }),
    ]);
    await pass(1);
    const told = (await results).map((result) => (result.status === 'rejected' ? result.reason.message : 'written'));
    expect(told).toEqual([
      'agent wrote status.host, which is not its own',
      'agent wrote the condition Ready, which is not its own',
      'agent wrote status.guest.heartbeat, which is not its own',
      'stranger wrote status.usage, which is not its own',
      'written',
    ]);
    expect(await statusOf('a')).toEqual({
      host: 'h1',
      guest: { state: 'Running', heartbeat: 'Gray' },
      conditions: [],
    });
  });

  it('lets usage wait for the floor, sends what is urgent at once and takes usage along', async () => {
    const { create, writer, pass, server } = await start();
    const vm = await create('a', { conditions: [] });
    const use = (value: number) => writer.contribute('agent', vm, usage(value), { isUrgent: false, replaces: 'usage' });
    void use(1);
    await pass(1);
    expect(server.patches).toHaveLength(1);
    const waiting = [use(2), use(3)];
    await pass(9_000);
    expect(server.patches).toHaveLength(1);
    await pass(1_001);
    expect(server.patches).toHaveLength(2);
    expect((await Promise.all(waiting)).map((object) => object?.status?.usage)).toEqual([3, 3]);

    void use(4);
    await pass(1000);
    void writer.contribute('agent', vm, say('Running', 'True'));
    await pass(1);
    expect(server.patches).toHaveLength(3);
    expect((await server.get<Vm>(vms, vm.metadata)).status).toMatchObject({ usage: 4, conditions: [{}] });
    await pass(60_000);
    expect(server.patches).toHaveLength(3);
  });

  it('flushes what waits', async () => {
    const { create, writer, pass, server } = await start();
    const vm = await create('a');
    for (const value of [1, 2]) {
      void writer.contribute('agent', vm, usage(value), { isUrgent: false });
      await pass(1);
    }
    expect(server.patches).toHaveLength(1);
    let isFlushed = false;
    void writer.flush().then(() => {
      isFlushed = true;
    });
    await pass(1);
    expect(server.patches).toHaveLength(2);
    expect(isFlushed).toBe(true);
  });

  it('writes nothing to an object of the same name that came later, nor to one that is gone', async () => {
    const { create, writer, pass, server, cache } = await start();
    const old = await create('a', { conditions: [] });
    await server.delete(vms, old.metadata);
    const late: (Vm | undefined)[] = [];
    const contribute = () =>
      writer.contribute('agent', old, say('Running', 'True')).then((object) => {
        late.push(object);
      });
    void contribute();
    await pass(1);
    await server.create<Vm>(vms, { metadata: { namespace: 'n', name: 'a' }, spec: {}, status: { conditions: [] } });
    void contribute();
    await pass(1);
    cache.delete('a');
    void contribute();
    await pass(1);
    expect(late).toEqual([undefined, undefined, undefined]);
    expect((await server.get<Vm>(vms, old.metadata)).status).toEqual({ conditions: [] });
  });

  it('finds an object that the watch has not told of yet', async () => {
    const { writer, server, pass, statusOf } = await start();
    const vm = await server.create<Vm>(vms, { metadata: { namespace: 'n', name: 'new' }, spec: {}, status: {} });
    void writer.contribute('agent', vm, say('Running', 'True'));
    await pass(1);
    expect((await statusOf('new')).conditions).toHaveLength(1);
  });

  it('tells all who contributed when there is no answer, and works again afterwards', async () => {
    const { create, writer, pass, server, statusOf } = await start();
    const vm = await create('a', { conditions: [] });
    const { patch } = server;
    server.patch = async () => {
      throw new ConnectionError('no answer');
    };
    const results = Promise.allSettled([
      writer.contribute('agent', vm, say('Running', 'True')),
      writer.contribute('power', vm, say('Ready', 'True')),
    ]);
    await pass(1);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    server.patch = patch.bind(server) as typeof server.patch;
    void writer.contribute('power', vm, say('Ready', 'True'));
    await pass(1);
    expect((await statusOf('a')).conditions).toHaveLength(1);
  });

  it('keeps one controller’s invalid status from the others', async () => {
    const { create, writer, pass, server, statusOf } = await start();
    const vm = await create('a', { conditions: [] });
    const patch = server.patch.bind(server);
    server.patch = (async (...args: Parameters<typeof patch>) => {
      if (!JSON.stringify(args[2]).includes('"value":-5')) return patch(...args);
      const error = refused(422, 'Invalid');
      throw new ApiError({ ...error.status, details: { causes: [{ field: 'status.usage' }] } });
    }) as typeof server.patch;
    const results = Promise.allSettled([
      writer.contribute('power', vm, say('Ready', 'True')),
      writer.contribute('agent', vm, usage(-5)),
    ]);
    await pass(1);
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await statusOf('a')).toMatchObject({ conditions: [{ type: 'Ready' }] });
  });

  it('gives up when the object moves under it ten times', async () => {
    const { create, writer, pass, server } = await start();
    const vm = await create('a');
    let tries = 0;
    server.patch = async () => {
      tries++;
      throw refused(409, 'Conflict');
    };
    const results = Promise.allSettled([writer.contribute('agent', vm, say('Running', 'True'))]);
    await pass(1);
    expect((await results)[0]).toMatchObject({ status: 'rejected', reason: { code: 409 } });
    expect(tries).toBe(10);
  });

  it('comes to what every controller wrote last, whatever others write in between', async () => {
    const step = fc.record({
      vm: fc.constantFrom('a', 'b'),
      controller: fc.constantFrom('placement', 'power', 'agent'),
      value: fc.nat(3),
      isUrgent: fc.boolean(),
      pauseMs: fc.constantFrom(0, 0, 1, 5000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.nat(), async (steps, seed) => {
        const { create, writer, pass, server, statusOf, cache } = await start();
        const random = new Random(seed);
        await create('a', {});
        await create('b', {});
        const patch = server.patch.bind(server);
        // Before a write of ours arrives, others may have put conditions of theirs in front, or taken them away.
        server.patch = (async (...args: Parameters<typeof patch>) => {
          for (let i = 0; i < args.length && random.chance(0.4); i++) {
            const vm = await server.get<Vm>(vms, args[1]);
            const conditions = (vm.status?.conditions ?? []).filter(({ type }) => type !== 'Foreign');
            if (random.chance(0.6))
              conditions.splice(random.below(conditions.length + 1), 0, { type: 'Foreign' } as never);
            await server.replace(vms, { ...vm, status: { ...vm.status, conditions } } as Vm, { subresource: 'status' });
          }
          if (random.chance(0.1)) throw refused(409, 'Conflict');
          return patch(...args);
        }) as typeof server.patch;
        const wanted: Record<string, Record<string, string>> = { a: {}, b: {} };
        const of = { placement: 'Placed', power: 'Ready', agent: 'Running' } as const;
        for (const { vm, controller, value, isUrgent, pauseMs } of steps) {
          const type = of[controller as keyof typeof of];
          wanted[vm]![type] = `R${value}`;
          const recipe = say(type, value % 2 === 0 ? 'True' : 'False', `R${value}`);
          void writer.contribute(controller, cache.get(vm)!, recipe, { isUrgent });
          if (pauseMs > 0) await pass(pauseMs);
        }
        await pass(20_000);
        expect(writer.pending).toBe(0);
        for (const vm of ['a', 'b']) {
          const conditions = ((await statusOf(vm)).conditions ?? []).filter(({ type }) => type !== 'Foreign');
          expect(Object.fromEntries(conditions.map(({ type, reason }) => [type, reason]))).toEqual(wanted[vm]);
          expect(conditions.map(({ type }) => type)).toEqual(order.filter((type) => type in wanted[vm]!));
        }
      }),
      { numRuns: 150 },
    );
  });
});
