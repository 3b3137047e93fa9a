/**
 * The machine's own time and chance. The only file besides `main.ts` and `cli/` that may touch them; a test holds
 * everyone else to the arguments they were handed.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from './clock.ts';
import { Random } from './random.ts';

// Node fires a delay of over 2^31 ms at once.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Timer {
    const due = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = due - performance.now();
      handle = left > LONGEST_TIMEOUT ? setTimeout(arm, LONGEST_TIMEOUT) : setTimeout(run, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  defer(run: () => void): void {
    setImmediate(run);
  }
}

/** The machine's clock. */
export const systemClock: Clock = new SystemClock();

/** A generator seeded by the machine. */
export function systemRandom(): Random {
  return new Random(randomBytes(16).toString('hex'));
}

/** A secret of `bytes` random bytes, in hexadecimal. */
export function systemSecret(bytes = 24): string {
  return randomBytes(bytes).toString('hex');
}

/** One turn of the event loop: every promise that can settle has settled when it resolves. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Minutes east of UTC in a zone of the IANA database at a time; undefined when there is no such zone. */
export function zoneOffset(zone: string, epochMs: number): number | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  const name = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (match === null) return undefined;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const offset = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60;
  return sign === '-' ? -offset : offset;
}
