import { responseMs } from '../../arithmetic/queueing.ts';
import { waterFill } from '../../arithmetic/water-filling.ts';
import type { Host } from '../host/host.ts';
import type { Instance } from '../machine/instance.ts';

/** Bits of a full Ethernet frame: what a packet waits behind at an uplink. */
const FRAME_BITS = 12_000;
/** A card that does not say has normal shares. */
const NORMAL_SHARES = 50;

/** Means of now, in megabits (10^6 bits) per second. `latencyMs` is what a packet waits for the uplink. */
export interface NetworkReading {
  readonly receiveMbps: number;
  readonly transmitMbps: number;
  readonly latencyMs?: number;
}

/** The same of a host's uplink, with what it could do in each direction. */
export interface UplinkReading extends NetworkReading {
  readonly network: string;
  readonly mbps: number;
}

const directions = ['receive', 'transmit'] as const;
type Direction = (typeof directions)[number];

interface Flow {
  readonly instance: Instance;
  readonly network: string;
  readonly shares: number;
  /** Most in each direction. */
  readonly limit: number;
  readonly asks: Readonly<Record<Direction, number>>;
  readonly gets: Record<Direction, number>;
}

interface Uplink {
  readonly flows: Set<Flow>;
  readonly sums: Record<Direction, number>;
  mbps: number;
  isStale: boolean;
}

/**
 * The network traffic of a namespace: what guests send and receive goes through their first card and the uplink that
 * their host has to its network. Each direction of an uplink is divided by the shares of the cards; nobody gets more than
 * his limit. Reckoned when somebody looks and something changed.
 */
export class UplinkTraffic {
  readonly #flows = new Map<Instance, Flow>();
  readonly #uplinks = new Map<Host, Map<string, Uplink>>();

  /** What the guest sends and receives may be another than before. */
  review(instance: Instance): void {
    this.drop(instance);
    const nic = instance.config.nics[0];
    const { receiveMbps, transmitMbps } = instance.traffic.network;
    if (nic === undefined || receiveMbps + transmitMbps <= 0) return;
    const limit = (nic.limitMbps ?? 0) > 0 ? nic.limitMbps! : Number.POSITIVE_INFINITY;
    const flow: Flow = {
      instance,
      network: nic.network,
      shares: nic.shares ?? NORMAL_SHARES,
      limit,
      asks: { receive: receiveMbps, transmit: transmitMbps },
      gets: { receive: 0, transmit: 0 },
    };
    this.#flows.set(instance, flow);
    const uplink = this.#uplinkOf(instance.host, nic.network);
    uplink.flows.add(flow);
    uplink.isStale = true;
  }

  drop(instance: Instance): void {
    const flow = this.#flows.get(instance);
    if (flow === undefined) return;
    this.#flows.delete(instance);
    const uplink = this.#uplinkOf(instance.host, flow.network);
    uplink.flows.delete(flow);
    uplink.isStale = true;
  }

  /** What a guest gets; undefined where it asks for nothing. */
  of(instance: Instance): NetworkReading | undefined {
    const flow = this.#flows.get(instance);
    if (flow === undefined) return undefined;
    const uplink = this.#fresh(instance.host, flow.network);
    return reading(flow.gets, uplink);
  }

  /** The uplinks of a host, by its cabling. */
  on(host: Host): UplinkReading[] {
    return host.hardware.networks.map(({ name }) => {
      const uplink = this.#fresh(host, name);
      return { network: name, mbps: uplink.mbps, ...reading(uplink.sums, uplink) };
    });
  }

  /** A host is taken away. */
  forget(host: Host): void {
    this.#uplinks.delete(host);
  }

  #uplinkOf(host: Host, network: string): Uplink {
    const ofHost = this.#uplinks.get(host) ?? new Map<string, Uplink>();
    this.#uplinks.set(host, ofHost);
    let uplink = ofHost.get(network);
    if (uplink === undefined) {
      uplink = { flows: new Set(), sums: { receive: 0, transmit: 0 }, mbps: 0, isStale: true };
      ofHost.set(network, uplink);
    }
    return uplink;
  }

  #fresh(host: Host, network: string): Uplink {
    const uplink = this.#uplinkOf(host, network);
    // Cables, faults and the host's power are looked at each time.
    const mbps = host.isWorking && host.reachesNetwork(network) ? host.mbpsOn(network) : 0;
    if (uplink.isStale || mbps !== uplink.mbps) reckon(uplink, mbps);
    return uplink;
  }
}

function reckon(uplink: Uplink, mbps: number): void {
  const { sums } = uplink;
  uplink.isStale = false;
  uplink.mbps = mbps;
  const flows = [...uplink.flows];
  const size = flows.length;
  const shares = Float64Array.from(flows, (flow) => flow.shares);
  const low = new Float64Array(size);
  const out = new Float64Array(size);
  for (const direction of directions) {
    const high = Float64Array.from(flows, ({ asks, limit }) => Math.min(asks[direction], limit));
    waterFill(uplink.mbps, { size, shares, low, high }, out);
    sums[direction] = 0;
    flows.forEach(({ gets }, i) => {
      gets[direction] = out[i]!;
      sums[direction] += out[i]!;
    });
  }
}

function reading(got: Readonly<Record<Direction, number>>, { mbps, sums }: Uplink): NetworkReading {
  const rates = { receiveMbps: got.receive, transmitMbps: got.transmit };
  if (mbps <= 0) return rates;
  const load = Math.max(sums.receive, sums.transmit) / mbps;
  return { ...rates, latencyMs: responseMs(FRAME_BITS / (mbps * 1000), load) };
}
