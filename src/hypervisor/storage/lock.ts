/** What is kept of a lock. */
export interface LockRecord {
  /** Who took it last and has not given it back. */
  holder: { readonly host: string; readonly epoch: number } | undefined;
  /** When the lease ends; undefined while the holder keeps it alive. */
  expiresAt: number | undefined;
}

/**
 * One machine, one lock: a lease on the datastore of its first disk, kept alive by the host that runs it. Whoever
 * takes it gets a new epoch. A host that stops renewing (it died, or lost the datastore) loses it after a timeout.
 */
export class Lock {
  readonly record: LockRecord;

  constructor(record: LockRecord) {
    this.record = record;
  }

  /** The host that holds it now, or undefined when anyone may take it. */
  holderAt(now: number): string | undefined {
    return this.isExpiredAt(now) ? undefined : this.record.holder?.host;
  }

  isExpiredAt(now: number): boolean {
    const { expiresAt } = this.record;
    return expiresAt !== undefined && now >= expiresAt;
  }

  /** Whether the instance of this epoch holds it now. */
  isHeldBy(epoch: number, now: number): boolean {
    return this.record.holder?.epoch === epoch && !this.isExpiredAt(now);
  }

  take(host: string, epoch: number): void {
    this.record.holder = { host, epoch };
    this.record.expiresAt = undefined;
  }

  release(): void {
    this.record.holder = undefined;
    this.record.expiresAt = undefined;
  }

  /** Nobody keeps it alive any more: it lasts until `time`. */
  abandon(time: number): void {
    if (this.record.holder !== undefined) this.record.expiresAt ??= time;
  }

  /** The lease is over now. */
  expire(now: number): void {
    if (this.record.holder !== undefined) this.record.expiresAt = now;
  }

  /** The holder keeps it alive again. False when it was taken by another meanwhile. */
  renew(epoch: number): boolean {
    if (this.record.holder?.epoch !== epoch) return false;
    this.record.expiresAt = undefined;
    return true;
  }
}
