import { BYTES, FIXED64, VARINT } from './reader.ts';

/**
 * Builds one message. `string`, `bool`, `count` and `double` leave out what is empty, as proto3 has it; `bytes`,
 * `varint` and `fixed64` write whatever they are given, as proto2 has it.
 */
export class ProtobufWriter {
  readonly #parts: Buffer[] = [];

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.bytes(field, Buffer.from(value));
  }

  strings(field: number, values: readonly string[] | undefined): void {
    for (const value of values ?? []) this.bytes(field, Buffer.from(value));
  }

  bool(field: number, value: boolean | undefined): void {
    if (value === true) this.#parts.push(tag(field, VARINT), varint(1));
  }

  /** A whole number that is not negative. */
  count(field: number, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.#parts.push(tag(field, VARINT), varint(value));
  }

  double(field: number, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.fixed64(field, value);
  }

  /** A message inside this one, even when it is empty. */
  message(field: number, write: (inner: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.bytes(field, inner.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  bytes(field: number, bytes: Buffer): void {
    this.#parts.push(tag(field, BYTES), varint(bytes.length), bytes);
  }

  /** A whole number; a negative one as its two's complement of 64 bits. */
  varint(field: number, value: bigint): void {
    this.#parts.push(tag(field, VARINT), longVarint(value));
  }

  fixed64(field: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(tag(field, FIXED64), bytes);
  }
}

const tag = (field: number, type: number) => varint(field * 8 + type);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function longVarint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  if (rest <= BigInt(Number.MAX_SAFE_INTEGER)) return varint(Number(rest));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) + 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
