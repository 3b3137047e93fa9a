import { describe, expect, it } from 'vitest';
import { GiB, MINUTE, MiB, SECOND } from '../../../src/base/units.ts';
import { type Guest, Ward } from './ward.ts';

/** What was taken from a guest, by whatever means. */
function takenFrom(ward: Ward, name: string): number {
  const { ballooned, swapped, compressed } = ward.of(name);
  return ballooned + swapped + 2 * compressed;
}

/** A rich guest that idles and a poor one that works, both up for so long that their working sets are known. */
function richAndPoor(more: ConstructorParameters<typeof Ward>[1] = {}, guest: Guest = {}): Ward {
  const size = 6 * GiB;
  const ward = new Ward(16 * GiB, more).all({
    rich: { size, shares: 10 * 6144, active: 0.3 * GiB, ...guest },
    poor: { size, shares: 5 * 6144, active: 5.5 * GiB, ...guest },
  });
  return ward.pass(10 * MINUTE);
}

/** A third guest comes, for which there is no room. */
function squeeze(ward: Ward, guest: Guest = {}, each: () => void = () => {}): void {
  const { bootMs = 30 * SECOND } = guest;
  ward.boot('new', { size: 5 * GiB, active: 4 * GiB, bootMs, ...guest });
  ward.pass(bootMs, each);
  ward.run('new');
}

describe('who pays first', () => {
  it('is the idle rich machine, not the busy poor one, although it has twice the shares', () => {
    const ward = richAndPoor();
    expect([takenFrom(ward, 'rich'), takenFrom(ward, 'poor'), ward.total.state]).toEqual([0, 0, 'High']);
    squeeze(ward);
    const paid = { rich: 0, poor: 0 };
    ward.pass(10 * MINUTE, () => {
      for (const name of ['rich', 'poor'] as const) paid[name] = Math.max(paid[name], takenFrom(ward, name));
    });
    expect(paid.rich).toBeGreaterThan(GiB);
    expect(paid.poor).toBe(0);
    expect(ward.memory.hindrance('poor')).toEqual({ work: 1, swapWait: 0 });
    // What it does not use is enough: the rich one does not feel it either.
    expect(ward.memory.hindrance('rich').work).toBeGreaterThan(0.99);
  });

  it('is the poor one where idle memory is not taxed', () => {
    const ward = richAndPoor({ advanced: { 'Mem.IdleTax': 0 } });
    squeeze(ward);
    ward.pass(10 * MINUTE);
    expect(takenFrom(ward, 'poor')).toBeGreaterThan(GiB);
    expect(takenFrom(ward, 'rich')).toBe(0);
    expect(ward.memory.hindrance('poor').work).toBeLessThan(0.5);
  });

  it('M3: of two machines of 256 MB with 360 MB between them, the busy one gets most as soon as there is a tax', () => {
    const shared = (idleTax: number) => {
      const size = 256 * MiB;
      // 6 % of it is kept free.
      const ward = new Ward((360 * MiB) / 0.94, {
        version: '4.0',
        advanced: { 'Mem.IdleTax': idleTax, 'Mem.ShareScanTime': 0 },
      });
      ward.all({
        idle: { size, active: 10 * MiB, os: 'windows', busy: 0.05 },
        dbench: { size, active: 250 * MiB, busy: 1 },
      });
      ward.pass(180 * MINUTE);
      return {
        idle: ward.of('idle').consumed,
        dbench: ward.of('dbench').consumed,
        work: ward.memory.hindrance('dbench').work,
      };
    };
    const [before, after] = [shared(0), shared(75)];
    expect(before.idle / before.dbench).toBeCloseTo(1, 1);
    expect(after.idle / MiB).toBeLessThan(130);
    expect(after.dbench / MiB).toBeGreaterThan(230);
    expect(after.work / before.work).toBeGreaterThan(1.3);
  });

  it('is never he whose memory is reserved, however idle; a newcomer gets what it reserved at once', () => {
    const ward = richAndPoor({}, { reservation: 5.5 * GiB });
    squeeze(ward, { reservation: 4 * GiB, bootMs: 1000 });
    ward.pass(5 * MINUTE, () => {
      for (const name of ['rich', 'poor']) {
        const { granted, compressed } = ward.of(name);
        expect(granted + compressed).toBeGreaterThanOrEqual(5.5 * GiB);
      }
    });
    expect(ward.of('new').granted).toBeGreaterThanOrEqual(4 * GiB);
  });

  it('is whoever is not reserved, from one moment to the next, when a host full of others gets one with a reservation', () => {
    const busy = { size: 12 * GiB, active: 10 * GiB };
    const ward = new Ward().all({ a: busy, b: busy }).pass(10 * MINUTE);
    ward.boot('new', { size: 4 * GiB, reservation: 3 * GiB, active: 4 * GiB, bootMs: 0 });
    expect(ward.of('new').granted).toBeGreaterThanOrEqual(3 * GiB);
    expect(ward.total.free).toBeGreaterThanOrEqual(0);
  });
});

describe('a host on which more is reserved than it has', () => {
  it('gives no more than it has: machines that were there when the world began were admitted by nobody', () => {
    const guest = { size: 12 * GiB, reservation: 12 * GiB, active: 11 * GiB, overhead: 200 * MiB };
    const ward = new Ward().all({ a: guest, b: guest });
    ward.pass(5 * MINUTE, () => {
      const used = ward.of('a').consumed + ward.of('b').consumed + 400 * MiB;
      expect(used).toBeLessThanOrEqual(16 * GiB);
    });
    expect(ward.of('a').consumed).toBeGreaterThan(6 * GiB);
    expect(ward.of('b').consumed).toBeGreaterThan(6 * GiB);
  });
});

describe('how memory is taken back', () => {
  it('is by balloon and nothing else while the host is soft', () => {
    const ward = richAndPoor();
    const states = new Set<string>();
    const note = () => states.add(ward.total.state);
    squeeze(ward, { size: 4.2 * GiB, bootMs: 10 * MINUTE }, note);
    ward.pass(10 * MINUTE, note);
    expect([...states].sort()).toEqual(['High', 'Soft']);
    expect(ward.of('rich').ballooned).toBeGreaterThan(0);
    expect(ward.of('rich')).toMatchObject({ swapped: 0, compressed: 0 });
    // Back at what is kept free, all is well.
    expect(ward.total.free).toBeGreaterThanOrEqual(ward.total.minFree * 0.64);
  });

  it('is by swap from a guest without tools, which waits for what it misses', () => {
    const ward = richAndPoor({}, { tools: false });
    squeeze(ward, { size: 4.2 * GiB, bootMs: 10 * MINUTE });
    ward.pass(10 * MINUTE);
    const rich = ward.of('rich');
    expect(rich.ballooned).toBe(0);
    expect(rich.swapped).toBeGreaterThan(100 * MiB);
    expect(takenFrom(ward, 'poor')).toBeLessThan(rich.swapped / 100);
  });

  it('M11: is by balloon up to 65 % of the guest, and by swap beyond', () => {
    const size = 4096 * MiB;
    const ward = new Ward(6 * GiB).all({ idle: { size, active: 40 * MiB, shares: 1 } }).pass(10 * MINUTE);
    // Slowly, so that the balloon keeps up.
    ward.boot('new', { size: 6 * GiB, active: 5.6 * GiB, bootMs: 10 * MINUTE });
    ward.pass(10 * MINUTE);
    ward.run('new');
    let most = 0;
    ward.pass(60 * MINUTE, () => {
      most = Math.max(most, ward.of('idle').ballooned);
    });
    expect(most).toBe(2662 * MiB);
    expect(ward.of('idle').swapped).toBeGreaterThan(500 * MiB);
  });

  it('is by compression before swap from 4.1 on, of at most a tenth of the guest', () => {
    const crowd = (version: string, advanced: Record<string, number> = {}) => {
      const guest = { size: 4 * GiB, active: 3 * GiB, tools: false };
      return new Ward(16 * GiB, { version, advanced })
        .all({ a: guest, b: guest, c: guest, d: guest, e: guest, f: guest })
        .pass(5 * MINUTE);
    };
    expect(crowd('4.0').of('a').compressed).toBe(0);
    expect(crowd('5.0', { 'Mem.MemZipEnable': 0 }).of('a').compressed).toBe(0);
    const { compressed, swapped } = crowd('4.1').of('a');
    expect(compressed).toBeGreaterThan(0.05 * 4 * GiB);
    expect(compressed).toBeLessThanOrEqual(0.1 * 4 * GiB);
    expect(swapped).toBeLessThan(crowd('4.0').of('a').swapped);
    expect(swapped).toBeGreaterThan(0);
  });

  it('stops who is above his target while the host is low, and him alone', () => {
    const ward = new Ward().all({ a: { size: 9 * GiB, active: 6 * GiB }, b: { size: 6 * GiB, active: GiB } });
    ward.pass(10 * MINUTE);
    // A guest with a reservation takes nearly all that is left, at once.
    ward.boot('new', { size: 6 * GiB, reservation: 6 * GiB, active: 6 * GiB, bootMs: 0 });
    expect(ward.total.state).toBe('Low');
    const above = ['a', 'b'].filter((name) => ward.of(name).consumed > ward.of(name).target);
    expect(above.length).toBeGreaterThan(0);
    // Once the next second has begun.
    ward.pass(1);
    ward.demand('new', { phase: 'Running' });
    for (const name of above) expect(ward.memory.hindrance(name).work).toBe(0);
    expect(ward.memory.hindrance('new').work).toBe(1);
    ward.pass(5 * MINUTE);
    expect(ward.total.state).not.toBe('Low');
    for (const name of above) expect(ward.memory.hindrance(name).work).toBeGreaterThan(0);
  });

  it('ends when the pressure does: balloons are let out, pages come back as they are used', () => {
    const ward = richAndPoor();
    squeeze(ward);
    ward.pass(10 * MINUTE);
    expect(ward.of('rich').ballooned).toBeGreaterThan(0);
    ward.stop('new');
    ward.pass(5 * MINUTE);
    expect(ward.of('rich').ballooned).toBe(0);
    expect(ward.total.state).toBe('High');
  });
});

describe('a limit below what a guest uses', () => {
  it('holds at every instant, on a host with plenty of memory; the guest pays for it', () => {
    const ward = new Ward(64 * GiB).all({
      a: { size: 4 * GiB, limit: 2 * GiB, active: 3 * GiB },
      b: { size: 4 * GiB },
    });
    ward.pass(10 * MINUTE, () => expect(ward.of('a').consumed).toBeLessThanOrEqual(2 * GiB));
    expect(ward.memory.hindrance('a').work).toBeLessThan(0.5);
    expect(ward.memory.hindrance('b')).toEqual({ work: 1, swapWait: 0 });
    expect(ward.total.state).toBe('High');
  });
});

describe('what a guest feels', () => {
  const thrashing = (latencyMs: number) => {
    const ward = new Ward(8 * GiB);
    const guest = { size: 6 * GiB, active: 5 * GiB, tools: false, vcpus: 4, busy: 0.5 };
    ward.boot('a', guest);
    ward.boot('b', guest);
    for (const name of ['a', 'b']) ward.memory.swapDevice(name, { latencyMs, bytesPerSecond: 200 * MiB });
    ward.pass(30 * SECOND);
    ward.run();
    return ward.pass(2 * MINUTE).memory.hindrance('a');
  };

  it('is waiting for swap, the longer the slower its disk is, and less work done for it', () => {
    const [fast, slow] = [thrashing(0.1), thrashing(10)];
    expect(slow.swapWait).toBeGreaterThan(0.5);
    expect(slow.work).toBeLessThan(fast.work / 5);
    expect(fast.swapWait).toBeGreaterThan(0);
    expect(fast.swapWait).toBeLessThan(slow.swapWait);
  });

  it('is nothing while there is room', () => {
    const ward = new Ward().all({ a: { busy: 1 } }).pass(MINUTE);
    expect(ward.memory.hindrance('a')).toEqual({ work: 1, swapWait: 0 });
  });

  it('is standing still where its swap file cannot be reached and it needs what is there', () => {
    const ward = new Ward(8 * GiB);
    const guest = { size: 6 * GiB, active: 5 * GiB, tools: false };
    ward.all({ a: guest, b: guest }).pass(2 * MINUTE);
    expect(ward.of('a').swapped).toBeGreaterThan(0);
    ward.memory.swapDevice('a', { latencyMs: 5, bytesPerSecond: 0 });
    ward.pass(MINUTE);
    expect(ward.memory.hindrance('a')).toEqual({ work: 0, swapWait: 1 });
  });
});
