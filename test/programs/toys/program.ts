/** A program that serves nothing: for the tests of who starts and stops programs. Its one argument is how it behaves. */

import { OrreryError } from '../../../src/base/errors.ts';
import { processTerminal } from '../../../src/cli/process-terminal.ts';
import { runProgram } from '../../../src/programs/program.ts';

const behaviour = process.argv[2] ?? 'serve';

const exitCode = await runProgram(
  {
    name: 'toy',
    async start({ prepared, logger, stopping, fail, clock }) {
      if (behaviour === 'refuse') throw new OrreryError('PORT_IN_USE', { port: 1, address: '127.0.0.1' });
      if (behaviour === 'break') throw new TypeError('a mistake of ours');
      if (behaviour === 'die') process.exit(3);
      const settings = await prepared({ pid: process.pid });
      logger.info({ greeting: settings['greeting'] }, 'serving');
      if (behaviour === 'fail later')
        clock.after(50, () => fail(new OrreryError('PORT_IN_USE', { port: 2, address: 'x' })));
      if (behaviour === 'slow') await new Promise((resolve) => stopping.addEventListener('abort', resolve));
      return {
        facts: { pid: process.pid, greeting: settings['greeting'] ?? 'none' },
        stop: async () => {
          if (behaviour === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
          logger.info({}, 'stopped');
        },
      };
    },
    greeting: ({ pid }) => [`serving as ${pid}`],
  },
  { logLevel: 'info', logFormat: 'json', terminal: processTerminal() },
).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
process.exit(exitCode);
