import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/api/clock.ts';
import { clocks, virtualMachines } from '../../src/api/resources.ts';
import { SECOND } from '../../src/base/units.ts';
import { World } from '../../src/sim/world.ts';
import {
  conditionOf,
  eventsOf,
  hostYaml,
  itemOf,
  sanYaml,
  sharedImage,
  simulate,
  vmYaml,
  yamlOf,
} from '../support/simulate.ts';

const rack = sanYaml + hostYaml('h1');
const clock = (spec: string, annotations = '') => yamlOf('Clock', 'default', spec, annotations);
const later = (seconds: number) => `orrery.dev/apply-after-seconds: "${seconds}"`;

describe('a Clock', () => {
  it('makes simulated seconds as long as its speed says', async () => {
    const report = await simulate(rack + vmYaml('a') + clock('speed: 20'), { forSeconds: 60 });
    // The hypervisor takes 0.2 s, the guest 30 s.
    expect(eventsOf(report, 'a')).toEqual(['0 VMPlaced', '0.01 VMPoweredOn']);
    const { status } = itemOf(report, 'Clock', 'default');
    expect(status).toMatchObject({ speed: 20, anchorSim: '2010-11-01T00:00:00Z', anchorReal: '2010-11-01T00:00:00Z' });
    expect(report.summary.hostHoursOn).toBeCloseTo(1200 / 3600, 6);
  });

  it('that is paused lets nothing move, and is as it should be', async () => {
    const report = await simulate(rack + vmYaml('a') + clock('paused: true'), { forSeconds: 3600 });
    expect(eventsOf(report, 'a')).toEqual(['0 VMPlaced']);
    expect(itemOf(report, 'VirtualMachine', 'a').status).toMatchObject({ power: 'PoweringOn' });
    expect(report.summary).toMatchObject({ energyKilowattHours: 0, hostHoursOn: 0 });
    const clockItem = itemOf(report, 'Clock', 'default');
    expect(clockItem.status).toMatchObject({ speed: 0, time: '2010-11-01T00:00:00Z', observedGeneration: 1 });
    expect(conditionOf(clockItem, 'Ready')).toMatchObject({ status: 'True', reason: 'Paused' });
  });

  it('goes on where it stood when it is no longer paused', async () => {
    const world = rack + vmYaml('a') + clock('paused: true', later(10)) + clock('paused: false', later(600));
    const report = await simulate(world, { forSeconds: 1200 });
    expect(itemOf(report, 'Clock', 'default').status).toMatchObject({
      speed: 1,
      anchorSim: '2010-11-01T00:00:10Z',
      anchorReal: '2010-11-01T00:10:00Z',
    });
    expect(report.summary.hostHoursOn).toBeCloseTo(610 / 3600, 6);
  });

  it('moves to advanceTo while paused, and stops there', async () => {
    const to = '2010-11-01T08:00:00Z';
    const world = rack + vmYaml('a') + clock('paused: true') + clock(`paused: true, advanceTo: "${to}"`, later(60));
    const report = await simulate(world, { forSeconds: 3600 });
    const item = itemOf(report, 'Clock', 'default');
    expect(item.status).toMatchObject({ speed: 0, time: to, anchorSim: to });
    expect(conditionOf(item, 'Ready')).toMatchObject({ reason: 'Paused' });
    expect(itemOf(report, 'VirtualMachine', 'a').status).toMatchObject({ guest: { state: 'Running' } });
    expect(report.summary.hostHoursOn).toBeCloseTo(8, 6);
  });

  it('says that it was lowered where the programs cannot follow, and how long it is on its way', async () => {
    const world = await World.start({ seed: 'test', image: await sharedImage(), maxSpeed: 50 });
    const name = { namespace: 'default', name: 'default' };
    const create = (spec: object) =>
      world.settle(
        world.client.create(clocks, { apiVersion: 'orrery.dev/v1alpha1', kind: 'Clock', metadata: name, spec }),
      );
    const read = async () => (await world.settle(world.client.get<Clock>(clocks, name))).status;
    await create({ speed: 1000 });
    await world.pass(SECOND);
    expect(await read()).toMatchObject({
      speed: 50,
      conditions: [{ type: 'Ready', status: 'True', reason: 'SpeedLowered', message: expect.stringContaining('1000') }],
    });
    const body = { spec: { paused: true, advanceTo: '2010-11-01T01:00:00Z' } };
    await world.settle(world.client.patch(clocks, name, { type: 'merge', body }));
    await world.pass(SECOND);
    expect(await read()).toMatchObject({ speed: 50, conditions: [{ reason: 'Advancing' }] });
    // While nothing moves, everything can still be looked at.
    await world.pass(120 * SECOND);
    expect(await read()).toMatchObject({ speed: 0, time: '2010-11-01T01:00:00Z' });
    expect((await world.settle(world.client.list(virtualMachines))).items).toEqual([]);
  });

  it('that is deleted leaves the speed that the world was given', async () => {
    const gone = 'orrery.dev/delete-after-seconds: "60"';
    const report = await simulate(rack + clock('paused: true', gone), { forSeconds: 660 });
    expect(report.summary.hostHoursOn).toBeCloseTo(600 / 3600, 6);
  });

  it('rules its own namespace alone', async () => {
    const elsewhere = (rack + vmYaml('b')).replaceAll('metadata: {', 'metadata: {namespace: lab, ');
    const report = await simulate(rack + vmYaml('a') + clock('paused: true') + elsewhere, { forSeconds: 60 });
    expect(eventsOf(report, 'a')).toEqual(['0 VMPlaced']);
    expect(eventsOf(report, 'b')).toEqual(['0 VMPlaced', '0.2 VMPoweredOn']);
  });
});
