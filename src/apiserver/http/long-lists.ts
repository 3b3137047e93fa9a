import type { Clock } from '../../base/clock.ts';
import type { ListAnswer } from '../registry/request.ts';
import type { ServedResource } from '../registry/served.ts';
import type { Version } from '../store/version.ts';
import { OBJECTS_PER_TURN, type Representer } from './represent.ts';

/** What is kept of all lists together. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Some neighbouring objects of a list, as they are sent: with the comma before them, unless they come first. */
interface Part {
  /** The revisions of the objects: those say all about what they are. */
  readonly revisions: Float64Array;
  readonly bytes: Buffer;
}

/**
 * Lists that are longer than one turn of the event loop may take. Their parts are kept, so that a list that comes again
 * costs only what has changed since; other requests get their turn after each part that had to be made.
 */
export class LongLists {
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #parts = new Map<string, Part>();
  readonly #numbers = new WeakMap<ServedResource, number>();
  #bytes = 0;
  #resources = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The whole answer, in parts. */
  async write(answer: ListAnswer, representer: Representer): Promise<readonly Buffer[]> {
    const { head, tail } = representer.listFrame(answer);
    const pieces: Buffer[] = [Buffer.from(head)];
    const { length } = answer.versions;
    for (let from = 0; from < length; from += OBJECTS_PER_TURN) {
      const to = Math.min(from + OBJECTS_PER_TURN, length);
      const which = `${this.#number(answer.served)} ${representer.key(answer.served)}`;
      const key = `${which} ${from === 0 ? '' : ','}${answer.versions[from]!.key}`;
      const known = this.#parts.get(key);
      const isSame = known !== undefined && holds(known, answer.versions, from, to);
      const part = isSame ? known : partOf(answer, representer, from, to);
      if (representer.isLasting) this.#keep(key, part);
      pieces.push(part.bytes);
      if (!isSame) await new Promise<void>((resolve) => this.#clock.defer(resolve));
    }
    pieces.push(Buffer.from(`${tail}\n`));
    return pieces;
  }

  /** A resource gets a new one whenever its definition changes, and with it what its objects look like. */
  #number(served: ServedResource): number {
    let number = this.#numbers.get(served);
    if (number === undefined) {
      number = ++this.#resources;
      this.#numbers.set(served, number);
    }
    return number;
  }

  #keep(key: string, part: Part): void {
    this.#drop(key);
    this.#parts.set(key, part);
    this.#bytes += part.bytes.length;
    for (const oldest of this.#parts.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#parts.get(key)?.bytes.length ?? 0;
    this.#parts.delete(key);
  }
}

function holds({ revisions }: Part, versions: readonly Version[], from: number, to: number): boolean {
  if (revisions.length !== to - from) return false;
  for (let i = from; i < to; i++) if (revisions[i - from] !== versions[i]!.revision) return false;
  return true;
}

function partOf(answer: ListAnswer, representer: Representer, from: number, to: number): Part {
  const revisions = Float64Array.from({ length: to - from }, (_, index) => answer.versions[from + index]!.revision);
  return { revisions, bytes: Buffer.from(`${from === 0 ? '' : ','}${representer.items(answer, from, to)}`) };
}
