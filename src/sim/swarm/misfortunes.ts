/** What goes wrong at the ports of a world: drawn from a seed, or as a list says. */
import { Random } from '../../base/random.ts';
import type { BatchMisfortune, Caller, Chaos, Misfortune, PortCall } from '../chaos.ts';
import { programNames } from '../incarnation.ts';
import type { Trouble } from './swarm-plan.ts';

/** How likely each is at one call or batch. Most worlds have some of them only: what all of them drown, one alone shows. */
interface Rates {
  readonly crash: number;
  readonly fail: number;
  readonly delay: number;
  readonly breaks: number;
  readonly doubled: number;
  readonly late: number;
  readonly disk: number;
}

/** Counts what happens, so that the same thing can go wrong again in a world from which something was left out. */
class Counter {
  readonly #counts = new Map<string, number>();

  next(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

const callKey = ({ caller, port, verb, about }: PortCall) => `${caller} ${port} ${verb} ${about}`.trim();
const batchKey = (receiver: Caller, what: string) => `${receiver} ${what}`;

/** What is common to both: it counts always, and strikes only while it is switched on. */
abstract class Misfortunes implements Chaos {
  isOn = false;
  /** Told when something strikes. */
  onStrike: () => void = () => {};
  readonly #calls = new Counter();
  readonly #batches = new Counter();

  onCall(call: PortCall): Misfortune | undefined {
    const key = callKey(call);
    const nth = this.#calls.next(key);
    const what = this.isOn ? this.call(call, key, nth) : undefined;
    if (what !== undefined) this.onStrike();
    return what;
  }

  onBatch(receiver: Caller, what: string): BatchMisfortune | undefined {
    const key = batchKey(receiver, what);
    const nth = this.#batches.next(key);
    const misfortune = this.isOn ? this.batch(key, nth) : undefined;
    if (misfortune !== undefined) this.onStrike();
    return misfortune;
  }

  protected abstract call(call: PortCall, key: string, nth: number): Misfortune | undefined;
  protected abstract batch(key: string, nth: number): BatchMisfortune | undefined;
}

/** Drawn for each call from the seed and what the call is, so that it does not depend on what went before. */
export class DrawnMisfortunes extends Misfortunes {
  /** Those that struck. */
  readonly struck: Trouble[] = [];
  readonly #seed: string;
  readonly #rates: Rates;

  constructor(seed: string) {
    super();
    this.#seed = `misfortunes/${seed}`;
    const random = new Random(this.#seed);
    const some = (rates: readonly number[]) => (random.chance(0.5) ? random.pick(rates) : 0);
    this.#rates = {
      crash: some([0.001, 0.003, 0.01]),
      fail: some([0.01, 0.05, 0.2]),
      delay: some([0.01, 0.05, 0.2]),
      breaks: some([0.01, 0.05]),
      doubled: some([0.02, 0.1]),
      late: some([0.02, 0.1, 0.3]),
      disk: some([0.002, 0.01]),
    };
  }

  protected call({ caller, port }: PortCall, key: string, nth: number): Misfortune | undefined {
    const { crash, fail, delay, disk } = this.#rates;
    const random = new Random(`${this.#seed}/${key}/${nth}`);
    const canDie = (programNames as readonly string[]).includes(caller);
    const when = random.pick(['before', 'after'] as const);
    const down = { downMs: random.pick([500, 500, 3000, 20_000]) };
    const drawn = random.next();
    let what: Misfortune | undefined;
    if (drawn < crash && canDie) what = { [when]: 'crash', ...down };
    else if (port === 'Disk') what = drawn < crash + disk ? { before: 'fail' } : undefined;
    else if (drawn < crash + fail) what = { [when]: 'fail' };
    else if (drawn < crash + fail + delay) what = { delayMs: random.pick([1, 10, 100, 1000, 5000]) };
    if (what !== undefined) this.struck.push({ call: key, nth, what });
    return what;
  }

  protected batch(key: string, nth: number): BatchMisfortune | undefined {
    const { breaks, doubled, late } = this.#rates;
    const random = new Random(`${this.#seed}/${key}/${nth}`);
    const drawn = random.next();
    let what: BatchMisfortune | undefined;
    if (drawn < breaks) what = random.chance(0.5) ? { breaks: true } : { dropped: true };
    else if (drawn < breaks + doubled) what = { doubled: true };
    else if (drawn < breaks + doubled + late) what = { delayMs: random.pick([1, 10, 100, 1000, 10_000]) };
    if (what !== undefined) this.struck.push({ batch: key, nth, what });
    return what;
  }
}

/** Those of a list. */
export class ListedMisfortunes extends Misfortunes {
  readonly #listed = new Map<string, Trouble>();

  constructor(troubles: readonly Trouble[]) {
    super();
    for (const trouble of troubles) this.#listed.set(placeOf(trouble), trouble);
  }

  protected call(_: PortCall, key: string, nth: number): Misfortune | undefined {
    return this.#listed.get(`call ${key} ${nth}`)?.what as Misfortune | undefined;
  }

  protected batch(key: string, nth: number): BatchMisfortune | undefined {
    return this.#listed.get(`batch ${key} ${nth}`)?.what as BatchMisfortune | undefined;
  }
}

const placeOf = (trouble: Trouble): string =>
  'call' in trouble ? `call ${trouble.call} ${trouble.nth}` : `batch ${trouble.batch} ${trouble.nth}`;
