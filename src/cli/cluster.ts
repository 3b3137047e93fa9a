/** The cluster that a program works with: any API server that a kubeconfig leads to, with our kinds in it. */
import os from 'node:os';
import { resourceTypes } from '../api/resources.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { messageOf, OrreryError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { HttpClient } from '../client/http.ts';
import { type Access, loadAccess } from '../client/kubeconfig.ts';
import { ApiError, type Client, ConnectionError } from '../client/port.ts';
import { packageVersion } from './package.ts';
import type { Terminal } from './terminal.ts';

export interface Cluster {
  readonly client: Client;
  readonly access: Access;
}

interface Needs {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Aborted when nobody waits any more. */
  readonly stopping: AbortSignal;
}

/** Definitions that were applied a moment ago are served a moment later. */
const KINDS_PATIENCE_MS = 3000;
const LOOK_MS = 100;

/** Rejects with OrreryError KUBECONFIG_UNREADABLE. Does not connect yet. */
export async function openCluster(file: string | undefined, terminal: Terminal, needs: Needs): Promise<Cluster> {
  const access = await loadAccess({ file, env: terminal.env, home: os.homedir() });
  const { clock, random, logger } = needs;
  const warn = (text: string) => logger.warn({ server: access.cluster.server }, text);
  return { access, client: new HttpClient({ access, clock, random, version: packageVersion(), warn }) };
}

/**
 * Waits until the server answers and serves our kinds.
 * Rejects with OrreryError API_UNREACHABLE, API_UNAUTHORIZED or KINDS_MISSING.
 * @param patienceMs how long to wait for a server that does not answer
 */
export async function awaitKinds({ client, access }: Cluster, needs: Needs, patienceMs: number): Promise<void> {
  const { clock, logger, stopping } = needs;
  const { server } = access.cluster;
  const started = clock.monotonic();
  const passed = () => clock.monotonic() - started;
  for (let told = false; ; ) {
    let missing: string[];
    try {
      missing = await missingKinds(client, stopping);
      if (missing.length === 0) return;
    } catch (error) {
      if (!(error instanceof ConnectionError) || passed() > patienceMs) throw problemOf(error, access);
      missing = [];
    }
    if (passed() > Math.max(patienceMs, KINDS_PATIENCE_MS)) {
      const kinds = missing.length === resourceTypes.length ? 'the kinds of orrery.dev/v1alpha1' : missing.join(', ');
      throw new OrreryError('KINDS_MISSING', { server, kinds });
    }
    if (!told) logger.info({ server }, missing.length > 0 ? 'waiting for our kinds' : 'waiting for the API server');
    told = true;
    if (!(await sleep(clock, LOOK_MS, stopping))) return;
  }
}

async function missingKinds(client: Client, signal: AbortSignal): Promise<string[]> {
  try {
    const answer = (await client.raw('/apis/orrery.dev/v1alpha1', { signal })) as { resources: { name: string }[] };
    const served = new Set(answer.resources.map(({ name }) => name));
    return resourceTypes.filter(({ plural }) => !served.has(plural)).map(({ kind }) => kind);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
    return resourceTypes.map(({ kind }) => kind);
  }
}

/** What a person can mend about a server that does not let them in. Other errors are handed back as they are. */
export function problemOf(error: unknown, { cluster, origin }: Access): unknown {
  const { server } = cluster;
  if (error instanceof ConnectionError) {
    return new OrreryError('API_UNREACHABLE', { server, cause: causeIn(error) }, { cause: error });
  }
  if (error instanceof ApiError && error.code === 401) {
    return new OrreryError('API_UNAUTHORIZED', { server, file: origin }, { cause: error });
  }
  return error;
}

/** The innermost cause says what the system said. */
function causeIn(error: Error): string {
  let inner: unknown = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return messageOf(inner);
}
