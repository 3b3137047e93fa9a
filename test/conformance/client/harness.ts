/** What the suite needs of a transport, and the small tools its cases share. */
import { expect } from 'vitest';
import type { Condition, KubeObject, ResourceType } from '../../../src/api/meta.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { ApiError, type Client, type WatchEvent, type WatchObserver } from '../../../src/client/port.ts';
import { customResourceDefinitions, namespaces } from '../../../src/client/well-known.ts';

export interface ClientHarness {
  readonly client: Client;
  /** What `pass` moves. */
  readonly clock: Clock;
  /** Lets this much time pass for the server and the client. */
  pass(ms: number): Promise<void>;
  /** A version of widgets that the server no longer remembers. */
  forgottenVersion(): Promise<string>;
  close(): Promise<void>;
}

export interface Widget extends KubeObject {
  spec: {
    size?: number;
    color?: string;
    replicas?: number;
    tags?: string[];
    parts?: { name: string; count: number }[];
  };
  status?: { phase?: string; replicas?: number; observedGeneration?: number; conditions?: Condition[] };
}

export const widgets: ResourceType = {
  group: 'conformance.orrery.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 100, default: 5 },
        color: { type: 'string', enum: ['red', 'green', 'blue'] },
        replicas: { type: 'integer' },
        tags: { type: 'array', items: { type: 'string' } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, count: { type: 'integer' } },
          },
        },
      },
    },
    status: {
      type: 'object',
      default: { observedGeneration: -1 },
      properties: {
        phase: { type: 'string' },
        replicas: { type: 'integer' },
        observedGeneration: { type: 'integer' },
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: {
            type: 'object',
            required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
            properties: {
              type: { type: 'string' },
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              reason: { type: 'string' },
              message: { type: 'string' },
              lastTransitionTime: { type: 'string', format: 'date-time' },
              observedGeneration: { type: 'integer' },
            },
          },
        },
      },
    },
  },
};

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.conformance.orrery.dev' },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};

/** Installs the widget kind and waits until it is served. */
export async function installWidgets(harness: ClientHarness): Promise<void> {
  await harness.client.create(customResourceDefinitions, definition).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
  });
  await eventually(harness, () => harness.client.list(widgets));
}

let spaces = 0;

/** A namespace that nobody else uses. */
export async function newNamespace({ client }: ClientHarness): Promise<string> {
  const name = `client-${process.pid}-${Date.now().toString(36)}-${spaces++}`;
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

export function widget(namespace: string, name: string, spec: Widget['spec'] = {}, metadata: object = {}) {
  return {
    apiVersion: 'conformance.orrery.dev/v1',
    kind: 'Widget',
    metadata: { namespace, name, ...metadata },
    spec,
  };
}

/** Tries until it does not fail, for at most so much of the harness's time. */
export async function eventually<T>(harness: ClientHarness, check: () => Promise<T> | T, limitMs = 10_000): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries * 50 >= limitMs) throw error;
    }
    await harness.pass(50);
  }
}

/** The refusal that the call must end in. */
export async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => new Error('the call was not refused'),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

/** Writes down what a watch is told. */
export class Recorder implements WatchObserver<Widget> {
  readonly received: WatchEvent<Widget>[] = [];
  readonly batches: number[] = [];
  readonly endings: (Error | undefined)[] = [];

  events(batch: readonly WatchEvent<Widget>[]): void {
    if (this.endings.length > 0) throw new Error('events after the end');
    this.batches.push(batch.length);
    this.received.push(...batch);
  }

  closed(error?: Error): void {
    this.endings.push(error);
  }

  /** `added a`, `modified a`, …; bookmarks left out. */
  get story(): string[] {
    return this.received.flatMap((event) =>
      event.type === 'bookmark' ? [] : [`${event.type} ${event.object.metadata.name}`],
    );
  }
}
