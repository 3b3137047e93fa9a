import { describe, expect, it } from 'vitest';
import { parseManifests } from '../../src/cli/manifests/load.ts';
import { fidelityOf } from '../../src/hypervisor/host-models.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { hostYaml, sanYaml, sharedImage, vmYaml } from '../support/simulate.ts';

const VMS = 8;
/** The issue of `sim`: writes of a VM in a day under a diurnal load. */
const MOST_WRITES = 20;

describe('a day under a diurnal load', () => {
  it('takes few writes of each VM, and a sole replica renews no Lease', async () => {
    const load = 'workload: {diurnal: {minPercent: 10, maxPercent: 60}}';
    const vms = Array.from({ length: VMS }, (_, index) => vmYaml(`vm-${index}`, load));
    const fidelity = fidelityOf('entitlement');
    if (typeof fidelity === 'string') throw new Error(fidelity);
    const manifests = parseManifests(sanYaml + hostYaml('h1') + hostYaml('h2') + vms.join(''), 'world.yaml');
    const simulation = new Simulation({
      manifests: { manifests, files: ['world.yaml'], lineOf: ({ line }) => line },
      seed: 1,
      forMs: 86_400_000,
      fidelity,
      image: await sharedImage(),
      complain: () => {},
    });
    await simulation.run();
    const { writes } = simulation;
    const each = (writes.get('orrery.dev/virtualmachines') ?? 0) / VMS;
    // It is created, started and boots, and by day it does more than by night.
    expect(each).toBeGreaterThan(5);
    expect(each).toBeLessThanOrEqual(MOST_WRITES);
    expect(writes.get('orrery.dev/hosts')! / 2).toBeLessThanOrEqual(MOST_WRITES * VMS);
    expect([...writes.keys()].filter((bucket) => bucket.includes('leases'))).toEqual([]);
  });
});
