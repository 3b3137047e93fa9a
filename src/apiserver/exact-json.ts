/**
 * JSON whose integers stay what they are. Go keeps whole numbers of up to 64 bits; those that a double cannot hold are
 * bigints here, in objects of custom kinds. All others are numbers.
 */

/** A text without a run of so many digits has no such integer. */
const LONG = /\d{16}/;

/** What JSON.parse tells a reviver of a primitive value. */
interface Source {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context: Source) => unknown;

/** @throws SyntaxError as JSON.parse does */
export function parseExactly(text: string): unknown {
  return LONG.test(text) ? JSON.parse(text, exactly as Parameters<typeof JSON.parse>[1]) : JSON.parse(text);
}

const exactly: Reviver = (_key, value, { source = '' }) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (!/^-?\d+$/.test(source) || String(value) === source) return value;
  const exact = BigInt(source);
  return BigInt.asIntN(64, exact) === exact ? exact : value;
};

/** JSON.stringify for values that may have bigints. @param space as there */
export function writeExactly(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, raw, space);
  }
}

const raw = (_key: string, value: unknown) => (typeof value === 'bigint' ? rawJson(String(value)) : value);

const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
