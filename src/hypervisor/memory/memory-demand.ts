import type { MemoryDemand, MemoryPhase } from './host-memory.ts';
import { BOOTING, type Columns, EMPTY, heldBy, RUNNING, STALLED } from './machine-table.ts';

const phases: Readonly<Record<MemoryPhase, number>> = {
  Empty: EMPTY,
  Booting: BOOTING,
  Running: RUNNING,
  Stalled: STALLED,
};

/** The guest does this from now on. Says whether it begins anew, with nothing in its memory. */
export function demandInto(c: Columns, i: number, demand: MemoryDemand): boolean {
  const size = c.size[i]!;
  const phase = phases[demand.phase ?? 'Running'];
  const was = c.phase[i]!;
  const since = demand.since ?? 0;
  const begins = phase === EMPTY || (phase === BOOTING && (was !== BOOTING || c.since[i] !== since));
  if (begins) clear(c, i);
  const active = phase === EMPTY || phase === STALLED ? 0 : Math.min(size, demand.active);
  if (was !== EMPTY && !begins) shiftHot(c, i, active);
  // One that runs when it is seen first has its memory from elsewhere.
  c.arrives[i] = was === EMPTY && phase === RUNNING && heldBy(c, i) === 0 ? 1 : 0;
  c.phase[i] = phase;
  c.since[i] = since;
  c.bootMs[i] = demand.bootMs ?? 0;
  c.active[i] = active;
  c.touched[i] = Math.min(size, demand.touched);
  c.writable[i] = Math.min(size, demand.writable ?? demand.active);
  c.dirty[i] = phase === RUNNING ? (demand.dirtyPerSecond ?? 0) : 0;
  return begins;
}

function clear(c: Columns, i: number): void {
  for (const row of ['resident', 'zipped', 'zippedHot', 'swapped', 'swappedHot', 'balloon'] as const) c[row][i] = 0;
  for (const row of ['used', 'image', 'zero', 'saved'] as const) c[row][i] = 0;
}

/** Of memory that comes into use, some is away; of memory that goes out of use, some was. */
function shiftHot(c: Columns, i: number, active: number): void {
  const before = c.active[i]!;
  const idle = heldBy(c, i) - before;
  for (const [all, hot] of [
    [c.zipped, c.zippedHot],
    [c.swapped, c.swappedHot],
  ] as const) {
    if (active < before) hot[i]! *= active / before;
    else if (idle > 0) hot[i]! += (all[i]! - hot[i]!) * Math.min(1, (active - before) / idle);
  }
}
