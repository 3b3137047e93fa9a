/**
 * Where the API server is and how to speak to it, from a kubeconfig or from a pod's service account.
 *
 * client-node's `KubeConfig` knows every way of authentication, and importing it costs 85 MB and 0.4 s; its file of
 * shapes (config_types.js) imports only `node:fs`. So the file is parsed with the shapes, what is written in it is used
 * directly (`file-credentials.ts`), and `KubeConfig` is imported only for what is not (`plugin-credentials.ts`).
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { messageOf, OrreryError } from '../base/errors.ts';

/** A user as client-node shapes it, with the fields that it leaves out or reads under another name. */
export type KubeconfigUser = User & {
  readonly tokenFile?: string;
  readonly impersonateGroups?: readonly string[];
  readonly impersonateUid?: string;
};

export interface Access {
  /** The file (or files) it was read from, for messages. */
  readonly origin: string;
  readonly cluster: Cluster;
  readonly user: KubeconfigUser;
  /** The context's namespace. */
  readonly namespace: string | undefined;
  /** Reads the files again: what is written in them may have been renewed, as by `orrery apiserver --rotate-token`. */
  readonly again?: () => Promise<Access>;
}

export interface KubeconfigPlace {
  /** `--kubeconfig`; else `KUBECONFIG`, else `~/.kube/config`, else the pod's service account. */
  readonly file?: string | undefined;
  /** Another context than the file's current one. */
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home?: string | undefined;
  /** Where a pod's service account is mounted; for tests. */
  readonly serviceAccount?: string;
}

interface Contents {
  clusters: Cluster[];
  users: KubeconfigUser[];
  contexts: Context[];
  current: string | undefined;
}

/** Rejects with OrreryError KUBECONFIG_UNREADABLE, which names the file and what is wrong in it. */
export async function loadAccess(place: KubeconfigPlace): Promise<Access> {
  const files = filesOf(place);
  if (files.length === 0) return inCluster(place);
  const origin = files.join(path.delimiter);
  try {
    const merged: Contents = { clusters: [], users: [], contexts: [], current: undefined };
    for (const file of files) merge(merged, await read(file));
    return { origin, ...choose(merged, place.context), again: () => loadAccess(place) };
  } catch (error) {
    throw new OrreryError('KUBECONFIG_UNREADABLE', { file: origin, cause: messageOf(error) }, { cause: error });
  }
}

function filesOf(place: KubeconfigPlace): string[] {
  if (place.file !== undefined) return [place.file];
  // kubectl passes over files of the list that do not exist, but for the case that none does.
  const listed = (place.env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  const present = listed.filter((file) => fs.existsSync(file));
  if (listed.length > 0) return present.length > 0 ? present : listed;
  const own = place.home === undefined ? undefined : path.join(place.home, '.kube', 'config');
  if (own !== undefined && fs.existsSync(own)) return [own];
  return [];
}

async function read(file: string): Promise<Contents> {
  const root = (await parse(fs.readFileSync(file, 'utf8'))) as Record<string, unknown> | null;
  if (typeof root !== 'object' || root === null) throw new Error('it is not a kubeconfig');
  const folder = path.dirname(path.resolve(file));
  const users = newUsers(withoutTokenFile(root['users'])) as KubeconfigUser[];
  const raw = (Array.isArray(root['users']) ? root['users'] : []) as { name: string; user?: Record<string, unknown> }[];
  return {
    clusters: newClusters(root['clusters'] as never).map((cluster) => ({
      ...cluster,
      ...(cluster.caFile ? { caFile: path.resolve(folder, cluster.caFile) } : {}),
    })),
    users: users.map((user) => completed(user, raw.find(({ name }) => name === user.name)?.user ?? {}, folder)),
    contexts: newContexts(root['contexts'] as never),
    current: (root['current-context'] as string | undefined) || undefined,
  };
}

/** client-node reads `token-file` at once and for good; it is read again and again here, so it must not see it. */
function withoutTokenFile(users: unknown): never {
  if (!Array.isArray(users)) return users as never;
  return users.map((entry) => {
    if (typeof entry?.user !== 'object' || entry.user === null) return entry;
    const { 'token-file': _, ...user } = entry.user;
    return { ...entry, user };
  }) as never;
}

function completed(user: KubeconfigUser, raw: Record<string, unknown>, folder: string): KubeconfigUser {
  const tokenFile = raw['tokenFile'] ?? raw['token-file'];
  return {
    ...user,
    ...(user.certFile ? { certFile: path.resolve(folder, user.certFile) } : {}),
    ...(user.keyFile ? { keyFile: path.resolve(folder, user.keyFile) } : {}),
    ...(typeof tokenFile === 'string' ? { tokenFile: path.resolve(folder, tokenFile) } : {}),
    ...(Array.isArray(raw['as-groups']) ? { impersonateGroups: raw['as-groups'].map(String) } : {}),
    ...(typeof raw['as-uid'] === 'string' ? { impersonateUid: raw['as-uid'] } : {}),
  };
}

/** JSON is YAML, and our own kubeconfig is JSON: the YAML library is imported for the others. */
async function parse(text: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {}
  }
  const { parse: parseYaml } = await import('yaml');
  return parseYaml(text);
}

/** The first file that sets a name wins, as for kubectl. */
function merge(into: Contents, from: Contents): void {
  const add = <T extends { readonly name: string }>(present: T[], more: readonly T[]) => {
    for (const item of more) if (!present.some(({ name }) => name === item.name)) present.push(item);
  };
  add(into.clusters, from.clusters);
  add(into.users, from.users);
  add(into.contexts, from.contexts);
  into.current ??= from.current;
}

function choose(contents: Contents, wanted: string | undefined): Omit<Access, 'origin'> {
  const name = wanted ?? contents.current;
  if (name === undefined) throw new Error('current-context is not set');
  const context = contents.contexts.find((context) => context.name === name);
  if (context === undefined) throw new Error(`there is no context "${name}"`);
  const cluster = contents.clusters.find((cluster) => cluster.name === context.cluster);
  if (cluster === undefined)
    throw new Error(`context "${name}" names the cluster "${context.cluster}", which is missing`);
  const anonymous: KubeconfigUser = { name: '' };
  const user = context.user ? contents.users.find((user) => user.name === context.user) : anonymous;
  if (user === undefined) throw new Error(`context "${name}" names the user "${context.user}", which is missing`);
  const { protocol } = new URL(cluster.server);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new Error(`clusters "${cluster.name}": server ${cluster.server} is neither https:// nor http://`);
  }
  return { cluster, user, namespace: context.namespace };
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function inCluster({ env, serviceAccount: folder = SERVICE_ACCOUNT }: KubeconfigPlace): Access {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined || !fs.existsSync(path.join(folder, 'token'))) {
    throw new OrreryError('KUBECONFIG_UNREADABLE', {
      file: '~/.kube/config',
      cause: 'it does not exist, KUBECONFIG is not set, and this is not a pod',
    });
  }
  const namespaceFile = path.join(folder, 'namespace');
  return {
    origin: folder,
    cluster: {
      name: 'in-cluster',
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      caFile: path.join(folder, 'ca.crt'),
      skipTLSVerify: false,
    },
    user: { name: 'in-cluster', tokenFile: path.join(folder, 'token') },
    namespace: fs.existsSync(namespaceFile) ? fs.readFileSync(namespaceFile, 'utf8').trim() : undefined,
  };
}
