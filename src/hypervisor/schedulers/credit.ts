import { CpuSet } from './cpu-set.ts';
import { type CreditSettings, creditParameters } from './credit/parameters.ts';
import { CreditPolicy, creditTimers } from './credit/policy.ts';
import { type PriorityName, priorityNames } from './credit/priority.ts';
import { Engine } from './engine.ts';
import { EngineScheduler } from './scheduler.ts';
import type { Topology } from './topology.ts';
import { FLAG_ACTIVE, FLAG_LIMITED } from './vcpu-table.ts';

export type { CreditSettings } from './credit/parameters.ts';

/** What Xen gives a domain. */
export interface CreditAllocation {
  /** 1 to 65535. */
  readonly weight: number;
  /** Percent of one pCPU, over all vCPUs; 0: none. */
  readonly cap: number;
  /** By vCPU: the pCPUs that it may use; a list that is empty or left out: all. Read when the vCPU is created. */
  readonly pin?: readonly (readonly number[])[];
}

/** The state of one vCPU's account. */
export interface CreditAccount {
  readonly credit: number;
  readonly priority: PriorityName;
  /** It earns credit. */
  readonly active: boolean;
  readonly parked: boolean;
}

/** Xen's credit scheduler: weights, caps, BOOST, stealing and placement as xen-credit.md describes them. */
export class CreditScheduler extends EngineScheduler<CreditAllocation> {
  readonly #policy: CreditPolicy;
  readonly #pins: (readonly (readonly number[])[] | undefined)[] = [];

  constructor(topology: Topology, settings: CreditSettings) {
    const engine = new Engine(topology, creditTimers(topology.pcpus));
    super(engine);
    this.#policy = new CreditPolicy(engine, creditParameters(settings));
  }

  /** Called just after every accounting run. */
  onAccounting(observe: (() => void) | undefined): void {
    this.#policy.accountingObserver = observe === undefined ? undefined : { accounted: observe };
  }

  /** The credit balance of the last accounting run. */
  get creditBalance(): number {
    return this.#policy.accounts.balance;
  }

  account(vcpu: number): CreditAccount {
    const flags = this.engine.vcpus.flags[vcpu]!;
    return {
      credit: this.#policy.charges.credit[vcpu]!,
      priority: this.priorityOf(vcpu),
      active: (flags & FLAG_ACTIVE) !== 0,
      parked: (flags & FLAG_LIMITED) !== 0,
    };
  }

  priorityOf(vcpu: number): PriorityName {
    return priorityNames[this.#policy.queues.priority[vcpu]!]!;
  }

  changeMachine(machine: number, allocation: CreditAllocation): void {
    this.#policy.accounts.setWeight(machine, allocation.weight);
    this.#policy.accounts.cap[machine] = allocation.cap;
    this.#pins[machine] = allocation.pin;
  }

  protected admitMachine(allocation: CreditAllocation): number {
    const machine = this.freeNumber();
    this.#policy.accounts.growDomains(machine + 1);
    this.changeMachine(machine, allocation);
    return machine;
  }

  protected admitVcpu(machine: number, vcpus: readonly number[]): void {
    const { pcpus } = this.engine.topology;
    const index = vcpus.length - 1;
    const pin = this.#pins[machine]?.[index];
    let allowed: CpuSet | undefined;
    if (pin !== undefined && pin.length > 0) {
      allowed = new CpuSet(pcpus);
      for (const cpu of pin) if (cpu < pcpus) allowed.add(cpu);
      if (allowed.isEmpty) allowed = undefined;
    }
    const before = vcpus[index - 1];
    const start = before === undefined ? 0 : (this.engine.vcpus.home[before]! + 1) % pcpus;
    this.#policy.admit(vcpus[index]!, machine, start, allowed);
  }

  protected dismissVcpu(vcpu: number): void {
    this.#policy.dismiss(vcpu);
  }

  protected dismissMachine(machine: number): void {
    this.#pins[machine] = undefined;
  }
}
