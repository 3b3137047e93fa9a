import { gib, mhz } from '../base/units.ts';
import { holdingOf, type MachineFacts } from './facts.ts';
import type { HostRefusal } from './refusals.ts';
import type { Room } from './room.ts';

interface Measure {
  readonly resource: 'cpu' | 'memory';
  readonly has: (room: Room) => number;
  readonly needs: (room: Room) => number;
  readonly write: (amount: number) => string;
  /** What to lower so that it fits a host of that size. */
  readonly field: (room: Room) => string;
}

function measuresOf(machine: MachineFacts): Measure[] {
  const { reservation, overhead } = machine.memory;
  const holding = ({ host }: Room) => holdingOf(machine, host.hypervisor.type);
  return [
    {
      resource: 'memory',
      has: ({ host }) => host.memory,
      needs: (room) => holding(room).memory,
      write: (bytes) => `${gib(bytes)} GiB`,
      // On Xen all of size counts, and so it does where the overhead of a machine of that size is too much by itself.
      field: ({ host }) =>
        host.hypervisor.type === 'Xen' || reservation === 0 || overhead > host.memory
          ? 'spec.memory.size'
          : 'spec.memory.reservation',
    },
    {
      resource: 'cpu',
      has: ({ capacityMHz }) => capacityMHz,
      needs: (room) => holding(room).cpuMHz,
      write: mhz,
      field: () => 'spec.cpu.reservationMHz',
    },
  ];
}

/**
 * Of a machine that is refused: whether it would not fit these hosts if they were empty, so that waiting is in vain; and
 * what to change, as `it is larger than any host: the largest, h2, has 31.20 GiB in all: lower spec.memory.reservation`.
 * Undefined where another host, or room on these, would help.
 */
export function tooLarge(
  rooms: readonly Room[],
  machine: MachineFacts,
  refusals: readonly HostRefusal[],
): string | undefined {
  for (const { resource, has, needs, write, field } of measuresOf(machine)) {
    if (!refusals.some(({ refusal }) => refusal.lacking?.resource === resource)) continue;
    if (rooms.some((room) => needs(room) <= has(room))) continue;
    const largest = rooms.reduce((one, other) => (has(other) > has(one) ? other : one));
    const remedy = `has ${write(has(largest))} in all: lower ${field(largest)}`;
    if (rooms.length === 1) return `${largest.host.name} ${remedy}`;
    return `it is larger than any host: the largest, ${largest.host.name}, ${remedy}`;
  }
  return undefined;
}
