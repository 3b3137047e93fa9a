/**
 * Runs the tables of test/apiserver/schema against the real API server and keeps what it answered, for the tests to
 * compare with:  KUBECONFIG=… node test/apiserver/recording/record-schema.ts [NAME…]
 */
import fs from 'node:fs';
import path from 'node:path';
import { schemaCases } from '../schema/cases.ts';
import { type Answer, RealServer } from './real-server.ts';
import { type Outcome, type SchemaCase, type Step, wholeSchema } from './schema-case.ts';

const GOLDEN = path.resolve(import.meta.dirname, '../../golden/kubernetes/schema.json');
const AT_ONCE = 4;

const server = new RealServer(process.env['KUBECONFIG'] ?? '');
const wanted = process.argv.slice(2);
const known: Record<string, Outcome[]> = fs.existsSync(GOLDEN) ? JSON.parse(fs.readFileSync(GOLDEN, 'utf8')) : {};
const queue = schemaCases.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (wanted.length === 0) for (const name of Object.keys(known)) delete known[name];

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

async function record(test: SchemaCase, serial: number): Promise<void> {
  const group = `c${Date.now().toString(36)}${serial}.example.com`;
  const created = await server.request('POST', DEFINITIONS, definition(test, group, wholeSchema(test)));
  if (created.code !== 201) throw new Error(`${test.name}: ${String(created.body['message'])}`);
  try {
    await established(group);
    const outcomes: Outcome[] = [];
    for (const step of test.steps) {
      if ('schema' in step) await replaceSchema(test, group, step.schema);
      else outcomes.push(await run(step, test, group));
    }
    known[test.name] = outcomes;
  } finally {
    await server.request('DELETE', `${DEFINITIONS}/things.${group}`);
  }
}

function definition(test: SchemaCase, group: string, openAPIV3Schema: object): object {
  const subresources = test.status === undefined ? {} : { subresources: { status: {} } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      scope: 'Cluster',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...subresources }],
    },
  };
}

/** A marker field, which only the new schema admits, tells when the server has taken it up. */
async function replaceSchema(test: SchemaCase, group: string, schema: object): Promise<void> {
  const path = `${DEFINITIONS}/things.${group}`;
  const marked = wholeSchema(test, schema) as { properties: Record<string, object> };
  const openAPIV3Schema = { ...marked, properties: { ...marked.properties, marker: { type: 'integer' } } };
  const { body } = await server.request('GET', path);
  const metadata = body['metadata'];
  const replaced = await server.request('PUT', path, { ...definition(test, group, openAPIV3Schema), metadata });
  if (replaced.code !== 200) throw new Error(`${test.name}: ${String(replaced.body['message'])}`);
  const probe = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'probe' }, marker: 'x' };
  for (;;) {
    const { body } = await server.request('POST', `/apis/${group}/v1/things?dryRun=All`, probe);
    if (String(body['message']).includes('marker')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function established(group: string): Promise<void> {
  for (;;) {
    const { body } = await server.request('GET', `${DEFINITIONS}/things.${group}`);
    const conditions = (body as { status?: { conditions?: { type: string; status: string }[] } }).status?.conditions;
    if (conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function run(step: Exclude<Step, { schema: object }>, test: SchemaCase, group: string): Promise<Outcome> {
  const base = `/apis/${group}/v1/things`;
  const [[action = '', content]] = Object.entries(step) as [[string, unknown]];
  const place =
    test.whole !== undefined ? (content as object) : action === 'setStatus' ? { status: content } : { spec: content };
  const object = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' }, ...place };
  let answer: Answer;
  do {
    if (action === 'create') {
      await server.request('DELETE', `${base}/a`);
      answer = await server.request('POST', base, object);
    } else {
      const { body: current } = await server.request('GET', `${base}/a`);
      const metadata = current['metadata'];
      const url = action === 'setStatus' ? `${base}/a/status` : `${base}/a`;
      answer = await server.request('PUT', url, { ...object, metadata });
    }
    // The handler of a new definition can be a moment behind.
    if (answer.code === 404) await new Promise((resolve) => setTimeout(resolve, 100));
  } while (answer.code === 404);
  return outcomeOf(answer);
}

function outcomeOf(answer: Answer): Outcome {
  const warnings = answer.warnings.length === 0 ? {} : { warnings: answer.warnings.toSorted() };
  if (answer.code < 300) {
    const { metadata: _metadata, apiVersion: _version, kind: _kind, ...stored } = answer.body;
    return { errors: [], ...warnings, stored };
  }
  const details = answer.body['details'] as { causes?: { field: string; message: string }[] } | undefined;
  const causes = details?.causes?.map(({ field, message }) => `${field}: ${message}`);
  return { errors: (causes ?? [`${answer.code}: ${String(answer.body['message'])}`]).sort(), ...warnings };
}

let serial = 0;
async function worker(): Promise<void> {
  for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
    await record(test, serial++).catch((error: unknown) =>
      console.error(error instanceof Error ? error.message : error),
    );
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker));
const sorted = Object.fromEntries(Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1)));
fs.writeFileSync(GOLDEN, `${JSON.stringify(sorted, undefined, 1)}\n`);
server.close();
