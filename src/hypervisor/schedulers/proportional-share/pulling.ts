import { type Engine, IDLE } from '../engine.ts';
import { DISTANCES, PULL_MARGINS } from './constants.ts';
import type { Distances } from './distances.ts';
import type { Room } from './room.ts';
import type { Tuning } from './tuning.ts';
import type { WaitingLists } from './waiting-lists.ts';

/** Whether a goes before b even if it had had `margin` ns more. */
export type Comparison = (a: number, b: number, margin: number) => boolean;

/** Pull: a pCPU takes a waiting vCPU of another, because it would idle or because that one is more behind than its own. */
export class Pulling {
  readonly #engine: Engine;
  readonly #room: Room;
  readonly #lists: WaitingLists;
  readonly #distances: Distances;
  readonly #isBefore: Comparison;
  readonly #margins: readonly number[];
  readonly #intervals: readonly number[];
  /** Peers looked at in one opportunity. */
  readonly #most: number;
  /** By pCPU x distance: when it looked there last, and at whom. */
  readonly #lookedAt: Float64Array;
  readonly #nextPeer: Int32Array;

  constructor(
    engine: Engine,
    parts: {
      room: Room;
      lists: WaitingLists;
      distances: Distances;
      isBefore: Comparison;
      cacheAffinity: boolean;
      tuning: Tuning;
    },
  ) {
    this.#engine = engine;
    this.#room = parts.room;
    this.#lists = parts.lists;
    this.#distances = parts.distances;
    this.#isBefore = parts.isBefore;
    this.#margins = parts.cacheAffinity ? PULL_MARGINS : PULL_MARGINS.map(() => 0);
    this.#intervals = parts.tuning.pullIntervals;
    this.#most = parts.tuning.pullPeers;
    this.#lookedAt = new Float64Array(engine.topology.pcpus * DISTANCES);
    this.#nextPeer = new Int32Array(engine.topology.pcpus * DISTANCES);
  }

  /** The first of those that wait at the pCPU and may run there now; IDLE: none. */
  local(cpu: number): number {
    return this.#firstOf(cpu, cpu, IDLE, 0);
  }

  /** Work for a pCPU that has none: the first of the nearest that have any. */
  forIdle(cpu: number): number {
    if (this.#engine.waiting === 0) return IDLE;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = this.#distances.peers(cpu, distance);
      let found = IDLE;
      for (let i = 0; i < peers.length; i++) {
        const peer = peers[i]!;
        // A peer that idles and has a pass before it is about to take its own work.
        const takesOwn = this.#engine.current[peer] === IDLE && this.#engine.awaitsPass(peer);
        if (this.#lists.lengths[peer]! > 0 && !takesOwn) found = this.#firstOf(peer, cpu, found, 0);
      }
      if (found !== IDLE) return found;
    }
    return IDLE;
  }

  /** Whoever waits elsewhere and is further behind than `own` by what fetching it costs; else `own`. */
  forFairness(cpu: number, own: number): number {
    const { now, waiting } = this.#engine;
    if (waiting === 0) return own;
    let found = own;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = this.#distances.peers(cpu, distance);
      const slot = cpu * DISTANCES + distance;
      if (peers.length === 0 || now - this.#lookedAt[slot]! < this.#intervals[distance]!) continue;
      this.#lookedAt[slot] = now;
      const count = Math.min(this.#most, peers.length);
      for (let i = 0; i < count; i++) {
        const peer = peers[(this.#nextPeer[slot]! + i) % peers.length]!;
        if (this.#lists.lengths[peer]! > 0) found = this.#firstOf(peer, cpu, found, this.#margins[distance]!);
      }
      this.#nextPeer[slot] = (this.#nextPeer[slot]! + count) % peers.length;
    }
    return found;
  }

  /** The first of those that wait at `peer` and may run on `cpu`, if it is before `best` by the margin; else `best`. */
  #firstOf(peer: number, cpu: number, best: number, margin: number): number {
    let found = best;
    let lead = margin;
    for (let vcpu = this.#lists.first(peer); vcpu >= 0; vcpu = this.#lists.after(vcpu)) {
      if (found !== IDLE && !this.#isBefore(vcpu, found, this.#room.marginAt(vcpu, cpu, lead))) continue;
      if (!this.#room.fitsCore(vcpu, cpu)) continue;
      if (peer !== cpu && !this.#mayFetch(vcpu, cpu, best === IDLE)) continue;
      found = vcpu;
      // Only what the pCPU has already is worth keeping.
      lead = 0;
    }
    return found;
  }

  #mayFetch(vcpu: number, cpu: number, wouldIdle: boolean): boolean {
    const room = this.#room;
    if (room.isThrottled(vcpu, cpu)) return false;
    return wouldIdle ? room.mayBeFetched(vcpu, cpu) : room.isAllowed(vcpu, cpu);
  }
}
