import { ApiServer } from '../../../src/apiserver/server.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { Random } from '../../../src/base/random.ts';
import { macrotask } from '../../../src/base/system.ts';
import { DirectClient } from '../../../src/client/direct.ts';
import { describeClient } from './suite.ts';

/** Calls what is due now, for as long as the suite runs; the time itself moves only when a case lets it pass. */
function keepUp(clock: VirtualClock): { stop(): void } {
  let isStopped = false;
  const step = async () => {
    while (!isStopped) {
      await macrotask();
      while (clock.runNext(clock.monotonic())) await macrotask();
    }
  };
  void step();
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

describeClient('direct', async () => {
  const clock = new VirtualClock();
  const server = new ApiServer({ storage: new MemoryStorage(), clock, random: new Random(1), history: 50 });
  const driver = keepUp(clock);
  await server.start();
  const client = new DirectClient({ server });
  return {
    client,
    pass: (ms) => clock.advance(ms, macrotask),
    forgottenVersion: async () => '1',
    close: async () => {
      await client.close();
      driver.stop();
      await server.close();
    },
  };
});
