/**
 * A set of pCPU numbers as bits, 32 to a word. Every operation is O(words) and allocates nothing; up to 32 pCPUs that
 * is one word.
 */
export class CpuSet {
  readonly #words: Int32Array;

  /** @param capacity pCPU numbers are below this */
  constructor(capacity: number) {
    this.#words = new Int32Array(Math.max(1, (capacity + 31) >>> 5));
  }

  has(cpu: number): boolean {
    return (this.#words[cpu >>> 5]! & (1 << (cpu & 31))) !== 0;
  }

  add(cpu: number): void {
    this.#words[cpu >>> 5]! |= 1 << (cpu & 31);
  }

  delete(cpu: number): void {
    this.#words[cpu >>> 5]! &= ~(1 << (cpu & 31));
  }

  clear(): void {
    this.#words.fill(0);
  }

  get isEmpty(): boolean {
    for (let i = 0; i < this.#words.length; i++) if (this.#words[i] !== 0) return false;
    return true;
  }

  get size(): number {
    let count = 0;
    for (let i = 0; i < this.#words.length; i++) count += bitsIn(this.#words[i]!);
    return count;
  }

  /** How many members both sets have. */
  sizeOfCommon(other: CpuSet): number {
    let count = 0;
    for (let i = 0; i < this.#words.length; i++) count += bitsIn(this.#words[i]! & other.#words[i]!);
    return count;
  }

  copyFrom(other: CpuSet): void {
    this.#words.set(other.#words);
  }

  /** Keeps what the other set has too. */
  retain(other: CpuSet): void {
    for (let i = 0; i < this.#words.length; i++) this.#words[i]! &= other.#words[i]!;
  }

  /** Takes out what the other set has. */
  remove(other: CpuSet): void {
    for (let i = 0; i < this.#words.length; i++) this.#words[i]! &= ~other.#words[i]!;
  }

  /** The smallest member greater than `cpu`, or else the smallest of all; -1 when there is none. */
  nextAfter(cpu: number): number {
    const words = this.#words;
    const from = cpu + 1;
    let word = from >>> 5;
    let bits = word < words.length ? words[word]! & (-1 << (from & 31)) : 0;
    for (;;) {
      if (bits !== 0) return (word << 5) + lowestBit(bits);
      if (++word >= words.length) break;
      bits = words[word]!;
    }
    for (word = 0; word < words.length; word++) {
      if (words[word] !== 0) return (word << 5) + lowestBit(words[word]!);
    }
    return -1;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
