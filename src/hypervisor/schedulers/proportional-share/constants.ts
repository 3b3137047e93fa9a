/*
 * Times of ESX's CPU scheduler, in ns. `ADV6` is the list of advanced options of ESXi 6 hosts (algorithms.md 2.2), the
 * best numeric stand-in for version 4; what has no source is said to be ours. What can be set is in tuning.ts.
 */
const MS = 1_000_000;

/** How often the running are charged, levels are set and waiting ones of high priority looked for (ours). */
export const TICK = 10 * MS;
/** A waiting vCPU takes the pCPU at a tick from one that is ahead of it by this much CPU time (ours). */
export const TICK_MARGIN = 20 * MS;
/** The same for one that has just woken (ours). */
export const WAKE_MARGIN = 2 * MS;

/** vCPUs that could not be started together for so long are started one by one (ours). */
export const CO_START_PATIENCE = 1000 * MS;

/** A limited machine that has used up what it saved goes on when it has saved this part of the most again (ours). */
export const LIMIT_RESUME = 1 / 2;
/** One that has saved less than this part of it lets others go first, since it loses nothing by waiting (ours). */
export const LIMIT_DUE = 3 / 4;
/** How long a reservation can be owed to who wants it, and to who sleeps; and how much CPU had beyond it counts (ours). */
export const RESERVATION_DEBT = 1000 * MS;
export const RESERVATION_SAVED = 50 * MS;
export const RESERVATION_SURPLUS = 50 * MS;

/** Who may not share a core claims one for himself when he has waited so long (ours). */
export const CLAIM_WAIT = 100 * MS;
/** Who is so far behind his reservation, though he runs, gets the core for himself until he is not (ours). */
export const CORE_DEBT = 10 * MS;
/** Of a vCPU's run on a core whose other thread is busy, so many eighths are charged: 62.5 %, that is 1.25 / 2. */
export const SHARED_CORE_EIGHTHS = 5;

/** Distances between pCPUs. */
export const SAME_CORE = 0;
export const SAME_CACHE = 1;
export const SAME_PACKAGE = 2;
export const SAME_NODE = 3;
export const OTHER_NODE = 4;
export const DISTANCES = 5;
/** How far behind, in CPU time, a vCPU must be to be fetched from there (ours: the cost of its cold cache and more). */
export const PULL_MARGINS: readonly number[] = [MS, 2 * MS, 5 * MS, 8 * MS, 30 * MS];
/** How far behind the one that runs there it must be to be pushed to a busy pCPU when it becomes ready (ours). */
export const PUSH_MARGINS: readonly number[] = [20 * MS, 20 * MS, 30 * MS, 40 * MS, 100 * MS];
/** A vCPU that uses less of a pCPU than this is not moved to another cache, in percent (Cpu.ActionLoadThreshold). */
export const LITTLE_LOAD = 10;
/** Unless it has waited this long; then an idle pCPU may also fetch it from its home node (ours). */
export const LONG_WAIT = 10 * MS;
/** How far behind, in CPU time, a vCPU must be to be put before another that is on its home node (ours). */
export const FAR_LAG = 100 * MS;

/** A client that has moved to another home node stays for so many periods. */
export const NUMA_STAY_PERIODS = 15;
/** Pages that follow a machine to its new node, per second, and their size. */
export const PAGES_PER_SECOND = 8000;
export const PAGE_SIZE = 4096;
