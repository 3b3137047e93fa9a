import { refusalOf, type Surroundings } from './eligibility.ts';
import type { MachineFacts } from './facts.ts';
import type { HostRefusal } from './refusals.ts';
import type { Room } from './room.ts';

export interface Chosen {
  readonly room: Room;
  /** Shares of its capacity that are configured once the machine has come. */
  readonly cpu: number;
  readonly memory: number;
  /** How many fit. */
  readonly candidates: number;
  /** Of the hosts that do not fit. */
  readonly refusals: readonly HostRefusal[];
}

export type Choice = Chosen | { readonly room: undefined; readonly refusals: readonly HostRefusal[] };

/**
 * The least loaded host that fits: where the larger of configured CPU and configured memory, as shares of capacity, is
 * smallest once the machine has come. (A new machine has shown no demand, so its configured size counts: DRS initial
 * placement, algorithms.md 5.4.) Ties go to the earlier room, so hand them in an order of your own.
 */
export function chooseHost(rooms: readonly Room[], machine: MachineFacts, around: Surroundings): Choice {
  let best: { room: Room; cpu: number; memory: number; load: number } | undefined;
  let candidates = 0;
  const refusals: HostRefusal[] = [];
  for (const room of rooms) {
    const refusal = refusalOf(room, machine, around);
    if (refusal !== undefined) {
      refusals.push({ host: room.host.name, refusal });
      continue;
    }
    candidates++;
    const load = room.loadWith(machine);
    if (best === undefined || load.load < best.load) best = { room, ...load };
  }
  if (best === undefined) return { room: undefined, refusals };
  return { room: best.room, cpu: best.cpu, memory: best.memory, candidates, refusals };
}
