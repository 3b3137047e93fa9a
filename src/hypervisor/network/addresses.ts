import type { Random } from '../../base/random.ts';

/** Prefixes that machines' network cards carry: VMware's and Xen's registered ones. */
const PREFIX = { ESX: '00:50:56', Xen: '00:16:3e' } as const;

/**
 * Hands out what must be unique in a namespace: hardware addresses and IP addresses (of 10.0.0.0/8). Each is a function of the
 * seed, the machine and what was handed out before.
 */
export class Addresses {
  readonly #random: Random;
  readonly #macs = new Set<string>();
  readonly #ips = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** A hardware address for the card at `index` of a machine. VMware's generated ones end their fourth byte below 0x40. */
  mac(type: keyof typeof PREFIX, uid: string, index: number): string {
    const random = this.#random.split(`mac/${uid}/${index}`);
    for (;;) {
      const bytes = [random.below(0x40), random.below(0x100), random.below(0x100)];
      const mac = [PREFIX[type], ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
      if (!this.#macs.has(mac)) {
        this.#macs.add(mac);
        return mac;
      }
    }
  }

  ip(uid: string): string {
    const random = this.#random.split(`ip/${uid}`);
    for (;;) {
      const ip = `10.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`;
      if (!this.#ips.has(ip)) {
        this.#ips.add(ip);
        return ip;
      }
    }
  }

  /** These are in use. */
  keep(macs: readonly string[], ip: string): void {
    for (const mac of macs) this.#macs.add(mac);
    this.#ips.add(ip);
  }

  /** These are free again. */
  drop(macs: readonly string[], ip: string): void {
    for (const mac of macs) this.#macs.delete(mac);
    this.#ips.delete(ip);
  }
}
