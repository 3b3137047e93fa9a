/** Who says whether our objects are right: our own server, or a real one. Both are asked the same questions. */
import { parse } from 'yaml';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { definitions } from '../../src/api/kinds.ts';
import { GROUP, VERSION } from '../../src/api/resources.ts';
import { StatusError } from '../../src/apiserver/status-error.ts';
import { RealServer } from '../apiserver/recording/real-server.ts';
import * as memory from '../apiserver/support/in-memory.ts';
import type { Manifest } from './contract.ts';
import { definitionOf } from './subject.ts';

export interface Verdict {
  /** 201 created, 200 changed, 400 unknown field, 422 refused */
  readonly code: number;
  /** Of a refusal. */
  readonly message: string;
  /** Fields that a refusal names. */
  readonly fields: readonly string[];
  readonly warnings: readonly string[];
  /** What would be stored, or is. */
  readonly object: Manifest | undefined;
}

export interface Judge {
  /** Installs all definitions; the verdict on each, and whether all are served. */
  start(): Promise<Verdict[]>;
  /** As `kubectl create --dry-run=server`: strict about fields, nothing is kept. */
  create(object: Manifest): Promise<Verdict>;
  /** Creates the object, merges the patch into it, and deletes it again; the verdict is on the patch. */
  change(object: Manifest, patch: object, subresource?: 'status'): Promise<Verdict>;
  close(): void;
}

const NAMESPACE = 'orrery-api-test';

function inNamespace(object: Manifest): Manifest {
  return { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } };
}

function verdict(code: number, body: unknown, warnings: readonly string[] = []): Verdict {
  if (code < 400) return { code, message: '', fields: [], warnings, object: body as Manifest };
  const { message = '', details } = body as { message?: string; details?: { causes?: { field?: string }[] } };
  const fields = (details?.causes ?? []).map(({ field }) => (field ?? '').replaceAll('.[', '.').replaceAll("'", ''));
  return { code, message, fields, warnings, object: undefined };
}

/** Our own server, in memory. */
export class EmbeddedJudge implements Judge {
  readonly #server = new memory.TestServer();

  async start(): Promise<Verdict[]> {
    await this.#server.start();
    await this.#server.create(memory.namespaces, { metadata: { name: NAMESPACE } });
    const verdicts: Verdict[] = [];
    for (const definition of definitions) {
      const crd = JSON.parse(JSON.stringify(customResourceDefinition(definition)));
      verdicts.push(await this.#judge(201, this.#server.create(memory.definitions, crd)));
    }
    await this.#server.advance(2000);
    return verdicts;
  }

  create(object: Manifest): Promise<Verdict> {
    const query = { dryRun: ['All'], fieldValidation: ['Strict'] };
    return this.#judge(201, this.#server.create(this.#resource(object.kind), inNamespace(object), query));
  }

  async change(object: Manifest, patch: object, subresource?: 'status'): Promise<Verdict> {
    const resource = this.#resource(object.kind);
    const { name } = object.metadata;
    await this.#server.create(resource, inNamespace(object));
    const where = { name, namespace: NAMESPACE, ...(subresource && { subresource }) };
    const query = { fieldValidation: ['Strict'] };
    const result = await this.#judge(200, this.#server.patch(resource, where, patch, { query }));
    await this.#server.delete(resource, name, NAMESPACE);
    return result;
  }

  close(): void {}

  #resource(kind: string): memory.Resource {
    return { group: GROUP, version: VERSION, resource: definitionOf(kind).type.plural };
  }

  async #judge(code: number, work: Promise<unknown>): Promise<Verdict> {
    try {
      return verdict(code, await work);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return verdict(error.status.code, error.status);
    }
  }
}

/** A real kube-apiserver. */
export class RealJudge implements Judge {
  readonly #server: RealServer;

  constructor(kubeconfig: string) {
    this.#server = new RealServer(kubeconfig);
  }

  async start(): Promise<Verdict[]> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
    await this.#server.request('POST', '/api/v1/namespaces', namespace);
    const at = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const verdicts: Verdict[] = [];
    for (const definition of definitions) {
      const crd = customResourceDefinition(definition) as unknown as Manifest;
      await this.#server.request('POST', at, crd);
      const path = `${at}/${crd.metadata.name}?fieldValidation=Strict`;
      const { code, body, warnings } = await this.#server.request('PATCH', path, crd);
      verdicts.push(verdict(code, body, warnings));
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return verdicts;
  }

  async create(object: Manifest): Promise<Verdict> {
    const path = `${this.#path(object.kind)}?dryRun=All&fieldValidation=Strict`;
    const { code, body, warnings } = await this.#server.request('POST', path, inNamespace(object));
    return verdict(code, body, warnings);
  }

  async change(object: Manifest, patch: object, subresource?: 'status'): Promise<Verdict> {
    const path = `${this.#path(object.kind)}/${object.metadata.name}`;
    await this.#server.request('DELETE', path);
    const created = await this.#server.request('POST', this.#path(object.kind), inNamespace(object));
    if (created.code !== 201) throw new Error(String(created.body['message']));
    const at = `${path}${subresource ? `/${subresource}` : ''}?fieldValidation=Strict`;
    const { code, body, warnings } = await this.#server.request('PATCH', at, patch);
    await this.#server.request('DELETE', path);
    return verdict(code, body, warnings);
  }

  close(): void {
    this.#server.close();
  }

  #path(kind: string): string {
    return `/apis/${GROUP}/${VERSION}/namespaces/${NAMESPACE}/${definitionOf(kind).type.plural}`;
  }
}

/** The merge patch of a spec from YAML without its braces. */
export function specPatch(yaml: string): { spec: object } {
  return { spec: parse(`{${yaml}}`) as object };
}
