/** How a host stands between two changes. */
export interface HostStanding {
  readonly watts: number;
  /** Its power is On. */
  readonly isOn: boolean;
  /** It is on and runs a machine. */
  readonly isActive: boolean;
  /** All of its processors are used, and more is asked for. */
  readonly isShort: boolean;
}

export interface HostReading {
  readonly joules: number;
  readonly onMs: number;
  readonly activeMs: number;
  readonly shortMs: number;
}

/** What one host has consumed and how it stood, summed exactly from change to change. Times are simulated ms. */
export class HostMeter {
  #joules = 0;
  #onMs = 0;
  #activeMs = 0;
  #shortMs = 0;
  #since: number;
  #standing: HostStanding | undefined;

  constructor(now: number) {
    this.#since = now;
  }

  /** From now on it stands like this; undefined when it is taken away. */
  note(now: number, standing: HostStanding | undefined): void {
    const { joules, onMs, activeMs, shortMs } = this.readAt(now);
    this.#joules = joules;
    this.#onMs = onMs;
    this.#activeMs = activeMs;
    this.#shortMs = shortMs;
    this.#since = now;
    this.#standing = standing;
  }

  readAt(now: number): HostReading {
    const standing = this.#standing;
    // Time goes back by what was not saved when a datacenter dies.
    const time = Math.max(0, now - this.#since);
    const timeIf = (holds: boolean | undefined) => (holds === true ? time : 0);
    return {
      joules: this.#joules + ((standing?.watts ?? 0) * time) / 1000,
      onMs: this.#onMs + timeIf(standing?.isOn),
      activeMs: this.#activeMs + timeIf(standing?.isActive),
      shortMs: this.#shortMs + timeIf(standing?.isShort),
    };
  }
}

/** MHz × ms that a machine asked for in all of its starts, and what of them migrations took from it. */
export interface MachineReading {
  readonly requested: number;
  readonly degraded: number;
}

/**
 * The meters of a namespace. They belong to whoever reads them, who hands them in: they outlive the hosts and the
 * datacenter's own restarts.
 */
export class Meters {
  readonly #hosts = new Map<string, HostMeter>();
  readonly #machines = new Map<string, MachineReading>();

  host(name: string, now: number): HostMeter {
    let meter = this.#hosts.get(name);
    if (meter === undefined) {
      meter = new HostMeter(now);
      this.#hosts.set(name, meter);
    }
    return meter;
  }

  /** An instance of the machine has ended, which asked for (and lost to migrations) so many MHz × ms. */
  ended(uid: string, requested: number, degraded = 0): void {
    const before = this.#machines.get(uid) ?? { requested: 0, degraded: 0 };
    this.#machines.set(uid, { requested: before.requested + requested, degraded: before.degraded + degraded });
  }

  hosts(): ReadonlyMap<string, HostMeter> {
    return this.#hosts;
  }

  machines(): ReadonlyMap<string, MachineReading> {
    return this.#machines;
  }
}

/** Watts at a load from 0 to 1 of processors whose draw at 0, 10, … 100 % is given, straight in between. */
export function wattsAt(curve: readonly number[], load: number): number {
  const place = Math.min(1, Math.max(0, load)) * (curve.length - 1);
  const low = Math.floor(place);
  const high = Math.min(curve.length - 1, low + 1);
  return curve[low]! + (curve[high]! - curve[low]!) * (place - low);
}
