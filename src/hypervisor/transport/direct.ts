import {
  type Backend,
  BackendError,
  type BackendObserver,
  type HostName,
  type HostReport,
  type MachineConfig,
  type MachineName,
  type MachineReport,
  type Observation,
  type PowerOffMode,
  type PowerOnRequest,
} from '../backend.ts';
import type { Datacenter } from '../datacenter.ts';
import { destroy, powerOff, powerOn, reconfigure, reset, setMaintenance, setPower, suspend } from '../orders.ts';
import { refusal } from '../refusal.ts';
import type { Site } from '../site.ts';
import {
  checkBoolean,
  checkConfig,
  checkHostName,
  checkMachineName,
  checkPowerOffMode,
  checkPowerOn,
  checkText,
  checkWord,
} from '../validation.ts';

/** The port onto a datacenter in the same process. */
export class DirectBackend implements Backend {
  readonly #datacenter: Datacenter;
  readonly #observations = new Map<BackendObserver, Observation>();
  #isClosed = false;

  constructor(datacenter: Datacenter) {
    this.#datacenter = datacenter;
  }

  async powerOn(request: PowerOnRequest): Promise<{ readonly epoch: number }> {
    checkPowerOn(request);
    return this.#act(request, (site) => powerOn(site, request));
  }

  async powerOff(machine: MachineName, how: PowerOffMode): Promise<void> {
    checkMachineName(machine);
    checkPowerOffMode('how', how);
    return this.#act(machine, (site) => powerOff(site, machine, how), undefined);
  }

  async suspend(machine: MachineName): Promise<void> {
    checkMachineName(machine);
    return this.#act(machine, (site) => suspend(site, machine));
  }

  async reset(machine: MachineName, token: string): Promise<void> {
    checkMachineName(machine);
    checkText('token', token);
    return this.#act(machine, (site) => reset(site, machine, token));
  }

  async reconfigure(machine: MachineName, config: MachineConfig): Promise<void> {
    checkMachineName(machine);
    checkConfig(config);
    return this.#act(machine, (site) => reconfigure(site, machine, config));
  }

  async destroy(machine: MachineName): Promise<void> {
    checkMachineName(machine);
    return this.#act(machine, (site) => destroy(site, machine), undefined);
  }

  async setHostPower(host: HostName, power: 'On' | 'Off' | 'Standby'): Promise<void> {
    checkHostName(host);
    checkWord('power', power, ['On', 'Off', 'Standby']);
    return this.#act(host, (site) => setPower(site, host, power));
  }

  async setHostMaintenance(host: HostName, maintenance: boolean): Promise<void> {
    checkHostName(host);
    checkBoolean('maintenance', maintenance);
    return this.#act(host, (site) => setMaintenance(site, host, maintenance));
  }

  observe(observer: BackendObserver): Observation {
    const inner = this.#datacenter.observe({
      reports: (batch) => observer.reports(batch),
      closed: (error) => {
        this.#observations.delete(observer);
        observer.closed(error);
      },
    });
    const observation = {
      stop: () => {
        this.#observations.delete(observer);
        inner.stop();
      },
    };
    this.#observations.set(observer, observation);
    return observation;
  }

  async stats(namespace: string): Promise<readonly (HostReport | MachineReport)[]> {
    this.#checkOpen();
    checkText('namespace', namespace);
    return this.#datacenter.figures(namespace);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const observation of [...this.#observations.values()]) observation.stop();
  }

  /** @param nothing what it comes to where there is no such namespace, and so no such machine */
  #act<T>({ namespace }: { readonly namespace: string }, run: (site: Site) => T, ...nothing: [T?]): Promise<T> {
    this.#checkOpen();
    const world = this.#datacenter.find(namespace);
    if (world !== undefined) return world.act(run);
    if (nothing.length > 0) return Promise.resolve(nothing[0] as T);
    throw refusal('NotFound', `no namespace ${namespace} here`);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new BackendError('Unreachable', 'the connection was closed');
    if (this.#datacenter.isEnded) throw new BackendError('Unreachable', 'the datacenter has ended');
  }
}
