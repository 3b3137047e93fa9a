import { deepEqual } from '../../../src/base/json.ts';

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 600);

/** Where two answers differ. */
export function differences(real: unknown, ours: unknown, at: string): string[] {
  if (deepEqual(real, ours)) return [];
  if (isFields(real) && isFields(ours)) {
    const names = new Set([...Object.keys(real), ...Object.keys(ours)]);
    return [...names].flatMap((name) => differences(real[name], ours[name], `${at}.${name}`));
  }
  if (Array.isArray(real) && Array.isArray(ours) && real.length === ours.length) {
    return real.flatMap((item, index) => differences(item, ours[index], `${at}[${index}]`));
  }
  return [`${at}`, `  real ${shown(real)}`, `  ours ${shown(ours)}`];
}
