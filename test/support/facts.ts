import { memoryOverhead } from '../../src/arithmetic/memory-overhead.ts';
import { GiB } from '../../src/base/units.ts';
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts';

/** An ESX host of 8 cores at 2 GHz and 16 GiB, on and connected, on the network lan and the datastore san1. */
export function host(name: string, changes: Partial<HostFacts> = {}): HostFacts {
  return {
    name,
    cluster: undefined,
    hypervisor: { type: 'ESX', version: '5.0' },
    power: 'On',
    connection: 'Connected',
    maintenance: false,
    deleting: false,
    wantedPower: undefined,
    cpu: {
      vendor: 'Intel',
      family: 'Nehalem',
      features: ['sse4.2'],
      virtualization: 'VT-x',
      cores: 8,
      threads: 8,
      mhz: 2000,
    },
    memory: 16 * GiB,
    datastores: new Set(['san1']),
    networks: new Set(['lan']),
    ...changes,
  };
}

interface Asked {
  readonly count?: number;
  readonly reservationMHz?: number;
  readonly limitMHz?: number;
  readonly size?: number;
  readonly reservation?: number;
}

/** A machine of one vCPU and 1 GiB, with nothing reserved, on the network lan. */
export function machine(name: string, asked: Asked = {}, changes: Partial<MachineFacts> = {}): MachineFacts {
  const { count = 1, reservationMHz = 0, limitMHz, size = GiB, reservation = 0 } = asked;
  return {
    uid: `uid-${name}`,
    name,
    cluster: undefined,
    host: undefined,
    guest: { os: 'linux', virtualization: 'HVM' },
    cpu: { count, reservationMHz, limitMHz, affinity: [] },
    memory: { size, reservation, overhead: memoryOverhead(count, size) },
    space: new Map(),
    datastores: [],
    networks: ['lan'],
    esxOnly: [],
    features: [],
    ...changes,
  };
}
