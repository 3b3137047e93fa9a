/**
 * The datacenter's `/metrics`: what esxtop and xenmon show of every host and machine, in Prometheus' names and base units
 * (seconds, bytes, hertz, ratios). https://prometheus.io/docs/practices/naming
 */
import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { DatastoreReport, HostReport, MachineReport } from '../hypervisor/backend.ts';
import type { CpuTimes } from '../hypervisor/cpu/host-cpu.ts';
import type { Datacenter } from '../hypervisor/datacenter.ts';
import type { Host } from '../hypervisor/host/host.ts';
import { wattsAt } from '../hypervisor/host/meters.ts';
import { datastoreReport } from '../hypervisor/report/host-report.ts';
import type { XenmonRow } from '../hypervisor/schedulers/credit/xenmon.ts';
import type { Site } from '../hypervisor/site.ts';
import {
  datastoreGauges,
  domainGauges,
  hostGauges,
  machineCounters,
  machineGauges,
  uplinkGauges,
} from './metric-tables.ts';

/** The exposition, and its content type. */
export interface Exposition {
  readonly type: string;
  readonly text: string;
}

type Value = MetricValue<string>;
type Row = Readonly<Record<string, string>>;

/** A gauge or counter whose values are worked out when it is read; series come and go with what they are of. */
function table(kind: 'gauge' | 'counter', name: string, help: string, values: () => Value[]): Gauge | Counter {
  const read = (metric: { get(): Promise<MetricObjectWithValues<Value>> }) => {
    const get = metric.get.bind(metric);
    metric.get = async () => ({ ...(await get()), values: values() });
    return metric;
  };
  const configuration = { name, help, registers: [] };
  return read(kind === 'gauge' ? new Gauge(configuration) : new Counter(configuration)) as Gauge | Counter;
}

interface HostRow {
  readonly labels: Row;
  readonly report: HostReport;
  readonly watts: number;
}

interface UplinkRow {
  readonly labels: Row;
  readonly uplink: HostReport['uplinks'][number];
}

interface DatastoreRow {
  readonly labels: Row;
  readonly report: DatastoreReport;
}

interface MachineRow {
  readonly labels: Row;
  readonly report: MachineReport;
  readonly times: CpuTimes | undefined;
}

interface DomainRow {
  readonly labels: Row;
  readonly row: XenmonRow;
}

interface Reading {
  readonly hosts: HostRow[];
  readonly uplinks: UplinkRow[];
  readonly datastores: DatastoreRow[];
  readonly machines: MachineRow[];
  readonly domains: DomainRow[];
}

/** Metrics of everything in a datacenter. Reading them changes nothing. */
export class DatacenterMetrics {
  readonly #registry = new Registry();
  readonly #datacenter: Datacenter;
  #reading: Reading = nothing();

  constructor(datacenter: Datacenter) {
    this.#datacenter = datacenter;
    const hosts = () => this.#reading.hosts;
    const machines = () => this.#reading.machines;
    const domains = () => this.#reading.domains;
    for (const [name, help, of] of hostGauges) {
      this.#add('gauge', `orrery_host_${name}`, help, () => column(hosts(), ({ report }) => of(report)));
    }
    this.#add('gauge', 'orrery_host_power_watts', 'Power drawn.', () => column(hosts(), ({ watts }) => watts));
    for (const [name, help, of] of uplinkGauges) {
      this.#add('gauge', `orrery_uplink_${name}`, help, () => column(this.#reading.uplinks, (row) => of(row.uplink)));
    }
    for (const [name, help, of] of datastoreGauges) {
      this.#add('gauge', `orrery_datastore_${name}`, help, () =>
        column(this.#reading.datastores, ({ report }) => of(report)),
      );
    }
    for (const [name, help, of] of machineGauges) {
      this.#add('gauge', `orrery_vm_${name}`, help, () => column(machines(), ({ report }) => of(report)));
    }
    for (const [name, help, of] of machineCounters) {
      this.#add('counter', `orrery_vm_${name}_total`, help, () =>
        column(machines(), ({ times }) => times && of(times)),
      );
    }
    for (const [name, help, of] of domainGauges) {
      const explained = `${help} Of the last measured second, or the last ten.`;
      this.#add('gauge', `orrery_xenmon_${name}`, explained, () => column(domains(), ({ row }) => of(row)));
    }
  }

  async exposition(): Promise<Exposition> {
    this.#reading = nothing();
    for (const namespace of this.#datacenter.namespaces) this.#read(namespace);
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #add(kind: 'gauge' | 'counter', name: string, help: string, values: () => Value[]): void {
    this.#registry.registerMetric(table(kind, name, help, values) as Gauge);
  }

  #read(namespace: string): void {
    const reports = this.#datacenter.figures(namespace);
    const site = this.#datacenter.find(namespace)?.peek();
    if (site === undefined) return;
    for (const datastore of site.datastores.values()) {
      if (!datastore.record.present) continue;
      const labels = { namespace, datastore: datastore.name };
      this.#reading.datastores.push({ labels, report: datastoreReport(site, datastore) });
    }
    for (const report of reports) {
      if (report.kind === 'Host') this.#readHost(site, report);
      else if (report.power !== 'Off' && report.power !== 'Suspended') this.#readMachine(site, report);
    }
  }

  #readHost(site: Site, report: HostReport): void {
    const host = site.hosts.get(report.name);
    if (host === undefined) return;
    const labels = { namespace: report.namespace, host: report.name };
    this.#reading.hosts.push({ labels, report, watts: wattsOf(host, report) });
    for (const uplink of report.uplinks) {
      this.#reading.uplinks.push({ labels: { ...labels, network: uplink.network }, uplink });
    }
    const { cpu, instances } = host;
    if (cpu.dom0 === undefined) return;
    const domains = [...instances].map(([uid, { config }]) => [uid, config.name] as const);
    for (const [uid, domain] of [[cpu.dom0, cpu.dom0] as const, ...domains]) {
      for (const seconds of [1, 10] as const) {
        const row = cpu.xenmon(uid, seconds);
        if (row === undefined) continue;
        this.#reading.domains.push({ labels: { ...labels, domain, window: `${seconds}s` }, row });
      }
    }
  }

  #readMachine(site: Site, report: MachineReport): void {
    const { namespace, host, name, uid } = report;
    const times = site.hosts.get(host)?.cpu.times(uid, site.now);
    this.#reading.machines.push({ labels: { namespace, host, vm: name }, report, times });
  }
}

function nothing(): Reading {
  return { hosts: [], uplinks: [], datastores: [], machines: [], domains: [] };
}

function column<T extends { readonly labels: Row }>(rows: readonly T[], of: (row: T) => number | undefined): Value[] {
  const values: Value[] = [];
  for (const row of rows) {
    const value = of(row);
    if (value !== undefined) values.push({ labels: row.labels, value });
  }
  return values;
}

function wattsOf({ hardware: { watts } }: Host, { power, used, capacity }: HostReport): number {
  if (watts === undefined || power === 'Off') return 0;
  if (power === 'Standby') return watts.standby;
  return wattsAt(watts.curve, power === 'On' ? used.cpuMHz / capacity.cpuMHz : 0);
}
