/**
 * Asks a real kube-apiserver and ours the same, and compares what they answer, field by field:
 *
 *   npm run test:differential [-- [--record] [--real KUBECONFIG] [TOPIC…]]
 *
 * The real one is that of --real or KUBECONFIG, else one is started. --record writes its answers to
 * test/golden/kubernetes/exchanges, which the default tests replay. Ends with 1 when anything differs.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { topics } from '../exchanges/topics.ts';
import { commandTopics } from './commands/topics.ts';
import { type Compared, converse } from './conversation.ts';
import { converseByCommands } from './kubectl.ts';
import { report } from './report.ts';
import { ourServer, realServer, type Server } from './servers.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { record: { type: 'boolean' }, real: { type: 'string' }, out: { type: 'string' } },
});
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-differential-'));
const wanted = (name: string) => positionals.length === 0 || positionals.includes(name);

async function run(servers: readonly [Server, Server]): Promise<Compared[]> {
  const results: Compared[] = [];
  for (const topic of topics.filter(({ name }) => wanted(name))) {
    const compared = await converse(servers, topic);
    if (values.record === true) compared.record();
    results.push(compared);
  }
  for (const topic of commandTopics.filter(({ name }) => wanted(name))) {
    results.push(await converseByCommands(servers, topic, folder));
  }
  return results;
}

const real = await realServer(path.join(folder, 'real'), values.real ?? process.env['KUBECONFIG']);
const ours = await ourServer(path.join(folder, 'ours'));
try {
  process.exitCode = report(await run([real, ours]), values.out);
} finally {
  real.stop();
  ours.stop();
}
