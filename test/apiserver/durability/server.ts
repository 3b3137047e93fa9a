import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { type Spawned, spawned } from '../../support/spawned.ts';
import { newPlace, type Place, project } from '../../support/world.ts';

const main = ['--disable-warning=ExperimentalWarning', path.join(project, 'src/main.ts')];

export interface Answered {
  readonly code: number;
  readonly body: {
    readonly kind?: string;
    readonly code?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
    readonly data?: Readonly<Record<string, string>>;
    readonly items?: readonly Answered['body'][];
  };
}

/** `orrery apiserver` in a process of its own, and a client without any retry. */
export class Server {
  readonly process: Spawned;
  readonly #agent: https.Agent;
  readonly #origin: string;
  readonly #token: string;

  private constructor(process: Spawned, data: string, url: string) {
    this.process = process;
    this.#origin = url;
    this.#token = fs.readFileSync(path.join(data, 'token'), 'utf8').trim();
    this.#agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(path.join(data, 'ca.crt')) });
  }

  /** @param limit what `ulimit` is told before it starts, as `-f 1000` */
  static async start(place: Place, limit?: string): Promise<Server> {
    const args = [...main, 'apiserver', '--data-dir', place.data, '--port', '0', '-o', 'json'];
    const options = { cwd: place.home, env: place.env };
    const child =
      limit === undefined
        ? spawned(process.execPath, args, options)
        : spawned('bash', ['-c', `ulimit ${limit}; exec "$0" "$@"`, process.execPath, ...args], options);
    const ready = await child.seen(/^\{"url":.*\}$/m);
    return new Server(child, place.data, (JSON.parse(ready[0]) as { url: string }).url);
  }

  async ask(method: string, url: string, body?: object, type = 'application/json'): Promise<Answered> {
    const [response] = await once(this.open(method, url, body, type), 'response');
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { code: response.statusCode, body: JSON.parse(text) };
  }

  open(method: string, url: string, body?: object, type = 'application/json') {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = https.request(`${this.#origin}${url}`, {
      method,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
      },
    });
    // A server that is killed in the middle of its answer fails the request once more, when nobody waits for it.
    request.on('error', () => {});
    request.end(text);
    return request;
  }

  async kill(): Promise<void> {
    this.process.process.kill('SIGKILL');
    await this.process.ended;
    this.#agent.destroy();
  }

  async stop(): Promise<void> {
    this.process.process.kill('SIGTERM');
    await this.process.ended;
    this.#agent.destroy();
  }
}

export { newPlace, type Place };
