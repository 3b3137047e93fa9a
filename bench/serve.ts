/**
 * The API server alone, for measuring it: node src/bootstrap.mjs :run bench/serve.ts PORT [DATABASE]
 * Without a database everything is in memory. The token is `devtoken`; the certificate is made by openssl.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Tokens } from '../src/apiserver/http/authentication.ts';
import { startHttp } from '../src/apiserver/http/listen.ts';
import { ApiServer } from '../src/apiserver/server.ts';
import { MemoryStorage } from '../src/apiserver/store/memory-storage.ts';
import { systemClock, systemRandom } from '../src/base/system.ts';

const started = performance.now();
const port = Number(process.argv[2] ?? 0);
const file = process.argv[3];
const folder = path.join(os.tmpdir(), 'orrery-bench-certificate');
if (!fs.existsSync(path.join(folder, 'cert.pem'))) {
  fs.mkdirSync(folder, { recursive: true });
  const where = ['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '365'];
  execFileSync('openssl', [...kind, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', ...where], {
    stdio: 'ignore',
  });
}
const storage =
  file === undefined
    ? new MemoryStorage()
    : new (await import('../src/apiserver/store/sqlite-storage.ts')).SqliteStorage(file);
const logger = { debug() {}, info: console.log, warn: console.log, error: console.log, child: () => logger };
const tokens = new Tokens([['devtoken', { name: 'admin', uid: 'admin', groups: ['system:masters'] }]]);
const apiServer = new ApiServer({
  tokens,
  ...(process.env['ROOT_CA'] !== undefined && { rootCa: '' }),
  storage,
  clock: systemClock,
  random: systemRandom(),
  logger,
});
await apiServer.start();
const http = await startHttp({
  apiServer,
  clock: systemClock,
  logger,
  port,
  certificate: {
    cert: fs.readFileSync(path.join(folder, 'cert.pem'), 'utf8'),
    key: fs.readFileSync(path.join(folder, 'key.pem'), 'utf8'),
  },
  tokens,
});
console.log(
  `https://127.0.0.1:${http.port} pid ${process.pid}, ready after ${(performance.now() - started).toFixed(0)} ms`,
);
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('SIGUSR2', () => {
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1);
  console.log(
    `event loop delay: p50 ${ms(delay.percentile(50))}, p99 ${ms(delay.percentile(99))}, max ${ms(delay.max)} ms`,
  );
  delay.reset();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await apiServer.close();
    await http.close();
    process.exit(0);
  });
}
