import type { Server } from './server.ts';

export const MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = 'application/merge-patch+json';
const LABEL = { durable: 'yes' };
/** Written after each start: a watch that has shown it has shown everything before it. */
const MARKER = 'marker';
const SELECTED = 'labelSelector=durable%3Dyes';

/** A state that an object was in, or was asked to be in: the text of its one value, undefined when it is gone. */
type State = string | undefined;

interface Event {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly data?: { readonly value?: string };
  };
}

/**
 * Writes through several connections and keeps what was answered; follows the same objects by a watch; and compares
 * both with what a server has that was started again after a kill.
 */
export class Witness {
  /** The last state that was acknowledged, and the one that was asked for since, by name. */
  readonly #acknowledged = new Map<string, State>();
  readonly #asked = new Map<string, State>();
  /** What each version was the version of. */
  readonly #versions = new Map<string, string>();
  #highest = 0;
  #writes = 0;
  /** What the watch has shown, and how far it is. */
  #watched: Map<string, string> | undefined;
  #watchedAt = '';
  resumed = 0;
  expired = 0;

  get writes(): number {
    return this.#writes;
  }

  /** Writes until the server is gone. */
  async write(server: Server, writers: number, random: () => number): Promise<void> {
    await Promise.all(Array.from({ length: writers }, (_, writer) => this.#writeOn(server, writer, random)));
  }

  async #writeOn(server: Server, writer: number, random: () => number): Promise<void> {
    for (;;) {
      const name = `w${writer}-${Math.floor(random() * 12)}`;
      const exists = this.#acknowledged.get(name) !== undefined;
      const wanted = exists && random() < 0.2 ? undefined : `${++this.#writes} ${'x'.repeat(random() * 3000)}`;
      this.#asked.set(name, wanted);
      try {
        const { code, body } = await this.#send(server, name, exists, wanted);
        if (code > 201) throw new Error(`${name}: ${code} ${body.message}`);
        const version = wanted === undefined ? undefined : body.metadata?.resourceVersion;
        if (version !== undefined) this.#note(version, name, wanted!);
        this.#acknowledged.set(name, wanted);
        this.#asked.delete(name);
      } catch (error) {
        if (/ECONN|socket|EPIPE|aborted/.test(`${(error as { code?: string }).code} ${(error as Error).message}`))
          return;
        throw error;
      }
    }
  }

  #send(server: Server, name: string, exists: boolean, wanted: State) {
    if (wanted === undefined) return server.ask('DELETE', `${MAPS}/${name}`);
    const body = { metadata: { name, labels: LABEL }, data: { value: wanted } };
    return exists ? server.ask('PATCH', `${MAPS}/${name}`, body, MERGE) : server.ask('POST', MAPS, body);
  }

  /** A version is never given to two states. */
  #note(version: string, name: string, value: string): void {
    const what = `${name} ${value}`;
    const known = this.#versions.get(version);
    if (known !== undefined && known !== what) throw new Error(`version ${version} is of ${known} and of ${what}`);
    this.#versions.set(version, what);
    this.#highest = Math.max(this.#highest, Number(version));
  }

  /** Follows the objects from where it was until the server is gone, or until it has come to a version. */
  async follow(server: Server, until = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#watched === undefined) {
      const { body } = await server.ask('GET', `${MAPS}?${SELECTED}`);
      this.#watched = new Map(body.items!.map(({ metadata, data }) => [metadata!.name!, data!['value']!]));
      this.#watchedAt = body.metadata!.resourceVersion!;
    }
    await new Promise<void>((resolve, reject) => {
      const request = server.open('GET', `${MAPS}?watch=1&${SELECTED}&resourceVersion=${this.#watchedAt}`);
      request.on('error', () => resolve());
      request.on('close', () => resolve());
      request.on('response', (response) => {
        let text = '';
        response.on('error', () => resolve());
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (text + chunk).split('\n');
          text = lines.pop()!;
          try {
            for (const line of lines) this.#see(JSON.parse(line));
          } catch (error) {
            reject(error);
          }
          if (this.#watched === undefined || Number(this.#watchedAt) >= until) request.destroy();
        });
      });
    });
  }

  #see({ type, object }: Event): void {
    if (type === 'ERROR') {
      if (object.code !== 410) throw new Error(`the watch ended with ${JSON.stringify(object)}`);
      this.expired++;
      this.#watched = undefined;
      return;
    }
    const { name, resourceVersion } = object.metadata;
    this.#watchedAt = resourceVersion;
    this.#highest = Math.max(this.#highest, Number(resourceVersion));
    if (type === 'DELETED') this.#watched!.delete(name);
    else {
      this.#note(resourceVersion, name, object.data!.value!);
      this.#watched!.set(name, object.data!.value!);
    }
  }

  /** Holds a server that was started again against everything that was seen. Resolves to what is wrong. */
  async judge(server: Server): Promise<string[]> {
    const { body } = await server.ask('GET', `${MAPS}?${SELECTED}`);
    const present = new Map(body.items!.map((item) => [item.metadata!.name!, item]));
    const wrong: string[] = [];
    if (Number(body.metadata!.resourceVersion) < this.#highest) {
      wrong.push(`it is at version ${body.metadata!.resourceVersion}, and had given out ${this.#highest}`);
    }
    for (const name of new Set([...this.#acknowledged.keys(), ...this.#asked.keys(), ...present.keys()])) {
      const item = present.get(name);
      const value = item?.data?.['value'];
      const allowed = [this.#acknowledged.get(name), ...(this.#asked.has(name) ? [this.#asked.get(name)] : [])];
      if (!allowed.includes(value))
        wrong.push(`${name} is ${value?.slice(0, 9)}, not ${allowed.map((one) => one?.slice(0, 9))}`);
      if (item !== undefined) this.#note(item.metadata!.resourceVersion!, name, value!);
      this.#acknowledged.set(name, value);
    }
    this.#asked.clear();
    if (this.#watched !== undefined) await this.#judgeWatch(server, wrong);
    return wrong;
  }

  /** The watch goes on where it was, and arrives at what is there; or is told to begin anew. */
  async #judgeWatch(server: Server, wrong: string[]): Promise<void> {
    const value = `${++this.#writes} marker`;
    const exists = this.#acknowledged.get(MARKER) !== undefined;
    const { body } = await this.#send(server, MARKER, exists, value);
    this.#acknowledged.set(MARKER, value);
    await this.follow(server, Number(body.metadata!.resourceVersion));
    if (this.#watched === undefined) return;
    this.resumed++;
    const there = [...this.#acknowledged].filter(([, state]) => state !== undefined).sort();
    if (JSON.stringify([...this.#watched].sort()) !== JSON.stringify(there)) {
      wrong.push('the watch that went on has not seen what is there');
    }
  }
}
