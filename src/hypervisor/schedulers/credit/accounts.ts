import { FLAG_ACTIVE, FLAG_LIMITED, type VcpuTable } from '../vcpu-table.ts';
import { widened } from '../widened.ts';
import type { Charges } from './charges.ts';
import type { CreditParameters } from './parameters.ts';
import { PRIORITY_OVER, PRIORITY_UNDER } from './priority.ts';

/** What accounting asks of the scheduler. */
export interface Parking {
  /** Makes a vCPU of a capped domain not runnable. */
  park(vcpu: number): void;
  /** Lets a parked vCPU run again. */
  unpark(vcpu: number): void;
}

/**
 * Domains, who of them is active, and how credit is handed out once per slice (xen-credit.md section 5). All products
 * and sums are unsigned 32 bit and wrap, as in the original.
 */
export class Accounts {
  /** Sum of the weights of what is active. */
  weightSum = 0;
  /** The credit balance of the last run. */
  balance = 0;
  /** Advances with each run that changed priorities. */
  epoch = 0;
  /** By domain. */
  weight = new Int32Array(0);
  cap = new Int32Array(0);
  /** By vCPU. */
  domainOf = new Int32Array(0);
  readonly #parameters: CreditParameters;
  readonly #pcpus: number;
  readonly #vcpus: VcpuTable;
  readonly #charges: Charges;
  #activeCount = new Int32Array(0);
  /** Lists of active domains and, by domain, of active vCPUs; -1 ends them. */
  #firstDomain = -1;
  #nextDomain = new Int32Array(0);
  #previousDomain = new Int32Array(0);
  #firstVcpu = new Int32Array(0);
  #nextVcpu = new Int32Array(0);
  #previousVcpu = new Int32Array(0);
  /** State of the walk over the domains; who leaves the active list meanwhile still counts. */
  #weightAtStart = 0;
  #creditLeft = 0;
  #weightLeft = 0;
  #someWantMore = false;

  constructor(parameters: CreditParameters, pcpus: number, vcpus: VcpuTable, charges: Charges) {
    this.#parameters = parameters;
    this.#pcpus = pcpus;
    this.#vcpus = vcpus;
    this.#charges = charges;
  }

  growDomains(capacity: number): void {
    if (capacity <= this.weight.length) return;
    this.weight = widened(this.weight, capacity);
    this.cap = widened(this.cap, capacity);
    this.#activeCount = widened(this.#activeCount, capacity);
    this.#nextDomain = widened(this.#nextDomain, capacity, -1);
    this.#previousDomain = widened(this.#previousDomain, capacity, -1);
    this.#firstVcpu = widened(this.#firstVcpu, capacity, -1);
  }

  growVcpus(capacity: number): void {
    if (capacity <= this.domainOf.length) return;
    this.domainOf = widened(this.domainOf, capacity);
    this.#nextVcpu = widened(this.#nextVcpu, capacity, -1);
    this.#previousVcpu = widened(this.#previousVcpu, capacity, -1);
  }

  /** Changes a domain's weight; what is active counts with the new one from now on. */
  setWeight(domain: number, weight: number): void {
    const times = this.#timesCounted(domain);
    this.weightSum = (this.weightSum + Math.imul(weight - this.weight[domain]!, times)) >>> 0;
    this.weight[domain] = weight;
  }

  /** A vCPU starts to earn: it goes to the front of its domain's list, the domain to the front of the domains. */
  activate(vcpu: number): void {
    const domain = this.domainOf[vcpu]!;
    this.#vcpus.flags[vcpu]! |= FLAG_ACTIVE;
    const first = this.#firstVcpu[domain]!;
    this.#nextVcpu[vcpu] = first;
    this.#previousVcpu[vcpu] = -1;
    if (first >= 0) this.#previousVcpu[first] = vcpu;
    this.#firstVcpu[domain] = vcpu;
    const count = ++this.#activeCount[domain]!;
    if (count === 1) this.#linkDomain(domain);
    if (count === 1 || !this.#parameters.weightPerDomain) {
      this.weightSum = (this.weightSum + this.weight[domain]!) >>> 0;
    }
  }

  /** A vCPU no longer earns. */
  deactivate(vcpu: number): void {
    const domain = this.domainOf[vcpu]!;
    this.#vcpus.flags[vcpu]! &= ~FLAG_ACTIVE;
    const next = this.#nextVcpu[vcpu]!;
    const previous = this.#previousVcpu[vcpu]!;
    if (previous >= 0) this.#nextVcpu[previous] = next;
    else this.#firstVcpu[domain] = next;
    if (next >= 0) this.#previousVcpu[next] = previous;
    const count = --this.#activeCount[domain]!;
    if (count === 0) this.#unlinkDomain(domain);
    if (count === 0 || !this.#parameters.weightPerDomain) {
      this.weightSum = (this.weightSum - this.weight[domain]!) >>> 0;
    }
  }

  /** Hands out the credit of one slice. */
  run(priority: Uint8Array, parking: Parking): void {
    const { balance } = this;
    if (this.weightSum === 0) {
      this.balance = 0;
      return;
    }
    const owed = balance < 0 ? -balance : 0;
    this.#creditLeft = (Math.imul(this.#parameters.sliceCredits, this.#pcpus) + owed) >>> 0;
    this.#weightAtStart = this.weightSum;
    this.#weightLeft = this.weightSum;
    this.#someWantMore = false;
    let newBalance = 0;
    for (let domain = this.#firstDomain; domain >= 0; ) {
      const following = this.#nextDomain[domain]!;
      const share = this.#shareOf(domain, owed);
      newBalance = (newBalance + this.#credit(domain, share, priority, parking)) | 0;
      domain = following;
    }
    this.balance = newBalance;
    this.epoch++;
  }

  /** Cap of the domain in credits per slice, rounded up. */
  #capCredits(domain: number): number {
    return Math.floor((Math.imul(this.cap[domain]!, this.#parameters.sliceCredits) + 99) / 100);
  }

  /** How often the domain's weight stands in the sum. */
  #timesCounted(domain: number): number {
    const count = this.#activeCount[domain]!;
    return this.#parameters.weightPerDomain ? Math.min(1, count) : count;
  }

  /** The credit that each active vCPU of the domain gets; surplus goes to the domains still to come. */
  #shareOf(domain: number, owed: number): number {
    const weightSum = this.#weightAtStart;
    const active = this.#activeCount[domain]!;
    const weight = Math.imul(this.weight[domain]!, this.#timesCounted(domain));
    this.#weightLeft = (this.#weightLeft - weight) >>> 0;
    let peak = Math.imul(active, this.#parameters.sliceCredits) >>> 0;
    if (owed > 0) peak = (peak + perWeight(Math.imul(owed, weight), weightSum)) >>> 0;
    if (this.cap[domain]! > 0) peak = Math.min(peak, this.#capCredits(domain));
    let fair = perWeight(Math.imul(this.#creditLeft, weight), weightSum);
    if (fair < peak) {
      this.#someWantMore = true;
    } else {
      if (this.#weightLeft > 0) {
        const surplus = perWeight(Math.imul(fair - peak, weightSum), this.#weightLeft);
        this.#creditLeft = (this.#creditLeft + surplus) >>> 0;
      }
      if (this.#someWantMore) {
        this.#unlinkDomain(domain);
        this.#linkDomain(domain);
      }
      fair = peak;
    }
    return perWeight(fair, active);
  }

  /** Gives each active vCPU of the domain its share and a new priority. Returns the sum of their credits. */
  #credit(domain: number, share: number, priority: Uint8Array, parking: Parking): number {
    const { sliceCredits } = this.#parameters;
    const { flags } = this.#vcpus;
    const { credit } = this.#charges;
    const isCapped = this.cap[domain]! > 0;
    const floor = isCapped ? -perWeight(this.#capCredits(domain), this.#activeCount[domain]!) : 0;
    let sum = 0;
    for (let vcpu = this.#firstVcpu[domain]!; vcpu >= 0; ) {
      const following = this.#nextVcpu[vcpu]!;
      let own = (credit[vcpu]! + share) | 0;
      if (own < 0) {
        priority[vcpu] = PRIORITY_OVER;
        if (isCapped && own < floor && (flags[vcpu]! & FLAG_LIMITED) === 0) {
          parking.park(vcpu);
        }
        own = Math.max(own, -sliceCredits);
      } else {
        priority[vcpu] = PRIORITY_UNDER;
        if ((flags[vcpu]! & FLAG_LIMITED) !== 0) parking.unpark(vcpu);
        if (own > sliceCredits) own = this.#beyondSlice(vcpu, own);
      }
      credit[vcpu] = own;
      sum = (sum + own) | 0;
      vcpu = following;
    }
    return sum;
  }

  /**
   * What is left of a credit of more than a slice. Xen 4 takes the vCPU for one that does not use its share and halves
   * it; 3.2 zeroes it. Zeroing one that only waits for its turn would cost a domain with one busy vCPU, beside one with
   * four, 7 points of the 50 that its weight says (so it comes out of algorithms.md 1.4 as it stands); therefore only a
   * vCPU that wants nothing is zeroed, and one that waits keeps two slices' worth at most.
   */
  #beyondSlice(vcpu: number, credit: number): number {
    const { sliceCredits, zeroesCredit } = this.#parameters;
    if (zeroesCredit && this.#vcpus.isRunnable(vcpu)) return Math.min(credit, 2 * sliceCredits);
    this.deactivate(vcpu);
    return zeroesCredit ? 0 : credit >> 1;
  }

  #linkDomain(domain: number): void {
    const first = this.#firstDomain;
    this.#nextDomain[domain] = first;
    this.#previousDomain[domain] = -1;
    if (first >= 0) this.#previousDomain[first] = domain;
    this.#firstDomain = domain;
  }

  #unlinkDomain(domain: number): void {
    const next = this.#nextDomain[domain]!;
    const previous = this.#previousDomain[domain]!;
    if (previous >= 0) this.#nextDomain[previous] = next;
    else this.#firstDomain = next;
    if (next >= 0) this.#previousDomain[next] = previous;
  }
}

/** `amount / divisor` rounded up the way C does it in 32 bits: the sum before the division wraps. */
function perWeight(amount: number, divisor: number): number {
  return Math.floor(((amount + divisor - 1) >>> 0) / divisor);
}
