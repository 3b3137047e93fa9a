/**
 * A rack of the future: 40 hosts and 5,120 VMs created through 16 keep-alive connections against `npm start`, until a
 * watch has seen all of them Running, and until their events are told.
 */
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { Readable } from 'node:stream';
import { Client as Connection } from 'undici';
import { parseAllDocuments } from 'yaml';
import { resourceTypes } from '../src/api/resources.ts';
import { loadAccess } from '../src/client/kubeconfig.ts';
import { newPlace, npmStart, programsOf, project } from '../test/support/world.ts';
import { printTable } from './support/table.ts';

const CONNECTIONS = 16;
/** `../shared/design` and the issue of the spine: what others need for 5,120, on such a machine. */
const GOAL_S = 11;
const KWOK_S = 22.6;
const VCSIM_S = 200;
/** Events are drained when none came for so long. */
const SILENCE_MS = 2000;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const place = newPlace();
const world = await npmStart(place);
const { cluster } = await loadAccess({ file: world.kubeconfig, env: {} });
const headers = { authorization: `Bearer ${fs.readFileSync(path.join(place.data, 'token'), 'utf8').trim()}` };
const ca = Buffer.from(cluster.caData!, 'base64').toString();
const connect = () => new Connection(cluster.server, { connect: { ca }, allowH2: false });

const text = fs.readFileSync(path.join(project, 'manifests/racks/future.yaml'), 'utf8');
const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const machines = manifests.filter(({ kind }) => kind === 'VirtualMachine').length;
const bodies = manifests.map((manifest) => {
  const { plural } = resourceTypes.find(({ kind }) => kind === manifest.kind)!;
  return { path: `/apis/${manifest.apiVersion}/namespaces/default/${plural}`, body: JSON.stringify(manifest) };
});

/** Calls `seen` with the cells of every row of a watch as a table, as `kubectl get -w` sees them. */
async function watchRows(what: string, seen: (cells: readonly unknown[]) => void): Promise<void> {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { body } = await connect().request({
    method: 'GET',
    path: `${what}?watch=1&includeObject=None`,
    headers: { ...headers, accept },
    bodyTimeout: 0,
  });
  const lines = readline.createInterface({ input: Readable.from(body) });
  lines.on('line', (line) => {
    for (const { cells } of JSON.parse(line).object.rows ?? []) seen(cells);
  });
}

async function read(what: string): Promise<{ metadata: { resourceVersion: string } }> {
  const { body } = await connect().request({ method: 'GET', path: what, headers });
  return (await body.json()) as { metadata: { resourceVersion: string } };
}

const running = new Set<unknown>();
let placed = 0;
let poweredOn = 0;
let lastEvent = 0;
let allRunning: (() => void) | undefined;
const done = new Promise<void>((resolve) => {
  allRunning = resolve;
});
await watchRows('/apis/orrery.dev/v1alpha1/namespaces/default/virtualmachines', ([name, phase]) => {
  if (phase !== 'Running') return;
  running.add(name);
  if (running.size === machines) allRunning!();
});
await watchRows('/api/v1/namespaces/default/events', (cells) => {
  if (cells.includes('VMPlaced')) placed++;
  else if (cells.includes('VMPoweredOn')) poweredOn++;
  else return;
  lastEvent = performance.now();
});

const started = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    const connection = connect();
    for (let index = next++; index < bodies.length; index = next++) {
      const { path, body } = bodies[index]!;
      const answer = await connection.request({
        method: 'POST',
        path,
        body,
        headers: { ...headers, 'content-type': 'application/json' },
      });
      const said = await answer.body.text();
      if (answer.statusCode !== 201) throw new Error(`${answer.statusCode}: ${said}`);
    }
    await connection.close();
  }),
);
const created = (performance.now() - started) / 1000;
await done;
const finished = (performance.now() - started) / 1000;
while (performance.now() - lastEvent < SILENCE_MS) await new Promise((resolve) => setTimeout(resolve, 100));
const drained = (lastEvent - started) / 1000;
const revision = Number((await read('/apis/orrery.dev/v1alpha1/virtualmachines?limit=1')).metadata.resourceVersion);
const cpu = (pid: number) => {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(stat[11]) + Number(stat[12])) / 100;
};
const programs = Object.entries(programsOf(place)).map(([what, pid]) => ({
  what: `CPU of ${what}`,
  measured: `${cpu(pid).toFixed(1)} s`,
}));

printTable(`${machines.toLocaleString('en')} VMs through ${CONNECTIONS} connections`, [
  {
    what: 'first create → all Running, the goal',
    ratio: GOAL_S / finished,
    measured: `${finished.toFixed(1)} s`,
    against: `${GOAL_S} s`,
  },
  { what: 'KWOK marks pods', ratio: KWOK_S / finished, measured: '', against: `${KWOK_S} s` },
  { what: 'vcsim', ratio: VCSIM_S / finished, measured: '', against: `${VCSIM_S} s` },
  { what: 'all created', measured: `${created.toFixed(1)} s` },
  { what: `events drained (${placed} VMPlaced, ${poweredOn} VMPoweredOn)`, measured: `${drained.toFixed(1)} s` },
  { what: 'writes for each VM until then, all kinds and events', measured: (revision / machines).toFixed(2) },
  ...programs,
]);
await world.interrupt();
place.remove();
process.exit(0);
