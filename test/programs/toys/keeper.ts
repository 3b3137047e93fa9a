/** Keeps one toy program, and says what happens, one JSON object per line. */
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/base/system.ts';
import { Keeper } from '../../../src/programs/keeper.ts';

const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const keeper = new Keeper(
  {
    name: 'toy',
    command: () => ({
      file: process.execPath,
      args: [
        '--disable-warning=ExperimentalWarning',
        fileURLToPath(new URL('./program.ts', import.meta.url)),
        process.argv[2] ?? 'serve',
      ],
      env: process.env,
    }),
  },
  {
    line: (_, line) => say({ line }),
    died: (_, how, delayMs) => say({ died: how, delayMs }),
    outage: (_, isDown) => say({ outage: isDown }),
    recovered: () => say({ recovered: keeper.pid }),
  },
  systemClock,
);
keeper.start();
keeper.go({ greeting: 'hello' });
keeper.ready.then(
  (facts) => say({ ready: facts }),
  (error) => say({ failed: error.message, name: error.name, exitCode: error.exitCode }),
);
process.on('message', async (order: { stop: number } | { hold: number | null } | { release: true }) => {
  if ('hold' in order) return keeper.hold(order.hold ?? undefined);
  if ('release' in order) return keeper.release();
  await keeper.stop(order.stop);
  say({ gone: true });
  process.exit(0);
});
