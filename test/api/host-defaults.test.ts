import { describe, expect, it } from 'vitest';
import { generationOf, oldestGeneration } from '../../src/api/generations.ts';
import type { HostSpec } from '../../src/api/host.ts';
import { filledHostSpec } from '../../src/api/host-defaults.ts';

const smallest: HostSpec = { cpu: { coresPerSocket: 8, mhz: 2000 }, memory: { size: '64Gi' } };

describe('what a host has when its manifest does not say', () => {
  it('is an ESX 5.0 host on Nehalem, with a board and a line of watts', () => {
    expect(filledHostSpec(smallest)).toEqual({
      ...smallest,
      hypervisor: { type: 'ESX', version: '5.0' },
      cpu: {
        vendor: 'Intel',
        family: 'Nehalem',
        features: [],
        virtualization: 'VT-x',
        sockets: 1,
        coresPerSocket: 8,
        threadsPerCore: 1,
        mhz: 2000,
        numaNodes: 1,
        llcPerSocket: 1,
      },
      datastores: [],
      networks: [],
      maintenance: false,
      bmc: { type: 'IPMI', bootSeconds: 180, standbySeconds: 60 },
      wattsCurve: [150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250],
      standbyWatts: 10,
      dpm: 'Default',
    });
  });

  it('follows the vendor, the sockets and the type', () => {
    const filled = filledHostSpec({
      ...smallest,
      cpu: { ...smallest.cpu, vendor: 'AMD', sockets: 4 },
      hypervisor: { type: 'Xen' },
      xen: { dom0: { weight: 512 } },
    });
    expect(filled.cpu).toMatchObject({ family: 'Greyhound', virtualization: 'AMD-V', numaNodes: 4 });
    expect(filled.hypervisor.version).toBe('4');
    expect(filled.xen).toEqual({
      dom0: { vcpus: 2, memory: '2Gi', weight: 512 },
      timesliceMilliseconds: 30,
      ratelimitMicroseconds: 1000,
    });
    expect(
      filledHostSpec({ ...smallest, hypervisor: { type: 'Xen', version: '3.2' } }).xen?.ratelimitMicroseconds,
    ).toBe(0);
  });

  it('keeps a measured curve, and gives networks their role', () => {
    const curve = [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117];
    const filled = filledHostSpec({
      ...smallest,
      watts: { curve },
      networks: [{ name: 'lan' }, { name: 'm', roles: ['Migration'] }],
    });
    expect(filled.wattsCurve).toEqual(curve);
    expect(filled.networks.map(({ roles }) => roles)).toEqual([['VirtualMachine'], ['Migration']]);
  });
});

describe('generations', () => {
  it.each([
    [
      '4.0',
      {
        minFree: 'Flat',
        memoryCompression: false,
        wideNuma: false,
        storageMigration: 'DirtyBlocks',
        slotCPUMHz: 256,
        isolationResponse: 'ShutDown',
        migrationsPerHost: { gigabit: 2, tenGigabit: 2 },
        slowsMigratingGuests: false,
      },
    ],
    [
      '4.1',
      {
        minFree: 'Flat',
        memoryCompression: true,
        wideNuma: true,
        storageMigration: 'DirtyBlocks',
        slotCPUMHz: 256,
        isolationResponse: 'ShutDown',
        migrationsPerHost: { gigabit: 4, tenGigabit: 8 },
        slowsMigratingGuests: false,
      },
    ],
    [
      '5.0',
      {
        minFree: 'Sliding',
        memoryCompression: true,
        wideNuma: true,
        storageMigration: 'Mirroring',
        slotCPUMHz: 32,
        isolationResponse: 'LeavePoweredOn',
        migrationsPerHost: { gigabit: 4, tenGigabit: 8 },
        slowsMigratingGuests: true,
      },
    ],
  ])('ESX %s is as api.md says', (version, row) => {
    expect(generationOf({ type: 'ESX', version })).toMatchObject(row);
  });

  it('Xen 3.2 weighs domains and zeroes spare credit, Xen 4 does as the traces', () => {
    expect(generationOf({ type: 'Xen', version: '3.2' })).toMatchObject({
      weightOf: 'Domain',
      spareCredit: 'Zeroed',
      ratelimitMicroseconds: 0,
    });
    expect(generationOf({ type: 'Xen' })).toMatchObject({ version: '4', weightOf: 'VCPU', spareCredit: 'Halved' });
  });

  it('of a mixed cluster is the oldest, and 5.0 without hosts', () => {
    const of = (version: string) => generationOf({ type: 'ESX', version });
    expect(oldestGeneration([of('5.0'), of('4.0'), of('4.1')]).version).toBe('4.0');
    expect(oldestGeneration([]).version).toBe('5.0');
  });
});
