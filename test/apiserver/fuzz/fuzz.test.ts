import { expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { type Asked, MemoryHttp } from '../support/exchange.ts';
import { configMaps, definitions, TestServer, widget, widgetDefinition, widgets } from '../support/in-memory.ts';
import { drawRequest } from './requests.ts';

/** `npm run test:fuzz` asks 10,000; ORRERY_SEED begins elsewhere. */
const REQUESTS = Number(process.env['ORRERY_REQUESTS'] ?? 300);
const SEED = process.env['ORRERY_SEED'] ?? 'fuzz';
/** Each server is asked so many, so that what one request leaves behind does not hide what others do. */
const PER_SERVER = 250;
/** What the real server answers with 500 too. */
const AS_UPSTREAM = [
  /^resourceVersion should not be set on objects to be created$/,
  /^failed to create typed patch object/,
  /^expected a \[\]interface/,
  /^strconv\.ParseUint/,
  /^unknown patch type: /,
  /resourceVersion: Invalid value/,
  /the spec replicas field ".spec.replicas" does not exist$/,
];

async function asked(server: TestServer, http: MemoryHttp, request: Asked) {
  const exchange = http.open(request);
  await server.advance(4000); // what waits for a version that is yet to come gives up after 3 s
  if (exchange.code === 200 && /[?&]watch=/.test(request.url)) exchange.destroy();
  else await server.settle(exchange.ended);
  return exchange;
}

it(`${REQUESTS} requests drawn from the seed ${SEED} are all answered, none with a failure of the server`, async () => {
  const failures: string[] = [];
  const codes = new Map<number, number>();
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  const before = process.memoryUsage().heapUsed;
  for (let first = 0; first < REQUESTS; first += PER_SERVER) {
    const server = await new TestServer().start();
    await server.create(definitions, widgetDefinition());
    await server.advance(1000);
    for (const name of ['a', 'b', 'w']) {
      await server.create(widgets, widget(name));
      await server.create(configMaps, { ...widget(name), apiVersion: 'v1', kind: 'ConfigMap' });
    }
    const http = new MemoryHttp(server);
    for (let index = first; index < Math.min(first + PER_SERVER, REQUESTS); index++) {
      // Each from a seed of its own, so that it can be drawn again alone.
      const request = drawRequest(new Random(`${SEED}/${index}`));
      const { code, text } = await asked(server, http, request);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const message = code === 500 ? JSON.parse(text).message : '';
      if ((code === 500 && !AS_UPSTREAM.some((known) => known.test(message))) || code < 200 || code > 504) {
        failures.push(
          `${SEED}/${index}: ${request.method} ${request.url.slice(0, 200)}: ${code} ${message.slice(0, 300)}`,
        );
      }
    }
    await server.server.close();
  }
  process.off('unhandledRejection', note);
  const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  console.log(
    `${[...codes]
      .sort(([a], [b]) => a - b)
      .map(([code, count]) => `${code}: ${count}`)
      .join(', ')}; heap ${grown.toFixed(0)} MiB`,
  );
  expect(failures).toEqual([]);
  expect(unhandled).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  // Not all bounced off at the door.
  expect([200, 201, 400, 404, 405, 422].filter((code) => !codes.has(code))).toEqual([]);
});
