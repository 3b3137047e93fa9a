/** Gizmos on the kube-apiserver that KUBECONFIG names, for recordings and differential runs by hand. */
import fs from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { AnyObject, JsonObject } from '../../src/apiserver/objects.ts';
import { applyMergePatch } from '../../src/apiserver/patch/merge-patch.ts';
import { GROUP, gizmoDefinition, named, type Result, type Step, scaleNamed } from './apply-gizmo.ts';

const MEDIA_TYPES = {
  create: 'application/json',
  replace: 'application/json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface Answer {
  readonly result: Result;
  /** The seconds in which the server may have stamped it, the likeliest first. */
  readonly times: readonly string[];
}

interface Reply {
  readonly code: number;
  readonly body: JsonObject;
  readonly date: string;
}

export class RealGizmos {
  readonly #server: string;
  readonly #token: string;
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false }, allowH2: false });

  private constructor(server: string, token: string) {
    this.#server = server;
    this.#token = token;
  }

  /** Connects, and makes the definition anew. */
  static async connect(definition: JsonObject = gizmoDefinition()): Promise<RealGizmos> {
    const file = process.env['KUBECONFIG'];
    if (!file) throw new Error('set KUBECONFIG to that of a real kube-apiserver');
    const config = parse(fs.readFileSync(file, 'utf8'));
    const gizmos = new RealGizmos(config.clusters[0].cluster.server, config.users[0].user.token);
    await gizmos.define(definition);
    return gizmos;
  }

  /** Makes the definition what it says, and waits until it is served. */
  async define(definition: JsonObject): Promise<void> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const put = { ...definition, kind: 'CustomResourceDefinition' };
    const query = '?fieldManager=tests&force=true';
    await this.send('PATCH', `${path}/gizmos.${GROUP}${query}`, put, MEDIA_TYPES.apply);
    const objects = `/apis/${GROUP}/v1/namespaces/default/gizmos`;
    for (let tries = 0; (await this.send('GET', objects)).code !== 200; tries++) {
      if (tries > 100) throw new Error('the definition is not being served');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }

  async send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<Reply> {
    const ask = () =>
      request(`${this.#server}${path}`, {
        method,
        dispatcher: this.#agent,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    // A panic in the server closes the connection, and may do so under the next request.
    const { statusCode, headers, body: stream } = await ask().catch(ask);
    const text = await stream.text();
    const json = text.startsWith('{') ? JSON.parse(text) : { message: text };
    return { code: statusCode, body: json, date: String(headers['date']) };
  }

  /** @param state what is there at v1, undefined when the step creates it */
  async step(name: string, step: Step, state: AnyObject | undefined): Promise<Answer> {
    const { verb, manager, version = 'v1', subresource, force } = step;
    const collection = `/apis/${GROUP}/${version}/namespaces/default/gizmos`;
    const query = `?fieldManager=${manager}${force === undefined || verb !== 'apply' ? '' : `&force=${force}`}`;
    const path = verb === 'create' ? collection : `${collection}/${name}${subresource ? `/${subresource}` : ''}`;
    const method = verb === 'create' ? 'POST' : verb === 'replace' ? 'PUT' : 'PATCH';
    const apiVersion = `${GROUP}/${version}`;
    let body = step.body;
    if (verb === 'apply' && subresource === 'scale') body = scaleNamed(body as JsonObject, name);
    else if (verb === 'create' || verb === 'apply') body = named(body as JsonObject, apiVersion, name);
    if (verb === 'replace') body = { ...applyMergePatch(state!, body), apiVersion };
    const reply = await this.send(method, `${path}${query}`, body, MEDIA_TYPES[verb]);
    const second = Date.parse(reply.date);
    const times = [second, second - 1000].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
    if (reply.code < 400) {
      const whole = subresource === 'scale' ? (await this.send('GET', `${collection}/${name}`)).body : reply.body;
      return { result: { code: reply.code, state: whole as AnyObject }, times };
    }
    const { message, details } = reply.body as { message: string; details?: { causes?: unknown[] } };
    return {
      result: { code: reply.code, state, message, ...(details?.causes ? { causes: details.causes } : {}) },
      times,
    };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}
