import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RackName, rack, rackSizes, VMS_PER_HOST } from '../../manifests/racks/rack.ts';
import { rootSchema } from '../../src/api/crd.ts';
import type { HostSpec } from '../../src/api/host.ts';
import { hostDefinition } from '../../src/api/host.ts';
import { filledMachineSpec } from '../../src/api/machine-defaults.ts';
import { type VirtualMachineSpec, virtualMachineDefinition } from '../../src/api/virtual-machine.ts';
import { compileStructural } from '../../src/apiserver/schema/structural.ts';
import { memoryOverhead } from '../../src/arithmetic/memory-overhead.ts';
import { quantityToNumber } from '../../src/base/quantity.ts';
import { GiB } from '../../src/base/units.ts';
import { type Manifest, manifests } from '../api/contract.ts';
import { root } from '../house/sources.ts';

const names = Object.keys(rackSizes) as RackName[];
const file = (name: RackName) => fs.readFileSync(path.join(root, `manifests/racks/${name}.yaml`), 'utf8');
const small = manifests(file('small'));
const hosts = small.filter(({ kind }) => kind === 'Host').map(({ spec }) => spec as unknown as HostSpec);
const machines = small
  .filter(({ kind }) => kind === 'VirtualMachine')
  .map(({ spec }) => filledMachineSpec(spec as VirtualMachineSpec));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the racks', () => {
  it.each(names)('%s is what the script makes (else: npm run racks)', (name) => {
    expect(file(name)).toBe(rack(name));
  });

  it.each(names)('%s holds the hosts and VMs of Table 1 and nothing else', (name) => {
    const kinds = new Map<string, number>();
    for (const [, kind] of file(name).matchAll(/^kind: (\w+)$/gm)) kinds.set(kind!, (kinds.get(kind!) ?? 0) + 1);
    const size = rackSizes[name];
    expect(Object.fromEntries(kinds)).toEqual({ Host: size, VirtualMachine: size * VMS_PER_HOST });
    expect(file(name).match(/^---$/gm)).toHaveLength(size * (VMS_PER_HOST + 1));
  });

  it('number their objects through, without a namespace', () => {
    expect(new Set(small.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).size).toBe(1290);
    expect(small[0]!.metadata.name).toBe('rack-h01');
    expect(small[10]!.metadata.name).toBe('vm-0001');
    expect(small.at(-1)!.metadata.name).toBe('vm-1280');
    expect(small.filter(({ metadata }) => metadata['namespace'] !== undefined)).toEqual([]);
  });

  it('are valid', () => {
    const engines = {
      Host: compileStructural(rootSchema(hostDefinition)),
      VirtualMachine: compileStructural(rootSchema(virtualMachineDefinition)),
    };
    const problems = small.flatMap((object: Manifest) => {
      const engine = engines[object.kind as keyof typeof engines];
      const copy = structuredClone(object);
      const unknown = engine.prune(copy);
      engine.default(copy);
      return [...unknown, ...engine.validate(copy).errors];
    });
    expect(problems).toEqual([]);
  });

  it('have 32 cores and 256 GiB in each host, and every nic on a network of every host', () => {
    for (const { cpu, memory, networks } of hosts) {
      expect([cpu.sockets! * cpu.coresPerSocket, memory.size]).toEqual([32, '256Gi']);
      const listed = new Set(networks!.map(({ name }) => name));
      expect(machines.flatMap(({ nics }) => nics).filter(({ network }) => !listed.has(network))).toEqual([]);
    }
  });

  it('overcommit memory to 150 %, and reserve with overhead what fits', () => {
    const memory = hosts.length * 256 * GiB;
    const configured = sum(machines.map(({ memory }) => quantityToNumber(memory.size)));
    const reserved = sum(
      machines.map(({ cpu, memory }) => {
        const size = quantityToNumber(memory.size);
        return quantityToNumber(memory.reservation) + memoryOverhead(cpu.count, size);
      }),
    );
    expect(configured / memory).toBeCloseTo(1.5, 2);
    expect(reserved / memory).toBeGreaterThan(0.4);
    expect(reserved / memory).toBeLessThan(0.8);
    const cpuReserved = sum(machines.map(({ cpu }) => cpu.reservationMHz));
    expect(cpuReserved).toBeLessThan(hosts.length * 32 * 2260 * 0.5);
  });

  it('mix sizes and workloads', () => {
    expect(new Set(machines.map(({ memory }) => memory.size))).toEqual(new Set(['1Gi', '2Gi', '4Gi', '8Gi']));
    const kinds = new Set(machines.map(({ workload }) => Object.keys(workload)[0]));
    expect([...kinds].sort()).toEqual(['constant', 'diurnal', 'idle', 'periodic']);
  });

  it('need no quotes and no more than 300 characters for a VM', () => {
    const documents = file('small')
      .split('---\n')
      .filter((text) => text.includes('kind: VirtualMachine'));
    expect(Math.max(...documents.map((text) => text.length))).toBeLessThan(300);
  });
});
