const MILLISECOND = 1_000_000;
const MICROSECOND = 1000;
/** 10 credits are 1 ms of CPU. */
const CREDITS_PER_MS = 10;
/** Ticks in a slice. */
const TICKS = 3;

export interface CreditSettings {
  /** 4: as the golden traces; 3.2: weight per domain, credit zeroed above a slice, no rate limit. */
  readonly version: '3.2' | '4';
  readonly sliceMs: number;
  /** 0: off. */
  readonly rateLimitUs: number;
}

/** The settings in the units that the scheduler computes in. */
export interface CreditParameters {
  readonly sliceNs: number;
  readonly tickNs: number;
  readonly rateLimitNs: number;
  /** What a pCPU earns in one slice, called S in xen-credit.md. */
  readonly sliceCredits: number;
  readonly weightPerDomain: boolean;
  readonly zeroesCredit: boolean;
}

export function creditParameters(settings: CreditSettings): CreditParameters {
  const { sliceMs, version } = settings;
  const sliceUs = sliceMs * 1000;
  const isOld = version === '3.2';
  const limitUs = isOld ? 0 : Math.min(settings.rateLimitUs, sliceUs);
  return {
    sliceNs: sliceMs * MILLISECOND,
    tickNs: (sliceMs < TICKS ? sliceUs : Math.floor(sliceUs / TICKS)) * MICROSECOND,
    rateLimitNs: limitUs * MICROSECOND,
    sliceCredits: sliceMs * CREDITS_PER_MS,
    weightPerDomain: isOld,
    zeroesCredit: isOld,
  };
}
