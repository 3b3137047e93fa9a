import { describe, expect, it } from 'vitest';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { machineFacts } from '../../src/model/machine-facts.ts';

const esxOnly = (spec: object) =>
  machineFacts({ metadata: { name: 'a', uid: 'a' }, spec } as unknown as VirtualMachine).esxOnly;

describe('what Xen does not have', () => {
  it.each<[string, object]>([
    ['spec.cpu.reservationMHz', { cpu: { reservationMHz: 500 } }],
    ['spec.memory.shares', { memory: { shares: 'High' } }],
    ['spec.memory.limit', { memory: { size: '4Gi', limit: '2Gi' } }],
    ['spec.faultTolerance', { faultTolerance: { enabled: true } }],
  ])('is %s', (field, spec) => {
    expect(esxOnly(spec)).toEqual([field]);
  });

  it('is nothing that asks for no more than Xen does anyhow', () => {
    expect(esxOnly({})).toEqual([]);
    expect(esxOnly({ memory: { size: '4Gi', reservation: '1Gi', limit: '4Gi' } })).toEqual([]);
    expect(esxOnly({ cpu: { shares: 'High', limitMHz: 1000 }, xen: { weight: 512, cap: 50 } })).toEqual([]);
  });
});
