/** Chance as an argument: a generator that is a function of its seed. Not for secrets. */
export class Random {
  readonly #name: string;
  readonly #state: Uint32Array;

  /** @param seed any text or number; equal seeds give equal sequences on every machine */
  constructor(seed: string | number) {
    this.#name = String(seed);
    this.#state = seedState(this.#name);
  }

  /** A generator of its own for `name`: a function of seed and name only, whatever was drawn from this one before. */
  split(name: string): Random {
    return new Random(`${this.#name}/${name}`);
  }

  /** An integer from 0 to 2^32 - 1 (xoshiro128**, Blackman and Vigna 2018). */
  uint32(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = rotate(s[3]!, 11);
    return result;
  }

  /** A number from 0 up to but not including 1, with 53 random bits. */
  next(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** An integer from 0 up to but not including `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)]!;
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** The items in a random order, in a new array (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }

  /** `length` characters drawn from `alphabet`. */
  text(length: number, alphabet: string): string {
    let result = '';
    for (let i = 0; i < length; i++) result += alphabet[this.below(alphabet.length)];
    return result;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex: string[] = [];
    for (let i = 0; i < 4; i++) hex.push(this.uint32().toString(16).padStart(8, '0'));
    const all = hex.join('');
    const variant = '89ab'[Number.parseInt(all[16]!, 16) & 3];
    return `${all.slice(0, 8)}-${all.slice(8, 12)}-4${all.slice(13, 16)}-${variant}${all.slice(17, 20)}-${all.slice(20)}`;
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads the text over 128 bits: FNV-1a into one word, then splitmix32 for the four. */
function seedState(text: string): Uint32Array {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const state = new Uint32Array(4);
  let counter = (hash ^ Math.imul(text.length, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < 4; i++) {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    state[i] = mixed ^ (mixed >>> 15);
  }
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}
