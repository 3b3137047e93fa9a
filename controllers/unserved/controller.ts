import { commonConditions } from '../../src/api/conditions.ts';
import type { Condition, KubeObject } from '../../src/api/meta.ts';
import { rfc3339 } from '../../src/base/units.ts';
import type { Informer } from '../../src/informer/informer.ts';
import { isSaid } from '../../src/model/said.ts';
import { say } from '../../src/runtime/conditions.ts';
import { Controller, type ControllerOptions, done } from '../../src/runtime/controller.ts';
import { nameOf } from '../../src/runtime/keys.ts';
import { watching } from '../../src/runtime/source.ts';
import type { StatusWriter } from '../../src/runtime/status-writer.ts';
import { decide } from './decide.ts';
import { conditionsFor } from './status.ts';

/** An object of any kind of ours. */
export interface AnyObject extends KubeObject {
  readonly spec?: object;
  readonly status: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export interface UnservedKind {
  readonly informer: Informer<AnyObject>;
  readonly writer: StatusWriter<AnyObject>;
}

/** Tells of every object of a kind without a controller that nothing acts on it. */
export function unservedController(
  { informer, writer }: UnservedKind,
  { clock, ...rest }: Pick<ControllerOptions, 'clock' | 'random' | 'logger' | 'metrics'>,
): Controller {
  return new Controller({
    name: `unserved-${informer.type.plural}`,
    clock,
    ...rest,
    concurrency: 16,
    sources: [watching(informer)],
    reconcile: async (key) => {
      const { namespace, name } = nameOf(key);
      const object = informer.get(namespace, name);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return done;
      const said = conditionsFor(decide({ kind: informer.type.kind, spec: { ...object.spec } }));
      const observedGeneration = object.metadata.generation ?? 0;
      const { status } = object;
      const isTold = said.every((one) => isSaid(status.conditions, one));
      if (status.observedGeneration === observedGeneration && isTold) return done;
      const context = { now: rfc3339(clock.now()), order: commonConditions, observedGeneration };
      await writer.contribute('unserved', object, (draft) => {
        draft.observedGeneration = observedGeneration;
        say(draft as never, said, context);
      });
      return done;
    },
  });
}
