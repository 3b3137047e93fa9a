import type { LogEvent } from '../store/event-log.ts';
import type { Version } from '../store/version.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One event as watchers see it. Watchers share it, and with it the texts that were made of it. */
export class WatchEvent {
  readonly type: EventType;
  readonly version: Version;
  #texts: Map<string, string | Buffer> | undefined;

  constructor(type: EventType, version: Version) {
    this.type = type;
    this.version = version;
  }

  /** The event in one representation, made once for all who want the same. */
  text(representation: string, make: (event: WatchEvent) => string | Buffer): string | Buffer {
    let text = this.#texts?.get(representation);
    if (text === undefined) {
      text = make(this);
      this.#texts ??= new Map();
      this.#texts.set(representation, text);
    }
    return text;
  }
}

/** The events of one commit that one selection sees; shared by all watchers with that selection. */
export class EventBatch {
  readonly events: readonly WatchEvent[];
  #bytes: Map<string, Buffer> | undefined;

  constructor(events: readonly WatchEvent[]) {
    this.events = events;
  }

  /** The whole batch in one representation, made once. */
  bytes(representation: string, make: (event: WatchEvent) => string | Buffer): Buffer {
    let bytes = this.#bytes?.get(representation);
    if (bytes === undefined) {
      bytes = joined(this.events.map((event) => event.text(representation, make)));
      this.#bytes ??= new Map();
      this.#bytes.set(representation, bytes);
    }
    return bytes;
  }
}

/** Texts, or bytes: a representation is one or the other. */
function joined(parts: readonly (string | Buffer)[]): Buffer {
  if (typeof parts[0] === 'string') return Buffer.from((parts as readonly string[]).join(''));
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts as readonly Buffer[]);
}

/** One committed write, and the events that different selections make of it. */
export class Change {
  readonly #event: LogEvent;
  #added: WatchEvent | undefined;
  #modified: WatchEvent | undefined;
  #deleted: WatchEvent | undefined;

  constructor(event: LogEvent) {
    this.#event = event;
  }

  get revision(): number {
    return this.#event.version.revision;
  }

  /** What a selection sees of it; undefined when the object was outside before and after. */
  seenBy(selects: (version: Version) => boolean): WatchEvent | undefined {
    const { version, prior } = this.#event;
    const was = prior !== undefined && selects(prior);
    const is = !version.deleted && selects(version);
    if (is) {
      if (was) this.#modified ??= new WatchEvent('MODIFIED', version);
      else this.#added ??= new WatchEvent('ADDED', version);
      return was ? this.#modified : this.#added;
    }
    if (!was) return undefined;
    this.#deleted ??= new WatchEvent('DELETED', prior.departedAt(version.revision));
    return this.#deleted;
  }
}
