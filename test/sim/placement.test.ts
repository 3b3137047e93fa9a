import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/meta.ts';
import { Random } from '../../src/base/random.ts';
import { loadManifests } from '../../src/cli/manifests/load.ts';
import { fidelityOf } from '../../src/hypervisor/host-models.ts';
import type { ApiImage } from '../../src/sim/disks.ts';
import { installedKinds } from '../../src/sim/image.ts';
import { plan } from '../../src/sim/plan/plan.ts';
import { Simulation } from '../../src/sim/simulation.ts';

const refuse = (line: string) => {
  throw new Error(line);
};

/** A small world in which hosts, memory and disks are short, in an order that no name follows. */
function draw(seed: string): string {
  const random = new Random(seed);
  const object = (kind: string, name: string, spec: string) =>
    `---\napiVersion: orrery.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}}\n`;
  const gib = (least: number, most: number) => `${random.between(least, most)}Gi`;
  const parts = [
    ...['h1', 'h2', 'h3'].map((name) =>
      object(
        'Host',
        name,
        `cluster: c, cpu: {coresPerSocket: 4, mhz: 2000}, memory: {size: ${gib(8, 24)}}, networks: [{name: lan}], datastores: [san1]`,
      ),
    ),
    ...random
      .shuffle([...'abcdefghijkl'])
      .map((name) =>
        object(
          'VirtualMachine',
          name,
          `cluster: c, nics: [{network: lan}], memory: {size: 9Gi, reservation: ${gib(1, 9)}}, ` +
            `disks: [{name: root, size: ${gib(1, 12)}, datastore: san1, provisioning: Thick}]`,
        ),
      ),
    object('Datastore', 'san1', 'type: VMFS, backing: FibreChannel, capacity: 90Gi'),
    object('Cluster', 'c', ''),
  ];
  return random.shuffle(parts).join('');
}

/** Where each VM is, or why not. */
function placesOf(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === 'VirtualMachine')
    .map((object) => {
      const { status, metadata } = object as KubeObject & {
        status: { host?: string; conditions: { type: string; message: string }[] };
      };
      const placed = status.conditions.find(({ type }) => type === 'Placed')?.message;
      return `${metadata.name} ${status.host} ${placed}`;
    })
    .sort();
}

describe('plan and sim', () => {
  let image: ApiImage;
  beforeAll(async () => {
    image = await installedKinds();
  });

  it.each(['1', '2', '3', '4'])('place the same VMs on the same hosts for the same reasons, world %s', async (seed) => {
    const input = { folder: '/', readInput: async () => draw(seed) };
    const planned = await plan({ manifests: await loadManifests(['-'], input), image, complain: refuse });
    const simulation = new Simulation({
      manifests: await loadManifests(['-'], input),
      seed: 1,
      forMs: 5000,
      fidelity: fidelityOf('entitlement') as Exclude<ReturnType<typeof fidelityOf>, string>,
      image,
      complain: refuse,
    });
    await simulation.run();
    const { objects, violations } = simulation.report();
    expect(violations).toEqual([]);
    expect(placesOf(objects.items)).toEqual(placesOf(planned.items));
    expect(placesOf(planned.items).some((line) => line.includes('not admitted'))).toBe(true);
  });
});
