const NEWLINE = 0x0a;

/** Splits a stream of bytes into lines of JSON; a line may be spread over any number of chunks. */
export class JsonLines<T> {
  #rest: Buffer[] = [];

  /** Whether the last line has begun and not ended. */
  get isMidLine(): boolean {
    return this.#rest.length > 0;
  }

  /** The values of the lines that end in this chunk. Throws SyntaxError when one is not JSON. */
  push(chunk: Buffer): T[] {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#rest.push(chunk);
      return [];
    }
    // No byte of a longer UTF-8 character is a newline, so a cut there never splits one.
    const head = chunk.subarray(0, end);
    const whole = this.#rest.length === 0 ? head : Buffer.concat([...this.#rest, head]);
    this.#rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    const values: T[] = [];
    for (const line of whole.toString('utf8').split('\n')) if (line !== '') values.push(JSON.parse(line));
    return values;
  }
}
