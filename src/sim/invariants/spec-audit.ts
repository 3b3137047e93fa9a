import type { KubeObject } from '../../api/meta.ts';
import { GROUP } from '../../api/resources.ts';
import { deepEqual } from '../../base/json.ts';
import type { JsonPatchOperation, Patch } from '../../client/port.ts';
import type { ApiWrite } from '../api-link.ts';
import { bucketOf, type Mirror } from './mirror.ts';

/** Kinds of which we make objects of our own. */
const ours: ReadonlySet<string> = new Set(['Migration', 'Recommendation', 'VirtualMachine', 'Clone']);
/** What GitOps tools find their own objects by: on one of ours, they would prune it. */
const tracking = [
  /^argocd\.argoproj\.io\//,
  /^app\.kubernetes\.io\/instance$/,
  /^kustomize\.toolkit\.fluxcd\.io\//,
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/,
];

/**
 * Nobody's spec but our own children's is written by us, and theirs once. Looks at what the programs ask for, so that a
 * request which the server refuses is a breach too.
 */
export class SpecAudit {
  readonly #mirror: Mirror;

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** What is wrong with the request; empty when nothing is. */
  look(write: ApiWrite): string[] {
    const { caller, verb, type, name } = write;
    if (caller === 'user' || type.group !== GROUP) return [];
    const of = `${type.kind} ${name.namespace ?? ''}/${name.name ?? ''}`;
    return this.#faultsOf(write).map((fault) => `${caller} asks to ${verb} ${of}: ${fault}`);
  }

  #faultsOf({ verb, type, name, subresource, body }: ApiWrite): string[] {
    if (verb === 'create') return created(type.kind, body as KubeObject);
    if (verb === 'delete' || verb === 'deletecollection') {
      return ours.has(type.kind) ? [] : ['it is not for us to delete'];
    }
    if (verb === 'replace') {
      const present = this.#mirror.get(bucketOf(type), `${name.namespace}/${name.name}`);
      const next = body as { readonly spec?: object };
      if (subresource === 'status' || present === undefined) return [];
      return deepEqual((present as typeof next).spec, next.spec) ? [] : ['its spec is not as it was'];
    }
    const patch = body as Patch;
    if (subresource === 'status') return outsideOf(patch, 'status');
    return touches(patch, 'spec') ? ['its spec'] : [];
  }
}

function created(kind: string, { metadata }: KubeObject): string[] {
  const found: string[] = [];
  if (!ours.has(kind)) found.push('it is not for us to create');
  for (const name of Object.keys({ ...metadata.labels, ...metadata.annotations })) {
    if (tracking.some((one) => one.test(name))) found.push(`it inherits ${name}`);
  }
  return found;
}

const operationsOf = (patch: Patch): readonly JsonPatchOperation[] | undefined =>
  'operations' in patch ? patch.operations : undefined;

function touches(patch: Patch, field: string): boolean {
  const operations = operationsOf(patch);
  if (operations === undefined) return Object.hasOwn((patch as { body: object }).body, field);
  return operations.some(({ op, path }) => op !== 'test' && isIn(path, field));
}

function outsideOf(patch: Patch, field: string): string[] {
  const operations = operationsOf(patch);
  if (operations === undefined) return [];
  return operations.filter(({ op, path }) => op !== 'test' && !isIn(path, field)).map(({ path }) => path);
}

const isIn = (path: string, field: string) => path === `/${field}` || path.startsWith(`/${field}/`);
