import { GiB, MB, MiB } from '../../base/units.ts';

/**
 * Figures of the memory model that no source gives, or that are measured ones. Sizes in bytes, rates in bytes per
 * second, times in seconds.
 */

export const PAGE = 4096;

/** Pages per sample (Waldspurger 2002, 5.3). */
export const SAMPLED_PAGES = 100;
/**
 * Weights of the newest sample in the two moving averages. The paper gives none; these follow a rising working set
 * within about a period and a falling one with a half-life of five, as its figure 6 shows.
 */
export const FAST_WEIGHT = 3 / 4;
export const SLOW_WEIGHT = 1 / 8;
/** A guest comes back to each page that it uses once in so many seconds, at random. Of those, a sample sees 98 %. */
export const TOUCH_SECONDS = 15;

/** What a running guest touches for the first time: an application that fills its memory from disks. */
export const TOUCH_RATE = 100 * MB;

/** The balloon driver is handed pages that the guest has free at once… */
export const BALLOON_FREE_RATE = GiB;
/** …pages that it holds but does not use as fast as it drops its caches… */
export const BALLOON_IDLE_RATE = 32 * MiB;
/** …and pages that it uses as fast as it can write them to its own disk. */
export const BALLOON_PAGING_RATE = 8 * MiB;
export const DEFLATE_RATE = 256 * MiB;

/** Compressed pages stand in half a page; this part of pages can be compressed so far. */
export const COMPRESSIBLE = 0.5;
/** To bring a compressed page back: about 20 µs, against milliseconds from a disk. */
export const DECOMPRESS_SECONDS = 20e-6;

/** What is assumed of a swap file's disk until somebody tells, and of the guest's own paging. */
export const DISK_LATENCY_MS = 5;
/** The most that one machine's pages go to or come from a swap file, however fast its disk. */
export const SWAP_RATE = 50 * MB;

/**
 * Parts of a guest's quiet memory that have twins, measured on identical Linux guests of 40 MB (Waldspurger 2002,
 * 4.4): alone, about 5 MB came free, 55 % of that from zero pages; with ten, 67 % of their memory was shared.
 */
export const ZERO_PART = (0.55 * 5) / 40;
/** Pages with twins in guests of the same system: what is shared among many, without the zero pages. */
export const IMAGE_PART = 0.67 - ZERO_PART;
/** Of those, pages that have their twin in the same guest: two stand in one. */
export const TWIN_PART = (2 * 0.45 * 5) / 40 / IMAGE_PART;
/** Most that guests of a system have in common, however large they are: kernel, libraries, daemons (an assumption). */
export const IMAGE_SIZE = { windows: 384 * MiB, other: 128 * MiB } as const;

/** Targets and figures that moved by less than this part of a machine's memory have not moved. */
export const DEADBAND = 1 / 128;
/** The same of figures that are told: below the 10 points at which status is written anew. Samples tremble more. */
export const TOLD_PART = 1 / 40;
export const TOLD_ACTIVE_PART = 1 / 16;
