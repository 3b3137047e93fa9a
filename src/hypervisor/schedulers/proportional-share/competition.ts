import { IDLE } from '../engine.ts';
import { FLAG_BLOCKED, FLAG_MUST_MOVE, FLAG_PAUSED, NOT_RUNNABLE, RUNNING } from '../vcpu-table.ts';
import { DISTANCES, OTHER_NODE, PUSH_MARGINS, SHARED_CORE_EIGHTHS, WAKE_MARGIN } from './constants.ts';
import type { Machine } from './machines.ts';
import type { Parts } from './parts.ts';
import { EIGHTHS, HELD, OFF, ON, type Stand, WAITING } from './share-tree.ts';

/** Told when more of a machine runs than before, or when it runs in part only. */
export interface CompetitionObserver {
  runs(machine: number): void;
  runsInPart(): void;
}

/** Who waits, who runs, what that has cost whom, and who goes before whom. */
export class Competition {
  /** By pCPU: who must run next there, whatever his priority; IDLE: nobody. */
  readonly next: Int32Array;
  readonly #parts: Parts;
  readonly #observer: CompetitionObserver;
  /** By pCPU: what its vCPU has been charged up to. */
  readonly #chargedAt: Float64Array;
  /** By vCPU that must move: where to; -1: wherever is best. */
  readonly #moveTo = new Map<number, number>();
  /** Where the next push begins to look. */
  #pushed = 0;

  constructor(parts: Parts, observer: CompetitionObserver) {
    const { pcpus } = parts.engine.topology;
    this.#parts = parts;
    this.#observer = observer;
    this.next = new Int32Array(pcpus).fill(IDLE);
    this.#chargedAt = new Float64Array(pcpus);
  }

  /** Whether a goes before b, even if a had had `margin` ns of CPU more. Siblings: who has had less. */
  isBefore(a: number, b: number, margin: number): boolean {
    const { vcpus, tree } = this.#parts;
    const { machine, turn } = vcpus;
    if (machine[a] === machine[b]) return turn[a]! + margin * EIGHTHS < turn[b]!;
    const run = (vcpus.stand[a] === ON ? 1 : 0) | (vcpus.stand[b] === ON ? 2 : 0);
    return tree.isBefore(machine[a]!, machine[b]!, margin, run);
  }

  /** Whether the guest wants to run on the vCPU, whatever keeps it off. */
  wants(vcpu: number): boolean {
    return (this.#parts.engine.vcpus.flags[vcpu]! & (FLAG_BLOCKED | FLAG_PAUSED)) === 0;
  }

  setStand(vcpu: number, stand: Stand): void {
    const { vcpus, tree, engine } = this.#parts;
    const old = vcpus.standOf(vcpu);
    if (old === stand) return;
    const machine = vcpus.machine[vcpu]!;
    vcpus.stand[vcpu] = stand;
    if (old === OFF || old === ON) vcpus.offSince[vcpu] = engine.now;
    tree.move(machine, old, stand, engine.now);
    if (stand === ON) this.#observer.runs(machine);
    const running = tree.running[machine]!;
    if (running > 0 && tree.wanting[machine]! > running) this.#observer.runsInPart();
  }

  /** A vCPU that does not run has ceased to be runnable. */
  withdraw(vcpu: number): void {
    const { engine, lists } = this.#parts;
    if (lists.contains(vcpu)) lists.remove(engine.vcpus.home[vcpu]!, vcpu);
    engine.settle(vcpu);
    this.setStand(vcpu, this.wants(vcpu) ? HELD : OFF);
  }

  /**
   * A runnable vCPU waits at the pCPU from now on, and is put on it at once if that is its due.
   * @param mayPush whether it may be put on another busy pCPU instead
   */
  enqueue(vcpu: number, cpu: number, mayPush: boolean): void {
    const { engine, lists } = this.#parts;
    engine.vcpus.home[vcpu] = cpu;
    engine.settle(vcpu);
    lists.add(cpu, vcpu);
    this.setStand(vcpu, WAITING);
    const current = engine.current[cpu]!;
    if (current === IDLE || this.isBefore(vcpu, current, WAKE_MARGIN)) engine.requestPass(cpu);
    else if (engine.idlePcpus > 0) this.#offer(vcpu, false);
    else if (mayPush) this.push(vcpu);
  }

  /** A runnable vCPU that waits nowhere waits where it is best off. */
  enqueueAnywhere(vcpu: number): void {
    this.enqueue(vcpu, this.#parts.placing.pick(vcpu), true);
  }

  /** Puts a waiting vCPU where one runs that is far ahead of it, if there is such among a few at each distance. */
  push(vcpu: number): void {
    const { engine, distances, room, lists } = this.#parts;
    const most = this.#parts.settings.tuning.pushPeers;
    const { current, vcpus } = engine;
    const home = vcpus.home[vcpu]!;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = distances.peers(home, distance);
      const count = Math.min(most, peers.length);
      for (let i = 0; i < count; i++) {
        const peer = peers[(this.#pushed + i) % peers.length]!;
        const margin = room.marginAt(vcpu, peer, PUSH_MARGINS[distance]!);
        if (current[peer] === IDLE || !this.isBefore(vcpu, current[peer]!, margin)) continue;
        if (room.isThrottled(vcpu, peer) || !room.isAllowed(vcpu, peer) || !room.fitsCore(vcpu, peer)) continue;
        lists.remove(home, vcpu);
        vcpus.home[vcpu] = peer;
        lists.add(peer, vcpu);
        engine.requestPass(peer);
        return;
      }
    }
    this.#pushed += most;
  }

  /** Makes a running vCPU leave its pCPU, for `to` or (-1) for wherever it is best off. */
  moveRunning(vcpu: number, to: number): void {
    const { engine } = this.#parts;
    engine.vcpus.flags[vcpu]! |= FLAG_MUST_MOVE;
    this.#moveTo.set(vcpu, to);
    engine.requestPass(engine.vcpus.home[vcpu]!);
  }

  /** Sends what runs on the pCPU to an idle one, for somebody who may not go there himself; nothing if it cannot go. */
  makeRoom(cpu: number): void {
    const { engine, distances, room } = this.#parts;
    const vcpu = engine.current[cpu]!;
    if (engine.idlePcpus === 0 || vcpu === IDLE || !engine.vcpus.isRunnable(vcpu)) return;
    for (let distance = 0; distance < DISTANCES; distance++) {
      for (const peer of distances.peers(cpu, distance)) {
        if (engine.current[peer] !== IDLE || this.next[peer] !== IDLE) continue;
        if (!room.isAllowed(vcpu, peer) || !room.isHome(vcpu, peer) || !room.fitsCore(vcpu, peer)) continue;
        this.moveRunning(vcpu, peer);
        return;
      }
    }
  }

  /** An idle pCPU takes back one that belongs to its node and runs on another, so that those who wait there get on. */
  bringHome(cpu: number): void {
    const { engine, distances, room, vcpus, homeNodes } = this.#parts;
    if (!homeNodes.isOn || engine.waiting === 0 || this.next[cpu] !== IDLE) return;
    const node = engine.topology.nodeOf[cpu]!;
    for (const peer of distances.peers(cpu, OTHER_NODE)) {
      const vcpu = engine.current[peer]!;
      if (vcpu === IDLE || vcpus.homeNode[vcpu] !== node || !engine.vcpus.isRunnable(vcpu)) continue;
      if (!room.isAllowed(vcpu, cpu) || !room.fitsCore(vcpu, cpu)) continue;
      this.moveRunning(vcpu, cpu);
      return;
    }
  }

  /** What becomes of a vCPU that has been switched out. */
  putAway(cpu: number, vcpu: number): void {
    const { engine, placing } = this.#parts;
    const { flags } = engine.vcpus;
    const mustMove = (flags[vcpu]! & FLAG_MUST_MOVE) !== 0;
    flags[vcpu]! &= ~FLAG_MUST_MOVE;
    if (!engine.vcpus.isRunnable(vcpu)) {
      this.withdraw(vcpu);
      return;
    }
    const to = mustMove ? (this.#moveTo.get(vcpu) ?? -1) : cpu;
    if (mustMove) this.#moveTo.delete(vcpu);
    if (mustMove && to >= 0) {
      this.next[to] = vcpu;
      engine.requestPass(to);
    }
    this.enqueue(vcpu, to >= 0 ? to : placing.pick(vcpu), !mustMove || to < 0);
  }

  /** Sends vCPUs on that are where they belong no more, and gives those that sleep another pCPU to start from. */
  resettle(machine: Machine): void {
    const { engine, room, lists } = this.#parts;
    const { home, state } = engine.vcpus;
    for (const vcpu of machine.vcpus) {
      const places = room.placesOf(vcpu);
      if (places.has(home[vcpu]!)) continue;
      if (lists.contains(vcpu) || state[vcpu] === RUNNING) this.rehome(vcpu);
      else home[vcpu] = places.nextAfter(home[vcpu]!);
    }
  }

  /** Sends a vCPU that waits or runs to where it is best off. */
  rehome(vcpu: number): void {
    const { engine, lists } = this.#parts;
    if (lists.contains(vcpu)) {
      lists.remove(engine.vcpus.home[vcpu]!, vcpu);
      this.enqueueAnywhere(vcpu);
    } else if (engine.vcpus.state[vcpu] === RUNNING) {
      this.moveRunning(vcpu, -1);
    }
  }

  /** Clears what kept a vCPU off; when nothing else does, it competes again. */
  letGo(vcpu: number, flag: number): void {
    const { engine, lists } = this.#parts;
    const { flags, state } = engine.vcpus;
    if ((flags[vcpu]! & flag) === 0) return;
    flags[vcpu]! &= ~flag;
    if ((flags[vcpu]! & NOT_RUNNABLE) !== 0 || state[vcpu] === RUNNING) engine.settle(vcpu);
    else if (!lists.contains(vcpu)) this.enqueueAnywhere(vcpu);
  }

  /** Charges what runs on the pCPU for the time since it was charged last. */
  charge(cpu: number): void {
    const { engine, hardware, tree, vcpus } = this.#parts;
    const { current, now } = engine;
    const time = now - this.#chargedAt[cpu]!;
    this.#chargedAt[cpu] = now;
    const vcpu = current[cpu]!;
    if (vcpu === IDLE || time <= 0) return;
    const eighths = hardware.hasBusySibling(cpu, true) ? SHARED_CORE_EIGHTHS : EIGHTHS;
    vcpus.charged[vcpu]! += time * eighths;
    vcpus.turn[vcpu]! += time * eighths;
    vcpus.stolen[vcpu]! += time * (EIGHTHS - eighths);
    vcpus.ranOn[vcpu * current.length + cpu]! += time;
    tree.charge(vcpus.machine[vcpu]!, time * eighths);
  }

  chargeAll(): void {
    for (let cpu = 0; cpu < this.#chargedAt.length; cpu++) this.charge(cpu);
  }

  forget(vcpu: number): void {
    this.#moveTo.delete(vcpu);
  }

  /** Those that wait at a pCPU that stays idle, since its core is somebody else's, are offered to the others. */
  offerWaiting(cpu: number): void {
    const { engine, lists } = this.#parts;
    if (engine.idlePcpus < 2) return;
    for (let vcpu = lists.first(cpu); vcpu >= 0; vcpu = lists.after(vcpu)) this.#offer(vcpu, true);
  }

  /**
   * Lets the nearest idle pCPU that may run the vCPU look for work.
   * @param willFetch only one that would fetch it: two that look in vain would look for ever
   */
  #offer(vcpu: number, willFetch: boolean): void {
    const { engine, distances, room } = this.#parts;
    const { current, vcpus } = engine;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = distances.peers(vcpus.home[vcpu]!, distance);
      for (let i = 0; i < peers.length; i++) {
        const peer = peers[i]!;
        if (current[peer] !== IDLE || !room.mayBeFetched(vcpu, peer) || !room.fitsCore(vcpu, peer)) continue;
        if (willFetch && room.isThrottled(vcpu, peer)) continue;
        engine.requestPass(peer);
        return;
      }
    }
  }
}
