import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Condition, KubeObject } from '../../src/api/meta.ts';
import { resourceTypes } from '../../src/api/resources.ts';
import { HOUR } from '../../src/base/units.ts';
import { parseManifests } from '../../src/cli/manifests/load.ts';
import { wholeWorld } from '../support/whole-world.ts';
import { project } from '../support/world.ts';
import { argoClientSide, argoServerSide, type Declared, flux, typeOf } from './deliverers.ts';
import { argoHealth, kstatus } from './health.ts';

type Seen = KubeObject & { status?: { observedGeneration?: number; conditions?: Condition[] } };

/** Every kind, as the examples have it. Time is to pass as it does, not 20 times as fast. */
function tree(): Declared[] {
  const folder = path.join(project, 'manifests/examples');
  return fs.readdirSync(folder).flatMap((file) => {
    const text = fs.readFileSync(path.join(folder, file), 'utf8').replace('speed: 20', 'speed: 1');
    return parseManifests(text, file).map(({ object }) => {
      const declared = object as unknown as Declared;
      return { ...declared, metadata: { ...declared.metadata, namespace: 'default' } };
    });
  });
}

describe.each([flux, argoServerSide, argoClientSide])('a tree of every kind that $name applies', (deliverer) => {
  it('shows drift when somebody else has changed it, and none when it is applied again', async () => {
    const { client, settle } = await wholeWorld({ seed: deliverer.name });
    const datastore = tree().find(({ kind }) => kind === 'Datastore')!;
    const drift = () => settle(deliverer.drift(client, datastore));
    expect(await drift()).toContain('is gone');
    await settle(deliverer.apply(client, datastore));
    expect(await drift()).toBeUndefined();
    const body = { spec: { capacity: '9Ti' } };
    await settle(client.patch(typeOf(datastore), datastore.metadata, { type: 'merge', body }));
    expect(JSON.stringify(await drift())).toContain('capacity');
    await settle(deliverer.apply(client, datastore));
    expect(await drift()).toBeUndefined();
  });

  it('shows no drift in a day of controllers at work, and its state as kstatus and Argo CD read it', async () => {
    const { world, client, settle, pass } = await wholeWorld({ seed: deliverer.name });
    const objects = tree();
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(resourceTypes.map(({ kind }) => kind)));
    for (const object of objects) await settle(deliverer.apply(client, object));
    const drifted = new Map<string, unknown>();
    const odd = new Set<string>();
    const states = new Map<string, string>();
    for (let hour = 0; hour < 24; hour += 4) {
      await pass(4 * HOUR);
      for (const object of objects) {
        const name = `${object.kind} ${object.metadata.name}`;
        const drift = await settle(deliverer.drift(client, object));
        if (drift !== undefined && !drifted.has(name)) drifted.set(name, { hour, drift });
        if (typeof drift === 'string') continue;
        const live = await settle(client.get<Seen>(typeOf(object), object.metadata));
        for (const what of oddities(live)) odd.add(`${name}: ${what}`);
        if (hour === 20) states.set(name, kstatus(live));
      }
    }
    expect([...drifted]).toEqual([]);
    expect([...odd]).toEqual([]);
    // What a Kustomization waits for is there: nothing is for ever on its way.
    const settled = ['Datastore san1', 'Network lan', 'Host rack1-h01', 'Cluster rack2', 'VirtualMachine web-1'];
    expect(settled.map((name) => [name, states.get(name)])).toEqual(settled.map((name) => [name, 'Current']));
    expect([...states].filter(([, state]) => state === 'InProgress')).toEqual([]);
    expect(states.get('Migration web-1-to-h02')).toBe('Failed');
    expect(world.elapsed).toBeGreaterThanOrEqual(24 * HOUR);
  });
});

/** What is not as the rules of kstatus want it, and where the two do not say the same. */
function oddities(live: Seen): string[] {
  const { observedGeneration, conditions = [] } = live.status ?? {};
  const found: string[] = [];
  if (observedGeneration === undefined) found.push('no observedGeneration');
  else if (observedGeneration > live.metadata.generation!) found.push('a generation observed that is yet to come');
  if (observedGeneration === live.metadata.generation && !conditions.some(({ type }) => type === 'Ready'))
    found.push('no Ready');
  for (const { type, status, observedGeneration: of } of conditions) {
    if ((type === 'Reconciling' || type === 'Stalled') && status !== 'True')
      found.push(`${type} is ${status}, not absent`);
    if (of !== undefined && of > live.metadata.generation!) found.push(`${type} of generation ${of}`);
  }
  const pairs = {
    Current: 'Healthy',
    Failed: 'Degraded',
    InProgress: 'Progressing',
    Terminating: 'Progressing',
  } as const;
  const [flux, argo] = [kstatus(live), argoHealth(live)];
  if (pairs[flux] !== argo) found.push(`${flux} to kstatus, ${argo} to Argo CD`);
  return found;
}
