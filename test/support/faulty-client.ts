import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import {
  type ApiError,
  type Client,
  ConnectionError,
  type ListOptions,
  type ObjectName,
  type Patch,
  type PatchOptions,
  type WatchEvent,
  type WatchObserver,
  type WatchOptions,
} from '../../src/client/port.ts';
import { refused } from './memory-client.ts';

export interface Faults {
  /** Chances, 0 to 1, per call or per batch. */
  readonly failedList: number;
  readonly failedWatch: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly forgotten: number;
  /** A batch arrives up to so many milliseconds late, in its own connection's order only. */
  readonly lateMs: number;
}

/**
 * A Client between the code under test and another: connections that drop, tell things twice, tell them late (also
 * after they were given up, into the life of the next one), answers of 410, 429 and 500.
 */
export function withFaults(inner: Client, clock: Clock, random: Random, faults: () => Faults): Client {
  const fail = (): never => {
    const lot = random.below(4);
    if (lot === 0) throw refused(500, 'InternalError');
    if (lot === 1) throw refused(429, 'TooManyRequests');
    throw new ConnectionError('connection refused');
  };
  return {
    get: (type, name, options) => inner.get(type, name, options),
    create: (type, object, options) => inner.create(type, object, options),
    replace: (type, object, options) => inner.replace(type, object, options),
    patch: <T extends KubeObject>(type: ResourceType, name: ObjectName, patch: Patch, options?: PatchOptions) =>
      inner.patch<T>(type, name, patch, options),
    delete: (type, name, options) => inner.delete(type, name, options),
    deleteCollection: (type, selection, options) => inner.deleteCollection(type, selection, options),
    raw: (path, options) => inner.raw(path, options),
    close: () => inner.close(),
    async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}) {
      if (random.chance(faults().failedList)) fail();
      if (options.continue !== undefined && random.chance(faults().forgotten)) throw refused(410, 'Expired');
      return inner.list<T>(type, options);
    },
    watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>) {
      return faultyWatch(inner, clock, random, faults, { type, options, observer });
    },
  };
}

interface Asked<T extends KubeObject> {
  readonly type: ResourceType;
  readonly options: WatchOptions;
  readonly observer: WatchObserver<T>;
}

function faultyWatch<T extends KubeObject>(
  inner: Client,
  clock: Clock,
  random: Random,
  faults: () => Faults,
  { type, options, observer }: Asked<T>,
) {
  let isOver = false;
  let last = clock.monotonic();
  const later = (run: () => void) => {
    // Late, but not before what the same connection told earlier.
    last = Math.max(last, clock.monotonic() + random.below(faults().lateMs + 1));
    clock.after(last - clock.monotonic(), run);
  };
  const close = (error?: ApiError | ConnectionError) =>
    later(() => {
      if (isOver) return;
      isOver = true;
      watch.stop();
      observer.closed(error);
    });
  const events = (batch: readonly WatchEvent<T>[]) => {
    later(() => observer.events(batch)); // also after it was stopped: the code under test must not mind
    if (random.chance(faults().duplicated)) later(() => observer.events(batch));
    if (random.chance(faults().dropped)) close(new ConnectionError('connection reset'));
  };
  const watch = inner.watch<T>(type, options, { events, closed: close });
  if (random.chance(faults().failedWatch)) close(new ConnectionError('connection refused'));
  else if (options.resourceVersion !== undefined && random.chance(faults().forgotten)) close(refused(410, 'Expired'));
  return {
    stop() {
      isOver = true;
      watch.stop();
    },
  };
}
