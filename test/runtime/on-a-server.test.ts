/** The runtime against API servers that check what they are sent: the embedded one, and the real one when there is one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition, KubeObject } from '../../src/api/meta.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { events, leases } from '../../src/client/well-known.ts';
import { Informer } from '../../src/informer/informer.ts';
import { setCondition } from '../../src/runtime/conditions.ts';
import { EventRecorder } from '../../src/runtime/event-recorder.ts';
import { addFinalizer, removeFinalizer } from '../../src/runtime/finalizers.ts';
import { LeaderElection, type Lease } from '../../src/runtime/leader-election.ts';
import { type Recipe, StatusWriter } from '../../src/runtime/status-writer.ts';
import {
  type ClientHarness,
  eventually,
  installWidgets,
  newNamespace,
  type Widget,
  widget,
  widgets,
} from '../conformance/client/harness.ts';
import { direct, embedded, overHttp } from '../conformance/client/transports.ts';

const order = ['Ready', 'Placed', 'Running'];
const say =
  (type: string, status: Condition['status']): Recipe<Widget> =>
  (draft) => {
    draft.conditions ??= [];
    setCondition(
      draft.conditions,
      { type, status, reason: 'Because', message: '' },
      { now: '2010-11-01T00:00:00Z', order },
    );
  };

function describeRuntime(name: string, open: () => Promise<ClientHarness>): void {
  describe(`the runtime, ${name}`, () => {
    let harness: ClientHarness;
    beforeAll(async () => {
      harness = await open();
      await installWidgets(harness);
    });
    afterAll(() => harness?.close());
    const common = () => ({
      client: harness.client,
      clock: harness.clock,
      random: new Random(1),
      logger: silentLogger,
    });

    async function start() {
      const namespace = await newNamespace(harness);
      const informer = new Informer<Widget>({ ...common(), type: widgets, namespaces: [namespace] });
      informer.start();
      await informer.synced;
      const writer = new StatusWriter<Widget>({
        ...common(),
        type: widgets,
        source: informer,
        mayWrite: () => true,
        initial: (draft, object) => {
          draft.observedGeneration = object.metadata.generation!;
          say('Ready', 'False')(draft, object);
        },
      });
      const create = () => harness.client.create<Widget>(widgets, widget(namespace, 'a'));
      const present = () => harness.client.get<Widget>(widgets, { namespace, name: 'a' });
      return { namespace, informer, writer, create, present };
    }

    it('writes the first status whole, and then only what changes', async () => {
      const { writer, create, present, informer } = await start();
      const created = await create();
      const first = await writer.contribute('placement', created, say('Placed', 'True'));
      expect(first!.status).toMatchObject({
        observedGeneration: 1,
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Placed', status: 'True' },
        ],
      });
      const again = await writer.contribute('power', created, say('Ready', 'True'));
      expect(await present()).toEqual(again);
      expect(again!.metadata.generation).toBe(1);
      expect(informer.get(created.metadata.namespace, 'a')).toEqual(again);
      const same = await writer.contribute('power', created, say('Ready', 'True'));
      expect(same).toEqual(again);
      informer.stop();
    });

    it('adds its condition although another process has just added the same one, and one before it', async () => {
      const { writer, create, present, informer } = await start();
      const created = await create();
      await writer.contribute('power', created, say('Ready', 'True'));
      informer.stop();
      const at = { lastTransitionTime: '2010-11-01T00:00:00Z', reason: 'Other', message: '' };
      const operations = [
        { op: 'add', path: '/status/conditions/-', value: { type: 'Running', status: 'Unknown', ...at } },
      ] as const;
      const options = { subresource: 'status' } as const;
      await harness.client.patch(widgets, created.metadata, { type: 'json', operations }, options);
      await writer.contribute('agent', created, say('Running', 'True'));
      const { conditions } = (await present()).status!;
      expect(conditions!.map(({ type, status }) => `${type}=${status}`)).toEqual(['Ready=True', 'Running=True']);
    });

    it('tells a controller whose status the schema refuses', async () => {
      const { writer, create, present, informer } = await start();
      const created = await create();
      const results = await Promise.allSettled([
        writer.contribute('power', created, say('Ready', 'True')),
        writer.contribute('agent', created, say('Running', 'Perhaps' as 'True')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect((await present()).status!.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
      informer.stop();
    });

    it('writes events that the server takes, and counts them in series', async () => {
      const { create, namespace, informer } = await start();
      const created = await create();
      const recorder = new EventRecorder({ ...common(), instance: 'test-host' });
      const record = recorder.of('orrery.dev/placement');
      const input = {
        regarding: created,
        type: 'Normal',
        reason: 'VMPlaced',
        action: 'Place',
        note: 'placed on h1: 3 of 4 hosts fit',
      } as const;
      record(input);
      await recorder.drained();
      record(input);
      await recorder.drained();
      type Event = KubeObject & { series?: object; regarding: object };
      const { items } = await harness.client.list<Event>(events, { namespace });
      expect(items.filter((event) => JSON.stringify(event).includes('VMPlaced'))).toMatchObject([
        { series: { count: 2 }, regarding: { kind: 'Widget', name: 'a', uid: created.metadata.uid } },
      ]);
      informer.stop();
    });

    it('takes and gives back a lease', async () => {
      const namespace = await newNamespace(harness);
      const election = new LeaderElection({ ...common(), namespace, name: 'controllers', identity: 'me' });
      let isLeading = false;
      election.start(
        () => {
          isLeading = true;
        },
        () => {},
      );
      await eventually(harness, () => expect(isLeading).toBe(true));
      const lease = () => harness.client.get<Lease>(leases, { namespace, name: 'controllers' });
      expect((await lease()).spec!.holderIdentity).toBe('me');
      await election.stop();
      // An empty holder is left out by the server.
      expect((await lease()).spec!.holderIdentity ?? '').toBe('');
    });

    it('holds and releases an object by its finalizer', async () => {
      const { create, present, informer, namespace } = await start();
      const held = await addFinalizer(harness.client, widgets, await create(), 'orrery.dev/test');
      await harness.client.delete(widgets, held.metadata);
      expect((await present()).metadata.deletionTimestamp).toBeDefined();
      await removeFinalizer(harness.client, widgets, held, 'orrery.dev/test');
      expect((await harness.client.list(widgets, { namespace })).items).toEqual([]);
      await eventually(harness, () => expect(informer.get(namespace, 'a')).toBeUndefined());
      informer.stop();
    });
  });
}

describeRuntime('on the embedded server, directly', direct);
describeRuntime('on the embedded server, over HTTP', embedded);
const real = process.env['KUBECONFIG_REAL'];
if (real !== undefined) describeRuntime('on a real server', () => overHttp(real));
