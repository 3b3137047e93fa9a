/** A datacenter as a process of its own, to be killed: prints its port. Arguments: data directory, simulated speed. */
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/system.ts';
import { Datacenter } from '../../src/hypervisor/datacenter.ts';
import { SqliteJournalStore } from '../../src/hypervisor/journal/sqlite-journal.ts';
import { DirectBackend } from '../../src/hypervisor/transport/direct.ts';
import { BackendServer } from '../../src/hypervisor/transport/http-server.ts';
import { datastore, host, NAMESPACE, network } from './lab.ts';

const [directory, speed] = process.argv.slice(2);
const datacenter = new Datacenter({
  clock: systemClock,
  store: new SqliteJournalStore(directory!, `process ${process.pid}`),
  seed: '1',
  logger: silentLogger,
  speed: Number(speed),
});
const world = datacenter.world(NAMESPACE);
world.upsertDatastore(datastore('san1'));
world.upsertNetwork(network('lan'));
for (const name of ['h1', 'h2']) world.upsertHost(host(name));
const server = new BackendServer({
  backend: new DirectBackend(datacenter),
  token: 'crash',
  clock: systemClock,
  logger: silentLogger,
});
process.stdout.write(`${await server.listen('127.0.0.1', 0)}\n`);
