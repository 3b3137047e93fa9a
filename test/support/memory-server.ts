import { ApiServer } from '../../src/apiserver/server.ts';
import { MemoryStorage } from '../../src/apiserver/store/memory-storage.ts';
import { type Clock, VirtualClock } from '../../src/base/clock.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { DirectClient } from '../../src/client/direct.ts';

export interface MemoryServer {
  readonly server: ApiServer;
  readonly client: DirectClient;
  readonly clock: VirtualClock;
  /** Lets everything happen that takes no time, and `ms` of time pass, until the promise has settled. */
  during<T>(promise: Promise<T>): Promise<T>;
}

/** The embedded API server in memory, on a virtual clock. */
export async function memoryServer(): Promise<MemoryServer> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const server = new ApiServer({ storage: new MemoryStorage(), clock: clock as Clock, random: new Random('test') });
  let isSettled = false;
  const during = async <T>(promise: Promise<T>): Promise<T> => {
    isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) {
      await macrotask();
      if (!isSettled) clock.runNext();
    }
    return promise;
  };
  await during(server.start());
  return { server, client: new DirectClient({ server }), clock, during };
}
