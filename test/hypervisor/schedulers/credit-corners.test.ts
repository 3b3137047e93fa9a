import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CreditReport } from '../../../src/hypervisor/schedulers/scenario/credit-report.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';
import { type Corner, corners } from './credit-corners.ts';

/*
 * Digests of every decision. When they were written, each of these scenarios (and 7,000 random ones, with affinity and
 * with weights, caps and pauses changed on the way) made the same decisions as the scheduler of Xen's public tree,
 * commit c447b7308b13, compiled into a throw-away harness; nothing of that is here. A digest that changes says that the
 * scheduler departs from the real one where no recorded trace looks.
 */
const digests: Readonly<Record<string, string>> = {
  'slice of 1 ms': '5426 9834ca0d7743bead',
  'slice of 2 ms, no rate limit': '6604 ec46eb90ca57f672',
  'slice of 7 ms, ticks of 2333 us': '3219 f8ebad39011eae09',
  'slice of 100 ms, rate limit of 100 us': '2750 0af9702dfb4c2742',
  'rate limit above the slice': '2057 296f1d2a6a35cd16',
  'a socket that is partly filled': '6573 9f89933ea1f4480c',
  '80 pCPUs, four sockets with threads, a node each': '31263 f41f516d58d7c353',
  'eight nodes of one core': '7391 d8142360e387f8db',
  'a cap over four vCPUs of which one sleeps': '1603 d3f48556e8f02704',
  'yielders among hogs on two pCPUs': '3306 df09a10f21873f6a',
  'sleeps of no length': '5669 3064268b562f14e7',
};

function run(corner: Corner): { report: CreditReport; lines: string[] } {
  const lines: string[] = [];
  const report = schedule(JSON.stringify(corner), { trace: (line) => lines.push(line) }) as CreditReport;
  return { report, lines };
}

describe('the credit scheduler where no recorded trace looks', () => {
  it.each(Object.entries(corners))('%s', (name, corner) => {
    const { report, lines } = run(corner);
    expect(lines.length).toBe(report.totals.decisions);
    const digest = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
    expect(`${lines.length} ${digest}`).toBe(digests[name]);
  });

  it.each(Object.entries(corners))('%s: time adds up, caps hold', (_, corner) => {
    const { report } = run(corner);
    const duration = corner.durationMs * 1000;
    let all = report.totals.idleUs;
    for (const { cpuUs, runnableWaitUs, blockedUs, parkedUs } of Object.values(report.vcpus)) {
      expect(cpuUs + runnableWaitUs + blockedUs + parkedUs).toBeCloseTo(duration, 3);
      all += cpuUs;
    }
    expect(all).toBeCloseTo(duration * corner.pcpus, 3);
    for (const { name, cap, vcpus } of corner.domains) {
      // A cap is kept from one accounting to the next: each vCPU may overdraw by a slice, and keep one as credit.
      const slack = 2 * vcpus.length * corner.tsliceMs * 1000;
      if (cap > 0) expect(report.domains[name]!.cpuUs).toBeLessThanOrEqual((cap / 100) * duration + slack);
    }
  });
});
