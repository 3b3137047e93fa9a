import type { Status } from '../../api/meta.ts';
import type { AnyObject } from '../objects.ts';
import { apiVersion, type ServedResource } from '../registry/served.ts';
import type { StatusError } from '../status-error.ts';
import type { EventBatch, WatchEvent } from '../watch/event.ts';
import { behind, type WatchSink } from '../watch/hub.ts';
import type { Exchange, Headers } from './exchange.ts';

/** Makes what is sent of events. */
export interface EventWriter {
  /** The same for every writer that makes the same of the same events. */
  key(served: ServedResource): string;
  /** @param first whether nothing was sent before: headings of a table come once */
  event(event: WatchEvent, served: ServedResource, first: boolean): string | Buffer;
  bookmark(object: AnyObject, served: ServedResource, first: boolean): string | Buffer;
  error(status: Status): string | Buffer;
}

/** A watcher that is this far behind is told to begin anew. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** With so much on its way, what a watch begins with is not sent on. */
const FULL_BYTES = 256 * 1024;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** A watch's events on an answer that does not end: lines of JSON, or frames of protobuf. One write per batch. */
export class WatchStream implements WatchSink {
  readonly #exchange: Exchange;
  readonly #served: ServedResource;
  readonly #representer: EventWriter;
  readonly #key: string;
  readonly #table: boolean;
  #first = true;
  #ended = false;
  /** Called when the client does not keep up. */
  onOverflow: () => void = () => {};

  constructor(
    exchange: Exchange,
    served: ServedResource,
    representer: EventWriter,
    options: { readonly headers: Headers; readonly table: boolean },
  ) {
    this.#exchange = exchange;
    this.#served = served;
    this.#representer = representer;
    this.#key = representer.key(served);
    this.#table = options.table;
    exchange.begin(200, options.headers);
  }

  events(batch: EventBatch): void {
    if (this.#ended) return;
    const make = (event: WatchEvent) => this.#representer.event(event, this.#served, false);
    if (this.#table && this.#first) {
      // The headings come with the first event only.
      const [head, ...rest] = batch.events;
      this.#write(bytesOf(this.#representer.event(head!, this.#served, true)));
      if (rest.length > 0) this.#write(Buffer.concat(rest.map((event) => bytesOf(event.text(this.#key, make)))));
    } else this.#write(batch.bytes(this.#key, make));
    this.#first = false;
  }

  bookmark(revision: number, initial: boolean): void {
    if (this.#ended) return;
    const { names } = this.#served;
    const object: AnyObject = {
      kind: names.kind,
      apiVersion: apiVersion(this.#served),
      metadata: {
        resourceVersion: String(revision),
        ...(initial && { annotations: { [INITIAL_EVENTS_END]: 'true' } }),
      },
    };
    this.#write(bytesOf(this.#representer.bookmark(object, this.#served, this.#first)));
    this.#first = false;
  }

  closed(error?: StatusError): void {
    if (this.#ended) return;
    if (error !== undefined) {
      this.#exchange.write(bytesOf(this.#representer.error(error.status)));
    }
    this.#ended = true;
    this.#exchange.end();
  }

  full(): Promise<void> | undefined {
    return this.#exchange.pending > FULL_BYTES ? this.#exchange.drained() : undefined;
  }

  #write(bytes: Buffer): void {
    const { pending } = this.#exchange;
    // Who has taken everything is not behind, however much comes at once.
    if (pending > 0 && pending + bytes.length > MAX_PENDING_BYTES) {
      this.closed(behind());
      this.onOverflow();
      return;
    }
    this.#exchange.write(bytes);
  }
}

const bytesOf = (made: string | Buffer): Buffer => (typeof made === 'string' ? Buffer.from(made) : made);
