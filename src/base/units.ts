/** Units as this project writes them: MB and Mbit are powers of ten, Mi and Gi powers of two, CPU is in MHz. */
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const MB = 1_000_000;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Bytes as GiB with two decimals and no unit: `1.10`. */
export function gib(bytes: number): string {
  return (bytes / GiB).toFixed(2);
}

/** MHz as a person reads it: `850 MHz`, `2.26 GHz`. */
export function mhz(value: number): string {
  return Math.abs(value) < 1000 ? `${Math.round(value)} MHz` : `${(value / 1000).toFixed(2)} GHz`;
}

/** A count with its noun: `1 host`, `3 hosts`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** Milliseconds since the epoch as RFC 3339 in whole seconds, as Kubernetes writes times: `2010-11-01T00:00:00Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch as a Kubernetes MicroTime, which must have six decimals: `….123000Z`. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch as RFC 3339 with its milliseconds, where there are any. */
export function rfc3339Milli(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
