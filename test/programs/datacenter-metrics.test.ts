import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/system.ts';
import { fidelityOf } from '../../src/hypervisor/host-models.ts';
import type { HostModel } from '../../src/hypervisor/site.ts';
import { DirectBackend } from '../../src/hypervisor/transport/direct.ts';
import { BackendServer } from '../../src/hypervisor/transport/http-server.ts';
import { DatacenterMetrics } from '../../src/programs/datacenter-metrics.ts';
import { config, hints, Lab, xenHost } from '../hypervisor/lab.ts';

const modelOf = (name: string): HostModel => (fidelityOf(name) as { model: HostModel }).model;

/** An ESX host with six busy machines, and a Xen host with one that has traffic. */
async function busy(fidelity: string): Promise<Lab> {
  const lab = await new Lab({ model: modelOf(fidelity) }).rack('h1', { ...xenHost('x1') });
  for (let i = 0; i < 6; i++) {
    lab.world.setHints(`uid-m${i}`, hints({ kind: 'Constant', percent: 100 }));
    await lab.call(lab.backend.powerOn(lab.request(`m${i}`)));
  }
  const network = { receiveMbps: 100, transmitMbps: 0, requestsPerSecond: 0 };
  lab.world.setHints('uid-web', hints({ kind: 'Constant', percent: 20 }, { network }));
  const guest = { virtualization: 'PV' } as const;
  await lab.call(lab.backend.powerOn(lab.request('web', { host: 'x1', config: config('web', { guest }) })));
  await lab.advance(60_000);
  return lab;
}

/** The value of each series, by name and labels as they are written. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const m0 = '{namespace="lab",host="h1",vm="m0"}';

describe('/metrics of the datacenter', () => {
  it('has esxtop of every machine, as ratios that add up and seconds that grow', async () => {
    const lab = await busy('exact');
    const metrics = new DatacenterMetrics(lab.datacenter);
    const values = parse((await metrics.exposition()).text);
    const of = (name: string, labels = m0) => values.get(`orrery_vm_${name}${labels}`)!;
    const sum = of('cpu_run_ratio') + of('cpu_ready_ratio') + of('cpu_costop_ratio') + of('cpu_wait_ratio');
    expect(sum).toBeCloseTo(1, 6);
    expect(of('cpu_ready_ratio')).toBeGreaterThan(0.2);
    expect(of('cpu_demand_hertz')).toBe(2e9);
    expect(of('memory_size_bytes')).toBe(2 ** 30);
    await lab.advance(10_000);
    const later = parse((await metrics.exposition()).text);
    const grown = (name: string) => later.get(`orrery_vm_${name}_total${m0}`)! - of(`${name}_total`);
    expect(grown('cpu_run_seconds')).toBeCloseTo(10 * (4 / 6), 0);
    expect(grown('cpu_run_seconds') + grown('cpu_ready_seconds') + grown('cpu_idle_seconds')).toBeCloseTo(10, 3);
  });

  it('has what passes through every uplink and every datastore', async () => {
    const values = parse((await new DatacenterMetrics((await busy('entitlement')).datacenter).exposition()).text);
    const uplink = (name: string) => values.get(`orrery_uplink_${name}{namespace="lab",host="x1",network="lan"}`);
    expect(uplink('capacity_bytes_per_second')).toBe(125e6);
    expect(uplink('receive_bytes_per_second')).toBe(12.5e6);
    expect(uplink('transmit_bytes_per_second')).toBe(0);
    expect(uplink('latency_seconds')).toBeCloseTo(12e-6 / 0.9, 9);
    const datastore = (name: string) => values.get(`orrery_datastore_${name}{namespace="lab",datastore="san1"}`);
    expect(datastore('hosts')).toBe(2);
    expect(datastore('requests_per_second')).toBe(0);
    expect(datastore('free_bytes')).toBeLessThan(datastore('capacity_bytes')!);
    expect(datastore('latency_seconds')).toBeCloseTo(0.005, 6);
  });

  it('has xenmon of every domain of a Xen host, dom0 first, over 1 s and 10 s', async () => {
    const values = parse((await new DatacenterMetrics((await busy('exact')).datacenter).exposition()).text);
    for (const domain of ['Domain-0', 'web']) {
      for (const window of ['1s', '10s']) {
        const of = (name: string) =>
          values.get(`orrery_xenmon_${name}{namespace="lab",host="x1",domain="${domain}",window="${window}"}`)!;
        expect(of('gotten_ratio') + of('waited_ratio') + of('blocked_ratio')).toBeCloseTo(1, 6);
        expect(of('executions')).toBeGreaterThan(10);
      }
    }
    expect(values.get('orrery_host_dom0_cpu_run_ratio{namespace="lab",host="x1"}')).toBeGreaterThan(0.03);
  });

  it('says how hosts are simulated, and tells no slices where there are none', async () => {
    const sampled = parse((await new DatacenterMetrics((await busy('sampled:20')).datacenter).exposition()).text);
    const interval = 'orrery_host_cpu_sampling_interval_seconds{namespace="lab",host="h1"}';
    expect(sampled.get(interval)).toBe(20);
    const formula = parse((await new DatacenterMetrics((await busy('entitlement')).datacenter).exposition()).text);
    expect(formula.has(interval)).toBe(false);
    expect(formula.has(`orrery_vm_cpu_ready_ratio${m0}`)).toBe(false);
    expect(formula.get(`orrery_vm_cpu_used_hertz${m0}`)).toBeGreaterThan(1e9);
  });

  it('grows by the same while nothing is measured: counters never go back', async () => {
    const lab = await busy('sampled:20');
    const metrics = new DatacenterMetrics(lab.datacenter);
    let before = 0;
    for (let i = 0; i < 30; i++) {
      await lab.advance(1700);
      const now = parse((await metrics.exposition()).text).get(`orrery_vm_cpu_run_seconds_total${m0}`)!;
      expect(now).toBeGreaterThan(before);
      before = now;
    }
  });

  it('follows the conventions of names: base units, _total for counters and for nothing else, help for all', async () => {
    const { text, type } = await new DatacenterMetrics((await busy('exact')).datacenter).exposition();
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(60);
    for (const [, name, kind] of types) {
      expect(name).toMatch(/^orrery_(host|uplink|datastore|vm|xenmon)_[a-z0-9_]+$/);
      expect(name!.endsWith('_total')).toBe(kind === 'counter');
      expect(name).not.toMatch(/mhz|percent|_ms|mbps|_kb|milli/i);
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'));
    }
  });

  it('forgets machines that are off, and is served over HTTP without a token', async () => {
    const lab = await busy('exact');
    await lab.call(lab.backend.powerOff(lab.name('m0'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(5000);
    const metrics = new DatacenterMetrics(lab.datacenter);
    const server = new BackendServer({
      backend: new DirectBackend(lab.datacenter),
      token: 'secret',
      clock: systemClock,
      logger: silentLogger,
      metrics: () => metrics.exposition(),
    });
    const port = await server.listen('127.0.0.1', 0);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const values = parse(await answer.text());
    expect(answer.status).toBe(200);
    expect(values.has(`orrery_vm_cpu_run_ratio${m0}`)).toBe(false);
    expect(values.get('orrery_host_vms{namespace="lab",host="h1"}')).toBe(5);
    expect((await fetch(`http://127.0.0.1:${port}/v1/stats`, { method: 'POST' })).status).toBe(401);
    await server.close();
  });
});
