import type { ShareTree } from './share-tree.ts';

/** What the limits ask of the policy. */
export interface LimitHolder {
  /** Charges everything that runs up to now. */
  chargeAll(): void;
  /** Takes off every vCPU below a node whose limit is used up; or lets those go that no limit holds any more. */
  hold(node: number): void;
  release(node: number): void;
  /** Sets the one timer of all limits, in ns; Infinity: none. */
  armLimits(time: number): void;
}

/** Keeps machines and pools below their limits: each may save up a little, and is taken off when that is used up. */
export class Limits {
  readonly #tree: ShareTree;
  readonly #holder: LimitHolder;
  /** Nodes that have a limit. */
  readonly #nodes: number[] = [];
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(tree: ShareTree, holder: LimitHolder) {
    this.#tree = tree;
    this.#holder = holder;
  }

  /** To be called when a node's limit has changed, and before it is removed (with its limit taken away). */
  follow(node: number, now: number): void {
    const at = this.#nodes.indexOf(node);
    const hasLimit = this.#tree.limit[node]! > 0;
    if (hasLimit && at < 0) this.#nodes.push(node);
    if (!hasLimit && at >= 0) this.#nodes.splice(at, 1);
    if (!hasLimit && this.#tree.limited[node] === 1) {
      this.#tree.limited[node] = 0;
      this.#holder.release(node);
    }
    this.#arm(this.#tree.limitEvent(node, now));
  }

  /** More of a machine's vCPUs run than before: limits above it may be used up earlier. */
  runs(machine: number, now: number): void {
    if (this.#nodes.length === 0) return;
    for (let node = machine; node >= 0; node = this.#tree.parent[node]!) {
      if (this.#tree.limit[node]! > 0) this.#arm(this.#tree.limitEvent(node, now));
    }
  }

  /** The timer is due. */
  look(now: number): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#holder.chargeAll();
    for (const node of this.#nodes) {
      const isUsedUp = this.#tree.settleTokens(node, now);
      if (this.#tree.limited[node] === 1) {
        if (!this.#tree.isReplenished(node)) continue;
        this.#tree.limited[node] = 0;
        this.#holder.release(node);
      } else if (isUsedUp && this.#tree.running[node]! > 0) {
        this.#tree.limited[node] = 1;
        this.#holder.hold(node);
      }
    }
    for (const node of this.#nodes) this.#arm(this.#tree.limitEvent(node, now));
  }

  #arm(time: number): void {
    if (time >= this.#armedFor) return;
    this.#armedFor = time;
    this.#holder.armLimits(time);
  }
}
