/** Gizmos on our own API server, whole and in memory, behind the same questions as the real one. */
import type { AnyObject, JsonObject } from '../../src/apiserver/objects.ts';
import { applyMergePatch } from '../../src/apiserver/patch/merge-patch.ts';
import type { ApiRequest, PatchType } from '../../src/apiserver/registry/request.ts';
import { StatusError } from '../../src/apiserver/status-error.ts';
import { definitions, TestServer } from '../apiserver/support/in-memory.ts';
import { GROUP, gizmoDefinition, named, type Result, type Step, scaleNamed } from './apply-gizmo.ts';

const namespace = 'default';

export class WholeServer {
  readonly #server: TestServer;
  /** What the clock here is behind the one of the real server, in milliseconds. */
  #offset: number | undefined;

  private constructor(server: TestServer) {
    this.#server = server;
  }

  static async start(): Promise<WholeServer> {
    const server = await new TestServer().start();
    await server.create(definitions, gizmoDefinition());
    await server.advance(1);
    return new WholeServer(server);
  }

  /** @param now the second in which the real server did it */
  async step(name: string, step: Step, now: string): Promise<Result> {
    await this.#advanceTo(Date.parse(now));
    const gizmos = { group: GROUP, version: step.version ?? 'v1', resource: 'gizmos' };
    try {
      const before = await this.#stored(name);
      const answer = await this.#server.request({ ...gizmos, namespace, ...this.#request(name, step, before) });
      const code = answer.type === 'object' ? answer.code : 200;
      return { code, state: await this.#state(name) };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const { code, message = '', details } = error.status;
      const causes = details?.causes;
      return { code, state: await this.#state(name), message, ...(causes === undefined ? {} : { causes }) };
    }
  }

  #request(name: string, step: Step, before: AnyObject | undefined): Partial<ApiRequest> & Pick<ApiRequest, 'verb'> {
    const apiVersion = `${GROUP}/${step.version ?? 'v1'}`;
    const query: Record<string, string[]> = { fieldManager: [step.manager] };
    if (step.force !== undefined && step.verb === 'apply') query['force'] = [String(step.force)];
    const given = (value: unknown) => ({ value, owned: false });
    const common = { query: query as never, ...(step.subresource ? { subresource: step.subresource } : {}) };
    if (step.verb === 'create') {
      const body = named(step.body as JsonObject, apiVersion, name);
      return { ...common, verb: 'create', body: given(body) };
    }
    if (step.verb === 'replace') {
      const body = { ...applyMergePatch(before!, step.body), apiVersion };
      return { ...common, verb: 'update', name, body: given(body) };
    }
    let body = this.#atHome(step.body);
    if (step.verb === 'apply') {
      body =
        step.subresource === 'scale'
          ? scaleNamed(body as JsonObject, name)
          : named(body as JsonObject, apiVersion, name);
    }
    return { ...common, verb: 'patch', name, patchType: step.verb as PatchType, body: given(body) };
  }

  async #stored(name: string): Promise<AnyObject | undefined> {
    try {
      return await this.#server.get({ group: GROUP, version: 'v1', resource: 'gizmos' }, name, namespace);
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) return undefined;
      throw error;
    }
  }

  /** The object at v1, with the times of the real server. */
  async #state(name: string): Promise<AnyObject | undefined> {
    const object = await this.#stored(name);
    if (object?.metadata.managedFields === undefined) return object;
    const managedFields = object.metadata.managedFields.map((entry) =>
      entry.time === undefined ? entry : { ...entry, time: this.#shifted(entry.time) },
    );
    return { ...object, metadata: { ...object.metadata, managedFields } };
  }

  /** A body with managedFields that were read from the real server, with the times of the clock here. */
  #atHome(body: unknown): unknown {
    const entries = (body as { metadata?: { managedFields?: unknown } }).metadata?.managedFields;
    if (!Array.isArray(entries)) return body;
    const managedFields = entries.map((entry: { time?: string }) =>
      entry.time === undefined ? entry : { ...entry, time: this.#shifted(entry.time, -1) },
    );
    return { ...(body as object), metadata: { managedFields } };
  }

  #shifted(time: string, direction = 1): string {
    return `${new Date(Date.parse(time) + direction * this.#offset!).toISOString().slice(0, 19)}Z`;
  }

  async #advanceTo(real: number): Promise<void> {
    const here = this.#server.clock.now();
    this.#offset ??= real - (here - (here % 1000));
    const ahead = real - this.#offset - here;
    if (ahead > 0) await this.#server.advance(ahead);
  }
}
