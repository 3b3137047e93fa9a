import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import {
  type Backend,
  BackendError,
  type BackendObserver,
  type HostName,
  type HostReport,
  type MachineConfig,
  type MachineName,
  type MachineReport,
  type Observation,
  type PowerOffMode,
  type PowerOnRequest,
  type Report,
} from '../backend.ts';
import { type Act, errorOf, OBSERVE, ROUTE, STREAM_SILENCE_MS } from './wire.ts';

export interface HttpBackendOptions {
  /** Scheme, host and port: `http://127.0.0.1:16444`. */
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  /** Connections for calls; further calls wait for one to be free. 16 when left out. */
  readonly connections?: number;
  /** A call without an answer for this long, since it got its connection, is `Unreachable`; 30 s when left out. */
  readonly timeoutMs?: number;
}

/** The port onto a datacenter behind HTTP. Whoever lost an observation observes again; nothing is tried twice here. */
export class HttpBackend implements Backend {
  readonly #options: HttpBackendOptions;
  readonly #agent: http.Agent;
  #isClosed = false;
  readonly #observations = new Set<ReportReader>();

  constructor(options: HttpBackendOptions) {
    this.#options = options;
    const Agent = options.url.startsWith('https:') ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 16 });
  }

  powerOn(request: PowerOnRequest): Promise<{ readonly epoch: number }> {
    return this.#call('powerOn', { request });
  }

  powerOff(machine: MachineName, how: PowerOffMode): Promise<void> {
    return this.#do('powerOff', { machine, how });
  }

  suspend(machine: MachineName): Promise<void> {
    return this.#do('suspend', { machine });
  }

  reset(machine: MachineName, token: string): Promise<void> {
    return this.#do('reset', { machine, token });
  }

  reconfigure(machine: MachineName, config: MachineConfig): Promise<void> {
    return this.#do('reconfigure', { machine, config });
  }

  destroy(machine: MachineName): Promise<void> {
    return this.#do('destroy', { machine });
  }

  setHostPower(host: HostName, power: 'On' | 'Off' | 'Standby'): Promise<void> {
    return this.#do('setHostPower', { host, power });
  }

  setHostMaintenance(host: HostName, maintenance: boolean): Promise<void> {
    return this.#do('setHostMaintenance', { host, maintenance });
  }

  stats(namespace: string): Promise<readonly (HostReport | MachineReport)[]> {
    return this.#call('stats', { namespace });
  }

  observe(observer: BackendObserver): Observation {
    const reader = new ReportReader(this.#options.clock, observer, () => this.#observations.delete(reader));
    this.#observations.add(reader);
    // A connection of its own: no observation keeps a call waiting.
    this.#open({ path: OBSERVE, method: 'GET', signal: reader.signal, agent: false })
      .then((response) => reader.read(response))
      .catch((error: unknown) => reader.end(unreachable(error)));
    return { stop: () => reader.stop() };
  }

  async close(): Promise<void> {
    for (const reader of [...this.#observations]) reader.stop();
    this.#isClosed = true;
    this.#agent.destroy();
  }

  async #do(act: Act, values: object): Promise<void> {
    await this.#call(act, values);
  }

  async #call<T>(act: Act, values: object): Promise<T> {
    const { clock, timeoutMs = 30_000 } = this.#options;
    const abort = new AbortController();
    let timer: Timer | undefined;
    // One that waits for its turn behind others has not been left without an answer.
    const begun = () => {
      timer = clock.after(timeoutMs, () => abort.abort());
    };
    try {
      const options = { path: ROUTE + act, method: 'POST', signal: abort.signal, agent: this.#agent };
      const response = await this.#open(options, { body: JSON.stringify(values), begun });
      const body = await textOf(response);
      if (response.statusCode !== 200) throw errorOf(response.statusCode ?? 0, body);
      return JSON.parse(body) as T;
    } catch (error) {
      if (error instanceof BackendError) throw error;
      throw abort.signal.aborted ? unreachable(new Error(`nothing for ${timeoutMs / 1000} s`)) : unreachable(error);
    } finally {
      timer?.cancel();
    }
  }

  /** Sends a request; resolves with the head of the response. `begun` is called when it has a connection. */
  #open(
    options: http.RequestOptions,
    { body, begun }: { body?: string; begun?: () => void } = {},
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('this side was closed'));
        return;
      }
      const { url, token } = this.#options;
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const request = (url.startsWith('https:') ? https : http).request(url, { ...options, headers }, resolve);
      request.setNoDelay(true);
      if (begun !== undefined) request.once('socket', begun);
      request.on('error', reject);
      request.end(body);
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return text;
}

function unreachable(error: unknown): BackendError {
  return new BackendError('Unreachable', `the datacenter does not answer: ${messageOf(error)}`, { cause: error });
}

/** One observation: the lines of the stream as reports, and a watch over its silence. */
class ReportReader {
  readonly #clock: Clock;
  readonly #observer: BackendObserver;
  readonly #forget: () => void;
  readonly #abort = new AbortController();
  #isOver = false;
  #silence: Timer | undefined;
  /** The beginning of a line whose end has not come. */
  #rest = '';

  constructor(clock: Clock, observer: BackendObserver, forget: () => void) {
    this.#clock = clock;
    this.#observer = observer;
    this.#forget = forget;
    this.#listen();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async read(response: IncomingMessage): Promise<void> {
    if (response.statusCode !== 200) {
      this.end(errorOf(response.statusCode ?? 0, await textOf(response)));
      return;
    }
    response.setEncoding('utf8');
    for await (const chunk of response) {
      if (this.#isOver) return;
      this.#listen();
      this.#take(chunk as string);
    }
    this.end(new BackendError('Unreachable', 'the datacenter ended the observation'));
  }

  stop(): void {
    this.#isOver = true;
    this.#silence?.cancel();
    this.#forget();
    this.#abort.abort();
  }

  /** It broke: the observer is told, once. */
  end(error: BackendError): void {
    if (this.#isOver) return;
    this.stop();
    this.#observer.closed(error);
  }

  /** The peer was heard just now. */
  #listen(): void {
    this.#silence?.cancel();
    this.#silence = this.#clock.after(STREAM_SILENCE_MS, () => {
      this.end(new BackendError('Unreachable', `nothing heard for ${STREAM_SILENCE_MS / 1000} s`));
    });
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    const batch: Report[] = [];
    for (const line of lines) if (line !== '') batch.push(JSON.parse(line) as Report);
    if (batch.length > 0) this.#observer.reports(batch);
  }
}
