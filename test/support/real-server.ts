import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { type Spawned, spawned } from './spawned.ts';
import { project } from './world.ts';

/** Builds and starts a real kube-apiserver with its etcd; it is not part of the project, but beside it. */
const starter = path.resolve(project, '../shared/kube/start');

/** Why there is no real server to be had here, or undefined. */
export function noRealServer(): string | undefined {
  const has = (program: string) =>
    (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
  if (!fs.existsSync(starter)) return `there is no ${starter}, which builds and starts a real kube-apiserver`;
  if (!has('go')) return 'Go is not on the path, with which the real kube-apiserver is built';
  if (!has('kubectl')) return 'kubectl is not on the path';
  return undefined;
}

export interface RealServer {
  readonly kubeconfig: string;
  readonly process: Spawned;
  stop(): Promise<void>;
}

/** Starts it in the folder on free ports; the first time on a machine it is built, which takes ten minutes. */
export async function startRealServer(folder: string): Promise<RealServer> {
  const port = await freePorts();
  const server = spawned('bash', [starter, folder, String(port)], { detached: true });
  await server.seen('ready: KUBECONFIG=');
  return {
    kubeconfig: path.join(folder, 'kubeconfig'),
    process: server,
    stop: async () => {
      process.kill(-server.pid, 'SIGTERM');
      await server.ended;
    },
  };
}

/** A free port whose neighbour is free too, for etcd. */
async function freePorts(): Promise<number> {
  const isFree = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = net.createServer();
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const { port: taken } = server.address() as net.AddressInfo;
        server.close(() => resolve(taken));
      });
    });
  for (;;) {
    const port = (await isFree(0))!;
    if ((await isFree(port + 1)) !== undefined) return port;
  }
}
