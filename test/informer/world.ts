/** A server in memory, a clock to move, and informers on them. */
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import type { Client } from '../../src/client/port.ts';
import { type Change, Informer, type InformerOptions } from '../../src/informer/informer.ts';
import { MemoryClient } from '../support/memory-client.ts';

export interface Box extends KubeObject {
  spec: { n: number; host?: string };
  status?: { phase?: string };
}

export const boxes: ResourceType = { group: 'test', version: 'v1', kind: 'Box', plural: 'boxes', namespaced: true };

export class World {
  readonly clock = new VirtualClock();
  readonly server = new MemoryClient(this.clock);

  /** Lets time pass, with every promise settled at its instant. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms, macrotask);
  }

  create(name: string, n = 0, namespace = 'default', host?: string): Promise<Box> {
    const spec = host === undefined ? { n } : { n, host };
    return this.server.create<Box>(boxes, { metadata: { namespace, name }, spec });
  }

  change(name: string, spec: object, namespace = 'default'): Promise<Box> {
    return this.server.patch<Box>(boxes, { namespace, name }, { type: 'merge', body: { spec } });
  }

  delete(name: string, namespace = 'default'): Promise<void> {
    return this.server.delete(boxes, { namespace, name });
  }

  informer(
    options: Partial<InformerOptions<Box, 'host'>> & { client?: Client; seed?: number } = {},
  ): Informer<Box, 'host'> {
    return new Informer<Box, 'host'>({
      client: this.server,
      type: boxes,
      clock: this.clock,
      random: new Random(options.seed ?? 1),
      logger: silentLogger,
      indexes: { host: ({ spec }) => (spec.host === undefined ? [] : [spec.host]) },
      ...options,
    });
  }
}

/** `+a 0`, `~a 1`, `-a` for what an informer told. */
export function storyOf(informer: Informer<Box, 'host'>): string[] {
  const story: string[] = [];
  informer.onChange((changes) => story.push(...changes.map(sentence)));
  return story;
}

function sentence({ name, before, after }: Change<Box>): string {
  if (after === undefined) return `-${name}`;
  return `${before === undefined ? '+' : '~'}${name} ${after.spec.n}`;
}
