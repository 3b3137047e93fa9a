/**
 * Resource versions are decimal numbers that grow with each write (KEP-5504 allows comparing them); a server whose
 * versions are something else gets no protection against stale events, only equality.
 */
const DECIMAL = /^[1-9]\d*$/;

/** Whether `a` was written before `b`; false when they cannot be compared. */
export function isOlder(a: string, b: string): boolean {
  if (a === b || !DECIMAL.test(a) || !DECIMAL.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
