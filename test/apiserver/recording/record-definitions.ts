/**
 * Gives the definitions of test/apiserver/schema/definition-cases to the real API server and keeps what it said, for
 * the tests to compare with:  KUBECONFIG=… node test/apiserver/recording/record-definitions.ts [NAME…]
 */
import fs from 'node:fs';
import path from 'node:path';
import { definitionCases } from '../schema/definition-cases.ts';
import { complete, type DefinitionCase, type DefinitionOutcome, normalized } from './definition-case.ts';
import { type Answer, RealServer } from './real-server.ts';

const GOLDEN = path.resolve(import.meta.dirname, '../../golden/kubernetes/definitions.json');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const server = new RealServer(process.env['KUBECONFIG'] ?? '');
const wanted = process.argv.slice(2);
const known: Record<string, DefinitionOutcome> = fs.existsSync(GOLDEN)
  ? JSON.parse(fs.readFileSync(GOLDEN, 'utf8'))
  : {};
if (wanted.length === 0) for (const name of Object.keys(known)) delete known[name];

async function record(test: DefinitionCase): Promise<void> {
  const definition = complete(test.definition, test.schema);
  if (test.from === undefined && test.fromSchema === undefined) {
    known[test.name] = outcomeOf(await server.request('POST', `${DEFINITIONS}?dryRun=All`, definition));
    return;
  }
  const before = complete(test.from, test.fromSchema);
  const { name } = before['metadata'] as { name: string };
  const url = `${DEFINITIONS}/${name}`;
  const created = await server.request('POST', DEFINITIONS, before);
  if (created.code !== 201) throw new Error(`${test.name}: ${String(created.body['message'])}`);
  try {
    const { metadata } = await established(url);
    const next = { ...definition, metadata: { ...(metadata as object), ...test.definition?.metadata, name } };
    known[test.name] = outcomeOf(await server.request('PUT', `${url}?dryRun=All`, next));
  } finally {
    await server.request('DELETE', url);
    while ((await server.request('GET', url)).code !== 404) await pause();
  }
}

async function established(url: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await server.request('GET', url);
    const conditions = (body as { status?: { conditions?: { type: string; status: string }[] } }).status?.conditions;
    if (conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return body;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

function outcomeOf(answer: Answer): DefinitionOutcome {
  const warnings = answer.warnings.length === 0 ? {} : { warnings: answer.warnings.toSorted() };
  if (answer.code < 300) return { errors: [], ...warnings };
  const details = answer.body['details'] as { causes?: { field: string; message: string }[] } | undefined;
  const causes = details?.causes?.map(({ field, message }) => normalized(`${field}: ${message}`));
  return { errors: (causes ?? [`${answer.code}: ${String(answer.body['message'])}`]).sort(), ...warnings };
}

for (const test of definitionCases) {
  if (wanted.length > 0 && !wanted.some((part) => test.name.includes(part))) continue;
  await record(test).catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
}
const sorted = Object.fromEntries(Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1)));
fs.writeFileSync(GOLDEN, `${JSON.stringify(sorted, undefined, 1)}\n`);
server.close();
