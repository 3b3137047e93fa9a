/** Our own kinds in the embedded API server: its definitions are applied to it as to any other. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../api/meta.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { definitionTexts } from '../cli/definitions.ts';
import type { Client } from '../client/port.ts';
import { customResourceDefinitions } from '../client/well-known.ts';

/** Says of a definition in the server which text it was made from, so that the same is not written again. */
const DIGEST = 'orrery.dev/definition-digest';
const FIELD_MANAGER = 'orrery-up';

interface InstalledDefinition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * Brings the definitions in the server up to date and waits until they are served. Resolves with what it did, in words;
 * nothing is written, and no schema loaded, when they are as they were.
 */
export async function installKinds(client: Client, clock: Clock): Promise<string> {
  const digest = createHash('sha256').update(definitionTexts().join('')).digest('hex').slice(0, 16);
  const present = await client.list<InstalledDefinition>(customResourceDefinitions);
  const known = new Map(present.items.map((item) => [item.metadata.name, item]));
  const isCurrent = (item: InstalledDefinition) => item.metadata.annotations?.[DIGEST] === digest;
  const { length: expected } = definitionTexts();
  const current = present.items.filter(isCurrent);
  if (current.length === expected) return `${count(expected, 'kind')}, as before`;
  const written = await write(client, known, digest);
  await served(client, clock, written);
  const isNew = written.filter((name) => !known.has(name)).length;
  return isNew === written.length
    ? `${count(isNew, 'kind')}, new`
    : `${count(written.length, 'kind')}, brought up to date`;
}

async function write(client: Client, known: ReadonlyMap<string, KubeObject>, digest: string): Promise<string[]> {
  const [{ definitions }, { customResourceDefinition }] = await Promise.all([
    import('../api/kinds.ts'),
    import('../api/crd.ts'),
  ]);
  const options = { fieldManager: FIELD_MANAGER };
  return Promise.all(
    definitions.map(async (definition) => {
      const wanted = customResourceDefinition(definition) as { metadata: { name: string }; spec: object };
      const { name } = wanted.metadata;
      const metadata = { ...wanted.metadata, annotations: { [DIGEST]: digest } };
      if (known.has(name)) {
        const body = { metadata, spec: wanted.spec };
        await client.patch(customResourceDefinitions, { name }, { type: 'merge', body }, options);
      } else await client.create(customResourceDefinitions, { ...wanted, metadata }, options);
      return name;
    }),
  );
}

/** A server whose disk filled up in the middle accepts a definition and can then not say that it serves it. */
const PATIENCE_MS = 5000;

async function served(client: Client, clock: Clock, names: readonly string[]): Promise<void> {
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (const name of names) {
    while (!(await isServed(client, name))) {
      if (clock.monotonic() > deadline) throw new OrreryError('KIND_NOT_SERVED', { name });
      await sleep(clock, 10);
    }
  }
}

async function isServed(client: Client, name: string): Promise<boolean> {
  const { status } = await client.get<InstalledDefinition>(customResourceDefinitions, { name });
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
}
