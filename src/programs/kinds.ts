/** Our own kinds in the embedded API server: its definitions are applied to it as to any other. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../api/meta.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { definitionTexts } from '../cli/definitions.ts';
import { ApiError, type Client } from '../client/port.ts';
import { customResourceDefinitions } from '../client/well-known.ts';

/** Says of a definition in the server which text it was made from, so that the same is not written again. */
const DIGEST = 'orrery.dev/definition-digest';
const FIELD_MANAGER = 'orrery-up';

interface InstalledDefinition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface WantedDefinition {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/**
 * Brings the definitions in the server up to date and waits until they are served. Resolves with what it did, in words;
 * nothing is written, and no schema loaded, when they are as they were.
 */
export async function installKinds(client: Client, clock: Clock): Promise<string> {
  const digest = createHash('sha256').update(definitionTexts().join('')).digest('hex').slice(0, 16);
  const present = await client.list<InstalledDefinition>(customResourceDefinitions);
  const known = new Map(present.items.map((item) => [item.metadata.name, item]));
  const isCurrent = ({ metadata }: InstalledDefinition) =>
    metadata.annotations?.[DIGEST] === digest && metadata.deletionTimestamp === undefined;
  const { length: expected } = definitionTexts();
  const current = present.items.filter(isCurrent);
  if (current.length === expected) return `${count(expected, 'kind')}, as before`;
  const written = await write(client, clock, digest);
  await served(client, clock, written);
  const isNew = written.filter((name) => !known.has(name)).length;
  return isNew === written.length
    ? `${count(isNew, 'kind')}, new`
    : `${count(written.length, 'kind')}, brought up to date`;
}

async function write(client: Client, clock: Clock, digest: string): Promise<string[]> {
  const [{ definitions }, { customResourceDefinition }] = await Promise.all([
    import('../api/kinds.ts'),
    import('../api/crd.ts'),
  ]);
  return Promise.all(
    definitions.map(async (definition) => {
      const wanted = customResourceDefinition(definition) as unknown as WantedDefinition;
      const metadata = { ...wanted.metadata, annotations: { [DIGEST]: digest } };
      await createOrChange(client, clock, { ...wanted, metadata });
      return wanted.metadata.name;
    }),
  );
}

/** One that is being deleted is waited for, and made anew. */
async function createOrChange(client: Client, clock: Clock, wanted: WantedDefinition): Promise<void> {
  const options = { fieldManager: FIELD_MANAGER };
  const { name } = wanted.metadata;
  const body = { metadata: wanted.metadata, spec: wanted.spec };
  for (const deadline = clock.monotonic() + PATIENCE_MS; ; ) {
    const present = await find(client, name);
    if (present?.metadata.deletionTimestamp === undefined) {
      try {
        if (present === undefined) await client.create(customResourceDefinitions, wanted, options);
        else await client.patch(customResourceDefinitions, { name }, { type: 'merge', body }, options);
        return;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    }
    if (clock.monotonic() > deadline) throw new OrreryError('KIND_NOT_SERVED', { name });
    await sleep(clock, LOOK_MS);
  }
}

/** Somebody made or deleted it in between. */
function isOvertaken(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 404 || error.code === 409);
}

async function find(client: Client, name: string): Promise<KubeObject | undefined> {
  try {
    return await client.get(customResourceDefinitions, { name });
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

/** A server whose disk filled up in the middle accepts a definition and can then not say that it serves it. */
const PATIENCE_MS = 5000;
const LOOK_MS = 10;

async function served(client: Client, clock: Clock, names: readonly string[]): Promise<void> {
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (const name of names) {
    while (!(await isServed(client, name))) {
      if (clock.monotonic() > deadline) throw new OrreryError('KIND_NOT_SERVED', { name });
      await sleep(clock, LOOK_MS);
    }
  }
}

async function isServed(client: Client, name: string): Promise<boolean> {
  const { status } = await client.get<InstalledDefinition>(customResourceDefinitions, { name });
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
}
