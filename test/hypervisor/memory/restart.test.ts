import { describe, expect, it } from 'vitest';
import { GiB, MINUTE } from '../../../src/base/units.ts';
import { config, hints, Lab } from '../lab.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A host of 16 GiB with six guests that have touched 24 GiB, long enough for balloons and swap to have done their work. */
async function crowded(): Promise<Lab> {
  const lab = await new Lab().rack('h1');
  for (const [i, name] of names.entries()) {
    const active = (i % 3) * 1.2 * GiB + 0.4 * GiB;
    lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 20 }, { memory: { active, dirtyMBps: 0 } }));
    await lab.run(name, {
      config: config(name, {
        guest: { os: i % 2 === 0 ? 'linux' : 'windows' },
        memory: { size: 4 * GiB, shares: 40_960 },
      }),
    });
  }
  await lab.advance(20 * MINUTE);
  return lab;
}

const memories = async (lab: Lab) => Promise.all(names.map(async (name) => (await lab.machine(name)).usage.memory));

const sumOf = (list: Awaited<ReturnType<typeof memories>>, key: 'consumed' | 'ballooned' | 'swapped' | 'sharedSaved') =>
  list.reduce((sum, memory) => sum + memory[key]!, 0);

describe("a host's memory over a restart of the datacenter", () => {
  it('is what it was, when the datacenter was closed in good order', async () => {
    const lab = await crowded();
    const before = await memories(lab);
    expect(sumOf(before, 'ballooned')).toBeGreaterThan(GiB);
    expect(sumOf(before, 'sharedSaved')).toBeGreaterThan(0);
    const host = await lab.host('h1');
    await lab.restart('close');
    const after = await memories(lab);
    for (const [i, memory] of after.entries()) {
      const { ballooned, swapped, compressed, granted, shared, zeroed } = before[i]!;
      expect(memory).toMatchObject({ ballooned, swapped, compressed, granted, shared, zeroed });
    }
    expect((await lab.host('h1')).memory).toEqual(host.memory);
  });

  it('is about what it was, when the datacenter died: within the part of a machine by which pages move before they are kept', async () => {
    const lab = await crowded();
    const before = await memories(lab);
    await lab.restart('kill');
    const after = await memories(lab);
    for (const [i, memory] of after.entries()) {
      for (const key of ['consumed', 'ballooned', 'swapped'] as const) {
        expect(Math.abs(memory[key]! - before[i]![key]!), `${names[i]} ${key}`).toBeLessThan((4 * GiB) / 8);
      }
    }
    expect(sumOf(after, 'consumed')).toBeLessThanOrEqual(16 * GiB);
  });

  it('goes on from there, and the same way each time', async () => {
    const course = async () => {
      const lab = await crowded();
      await lab.restart('kill');
      await lab.advance(10 * MINUTE);
      return { all: await memories(lab), host: (await lab.host('h1')).memory };
    };
    const [one, other] = [await course(), await course()];
    expect(one).toEqual(other);
    expect(one.host.free).toBeGreaterThan(0);
  });

  it('shows in status what was taken from whom, and that waiting for it costs the guest processor time', async () => {
    const lab = await new Lab().rack('h1');
    for (const name of ['a', 'b']) {
      const memory = { active: 10 * GiB, dirtyMBps: 0 };
      lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 90 }, { memory }));
      await lab.run(name, {
        config: config(name, { guest: { tools: false }, memory: { size: 12 * GiB, shares: 122_880 } }),
      });
    }
    await lab.advance(5 * MINUTE);
    const { cpu, memory } = (await lab.machine('a')).usage;
    expect(memory.swapped).toBeGreaterThan(GiB);
    expect(cpu.swapWaitPercent).toBeGreaterThan(50);
    expect(cpu.usedMHz).toBeLessThan(0.5 * 0.9 * 2000);
    expect((await lab.host('h1')).memory.state).not.toBe('High');
  });
});
