import type { KubeObject } from '../../api/meta.ts';
import { resourceTypes } from '../../api/resources.ts';
import type { ApiServer } from '../../apiserver/server.ts';
import { SECOND } from '../../base/units.ts';
import { DirectClient } from '../../client/direct.ts';
import type { Change, Informer } from '../../informer/informer.ts';
import type { ProgramName } from '../incarnation.ts';
import { bucketOf, type Commit, type Mirror } from './mirror.ts';
import { Patience } from './patience.ts';

/** What was committed has been told to every cache by then. */
const TOLD_MS = 5 * SECOND;

/** What one cache of a program was told. */
interface Ear {
  readonly program: ProgramName;
  readonly bucket: string;
  /** By `namespace/name`: the version that it was told last. */
  readonly versions: Map<string, number>;
}

interface Word {
  readonly bucket: string;
  readonly key: string;
  readonly revision: number;
}

/** No watch event is lost or doubled: neither on the way out of the server nor on the way into the caches. */
export class WatchAudit {
  readonly #mirror: Mirror;
  readonly #ears = new Map<ProgramName, Ear[]>();
  readonly #untold = new Patience<Word>(TOLD_MS);
  readonly #found: string[] = [];

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** A life of a program began, with these caches. */
  listen(program: ProgramName, informers: readonly Informer<KubeObject>[]): void {
    const ears = informers.map((informer): Ear => {
      const ear = { program, bucket: bucketOf(informer.type), versions: new Map<string, number>() };
      informer.onChange((changes) => {
        for (const change of changes) this.#hear(ear, change);
      });
      return ear;
    });
    this.#ears.set(program, ears);
  }

  killed(program: ProgramName): void {
    this.#ears.delete(program);
  }

  committed({ bucket, key, revision }: Commit, now: number): void {
    this.#untold.begin(`${bucket} ${key}`, now, { bucket, key, revision });
  }

  /** What was found since it was asked last. */
  *breaches(now: number, calmSince: number): Iterable<string> {
    yield* this.#found.splice(0);
    for (const word of this.#untold.overdue(now, calmSince, (one) => this.#deaf(one).length === 0)) {
      for (const { program } of this.#deaf(word)) {
        yield `${program} was not told of ${word.bucket} ${word.key} at ${word.revision}`;
      }
    }
  }

  /** Those who do not know of the write. */
  #deaf({ bucket, key, revision }: Word): Ear[] {
    const isGone = this.#mirror.get(bucket, key) === undefined;
    return [...this.#ears.values()].flat().filter((ear) => {
      if (ear.bucket !== bucket) return false;
      const told = ear.versions.get(key);
      return isGone ? told !== undefined : (told ?? 0) < revision;
    });
  }

  #hear({ program, bucket, versions }: Ear, { namespace, name, before, after }: Change<KubeObject>): void {
    const key = `${namespace}/${name}`;
    const last = versions.get(key);
    const was = before && Number(before.metadata.resourceVersion);
    if (was !== last) this.#found.push(`${program} was told of ${bucket} ${key} after ${was}, and knew ${last}`);
    if (after === undefined) {
      versions.delete(key);
      return;
    }
    const version = Number(after.metadata.resourceVersion);
    if (last !== undefined && version <= last) {
      this.#found.push(`${program} was told of ${bucket} ${key} at ${version} after ${last}`);
    }
    versions.set(key, version);
  }
}

/** Watches one life of the API server for itself, over every kind: each commit is told once, in order. */
export class ServerEar {
  readonly server: ApiServer;
  readonly #found: string[] = [];
  /** Revisions that are to be told, in order, by bucket. */
  readonly #due = new Map<string, { readonly revision: number; readonly at: number }[]>();

  /** @param revision the last that was committed */
  constructor(server: ApiServer, revision: number) {
    this.server = server;
    const client = new DirectClient({ server, name: 'auditor' });
    for (const type of resourceTypes) {
      const bucket = bucketOf(type);
      this.#due.set(bucket, []);
      client.watch<KubeObject>(
        type,
        // Longer than any run: a watch that ends in good order would have to be opened again.
        { resourceVersion: String(revision), timeoutSeconds: 1_000_000 },
        {
          events: (batch) => {
            for (const event of batch) {
              if (event.type !== 'bookmark') this.#hear(bucket, Number(event.object.metadata.resourceVersion));
            }
          },
          closed: () => this.#due.delete(bucket),
        },
      );
    }
  }

  committed({ bucket, revision }: Commit, now: number): void {
    this.#due.get(bucket)?.push({ revision, at: now });
  }

  *breaches(now: number): Iterable<string> {
    yield* this.#found.splice(0);
    for (const [bucket, due] of this.#due) {
      if (due.length === 0 || now - due[0]!.at <= TOLD_MS) continue;
      yield `the API server did not tell of ${bucket} at ${due.map(({ revision }) => revision).join(', ')}`;
      due.length = 0;
    }
  }

  #hear(bucket: string, revision: number): void {
    const due = this.#due.get(bucket);
    if (due === undefined) return;
    const at = due.findIndex((one) => one.revision === revision);
    if (at > 0) {
      const missing = due.slice(0, at).map((one) => one.revision);
      this.#found.push(`the API server told of ${bucket} at ${revision} before ${missing.join(', ')}`);
    }
    if (at < 0) this.#found.push(`the API server told of ${bucket} at ${revision} without need`);
    else due.splice(0, at + 1);
  }
}
