/**
 * One leader among any number of processes, by a Lease, as client-go's tools/leaderelection: whether another's lease has
 * run out is told by when its last change was seen here, never by the times written in it.
 */
import type { KubeObject } from '../api/meta.ts';
import { jittered } from '../base/backoff.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { rfc3339Micro, SECOND } from '../base/units.ts';
import { ApiError, type Client } from '../client/port.ts';
import { leases } from '../client/well-known.ts';
import type { Metrics, Series } from '../telemetry/metrics.ts';
import { leaderMetric } from './runtime-metrics.ts';

export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly namespace: string;
  readonly name: string;
  /** Of this process. The same identity after a restart takes over at once. */
  readonly identity: string;
  /** How long a lease holds without being renewed. */
  readonly leaseMs?: number;
  /** The leader gives up when it could not renew for so long; shorter than the lease, or two might lead. */
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
}

/** client-go's JitterFactor: those who wait do not all come at once. */
const JITTER = 1.2;

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #leaseMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  readonly #metric: Series | undefined;
  readonly #stopping = new AbortController();
  /** The lease as it was last seen, and when that was, as `monotonic` counts. */
  #seen: Lease | undefined;
  #seenAt = 0;
  #isLeading = false;
  #toldHolder: string | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? 15 * SECOND;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10 * SECOND;
    this.#retryMs = options.retryMs ?? 2 * SECOND;
    if (this.#leaseMs <= this.#renewDeadlineMs || this.#renewDeadlineMs <= this.#retryMs * JITTER) {
      throw new RangeError('a lease must outlast the renew deadline, and that the pause between tries');
    }
    this.#metric = options.metrics && leaderMetric(options.metrics, options.name);
    this.#metric?.set(0);
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** Whoever led when the lease was last seen. */
  get leader(): string | undefined {
    return this.#seen?.spec?.holderIdentity || undefined;
  }

  /**
   * Waits for the lease. `lead` is called once when it is had; `lost` once when it could not be kept, and everything
   * that `lead` began must end at once then.
   */
  start(lead: () => void, lost: () => void): void {
    this.#ended = this.#run(lead, lost);
  }

  /** Gives the lease back, so that another can lead at once. Call it when nothing is done in its name any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    if (!this.#isLeading) return;
    this.#setLeading(false);
    try {
      await this.#release();
    } catch (error) {
      this.#options.logger.warn({ error: messageOf(error) }, 'the lease could not be released; it runs out by itself');
    }
  }

  async #run(lead: () => void, lost: () => void): Promise<void> {
    const { clock, random, logger, identity } = this.#options;
    const { signal } = this.#stopping;
    // Counted from before the try: the others count from when they saw what it wrote.
    let renewedAt = clock.monotonic();
    while (!(await this.#tries(this.#renewDeadlineMs))) {
      if (!(await sleep(clock, jittered(this.#retryMs, JITTER, random), signal))) return;
      renewedAt = clock.monotonic();
    }
    this.#setLeading(true);
    if (signal.aborted) return;
    logger.info({ identity }, 'leading');
    lead();
    for (;;) {
      if (!(await sleep(clock, this.#retryMs, signal))) return;
      const now = clock.monotonic();
      const leftMs = renewedAt + this.#renewDeadlineMs - now;
      if (leftMs > 0 && (await this.#tries(leftMs))) renewedAt = now;
      else if (signal.aborted) return;
      else if (this.#isTaken() || clock.monotonic() - renewedAt >= this.#renewDeadlineMs) break;
    }
    logger.error({ identity, leader: this.leader }, 'the lease is lost');
    this.#setLeading(false);
    lost();
  }

  /** Another holds the lease although this process thought it did: its clock stood still for longer than a lease. */
  #isTaken(): boolean {
    const holder = this.#seen?.spec?.holderIdentity;
    return holder !== undefined && holder !== '' && holder !== this.#options.identity;
  }

  #setLeading(isLeading: boolean): void {
    this.#isLeading = isLeading;
    this.#metric?.set(isLeading ? 1 : 0);
  }

  /** One try to get or keep the lease, within a time. */
  async #tries(withinMs: number): Promise<boolean> {
    const { clock, logger } = this.#options;
    const abort = new AbortController();
    const giveUp = () => abort.abort();
    const timer = clock.after(withinMs, giveUp);
    this.#stopping.signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await this.#acquireOrRenew(abort.signal);
    } catch (error) {
      const isRace = error instanceof ApiError && error.code === 409;
      if (!isRace && !this.#stopping.signal.aborted) {
        logger.warn({ error: messageOf(error) }, 'the lease could not be read or written');
      }
      return false;
    } finally {
      timer.cancel();
      this.#stopping.signal.removeEventListener('abort', giveUp);
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options;
    if (this.#isLeading && this.#seen?.spec?.holderIdentity === identity) {
      // The leader's lease is as it left it, unless something is wrong: no need to read it first.
      try {
        return await this.#write(this.#seen, signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }
    let lease: Lease;
    try {
      lease = await client.get<Lease>(leases, { namespace, name }, { signal });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
      return this.#write(undefined, signal);
    }
    if (lease.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#see(lease);
    const holder = lease.spec?.holderIdentity ?? '';
    const lastsMs = (lease.spec?.leaseDurationSeconds ?? 0) * SECOND;
    const isValid = holder !== '' && this.#seenAt + lastsMs > clock.monotonic();
    if (isValid && holder !== identity) return false;
    return this.#write(lease, signal);
  }

  /** Writes the lease as held by this process; the version that was seen must still be the present one. */
  async #write(seen: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options;
    const now = rfc3339Micro(clock.now());
    const isOurs = seen?.spec?.holderIdentity === identity;
    const spec = {
      ...seen?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / SECOND),
      acquireTime: isOurs ? (seen.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: seen === undefined ? 0 : (seen.spec?.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
    const written =
      seen === undefined
        ? await client.create<Lease>(
            leases,
            { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec },
            { signal },
          )
        : await client.replace<Lease>(leases, { ...seen, spec } as Lease, { signal });
    this.#see(written);
    return true;
  }

  #see(lease: Lease): void {
    this.#seen = lease;
    this.#seenAt = this.#options.clock.monotonic();
    const { leader } = this;
    if (leader !== undefined && leader !== this.#toldHolder && leader !== this.#options.identity) {
      this.#options.logger.info({ leader }, 'another process leads');
    }
    this.#toldHolder = leader;
  }

  /** An empty holder and a duration of 1 s: whoever waits finds it free at its next look. */
  async #release(): Promise<void> {
    const { client, clock, identity } = this.#options;
    const seen = this.#seen;
    if (seen?.spec?.holderIdentity !== identity) return;
    const now = rfc3339Micro(clock.now());
    const { leaseTransitions = 0 } = seen.spec;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    const abort = new AbortController();
    const timer = clock.after(this.#retryMs, () => abort.abort());
    try {
      await client.replace(leases, { ...seen, spec } as Lease, { signal: abort.signal });
    } finally {
      timer.cancel();
    }
  }
}
