import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOf, labs, runLab } from '../support/labs.ts';
import { sharedImage } from '../support/simulate.ts';
import { spawned } from '../support/spawned.ts';
import { cpuLoad } from './cpu-load.ts';

/** Digest and bytes of every lab. */
async function runAll(): Promise<Record<string, { digest: string; hash: string }>> {
  const found: Record<string, { digest: string; hash: string }> = {};
  for (const lab of labs) {
    const report = await runLab(lab, await sharedImage());
    found[lab] = { digest: report.digest, hash: hashOf(report) };
  }
  return found;
}

describe('every lab', () => {
  it('has the same digest and the same bytes while the machine is busy, in another process, elsewhere on earth', async () => {
    const program = path.join(import.meta.dirname, 'all-labs.ts');
    const env = { ...process.env, TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };
    const first = await runAll();
    const end = cpuLoad(2);
    try {
      // At once, so that each takes the processors from the other.
      const other = spawned(process.execPath, ['--disable-warning=ExperimentalWarning', program], { env, cwd: '/' });
      expect(await runAll()).toEqual(first);
      expect([await other.ended, other.err()]).toEqual([0, '']);
      const hashes = Object.fromEntries(labs.map((lab) => [lab, first[lab]!.hash]));
      expect(JSON.parse(other.out())).toEqual(hashes);
      expect(Object.keys(hashes)).toHaveLength(labs.length);
    } finally {
      await end();
    }
  }, 120_000);

  it('has a digest of its own, and another with another seed', async () => {
    const image = await sharedImage();
    const digests = new Set<string>();
    for (const lab of ['first-rack', 'full-host']) {
      for (const seed of [1, 2]) digests.add((await runLab(lab, image, { seed })).digest);
    }
    expect(digests.size).toBe(4);
  });
});
