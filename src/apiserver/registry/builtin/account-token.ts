/** POST …/serviceaccounts/NAME/token: kubernetes, pkg/registry/core/serviceaccount/storage/token.go. */
import { rfc3339, SECOND } from '../../../base/units.ts';
import { type AccountTokens, BINDABLE, type Bound, ISSUER } from '../../account-tokens.ts';
import { type FieldError, invalidError } from '../../field-error.ts';
import { tokenRequest } from '../../kinds/authentication.ts';
import type { AnyObject } from '../../objects.ts';
import { badRequest, invalid } from '../../status-error.ts';
import { readObject } from '../body.ts';
import { conflict, notFound } from '../errors.ts';
import { subdomainName } from '../names.ts';
import { writeOptions } from '../options.ts';
import { managerOf, type Registry, writeContext } from '../registry.ts';
import { type Answer, type ApiRequest, PlainView } from '../request.ts';
import { resourceName, type ServedResource, type Subresource } from '../served.ts';
import type { Builtin } from './definition.ts';
import type { OwnershipOf } from './serve.ts';
import { BuiltinStrategy } from './strategy.ts';

const GROUP = 'authentication.k8s.io';
const HOUR_S = 3600;
const SHORTEST_S = 600;
const LONGEST_S = 2 ** 32;

interface Spec {
  audiences?: readonly string[] | null;
  expirationSeconds?: number;
  boundObjectRef?: BoundObject | null;
}

interface BoundObject {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

const request: Builtin = {
  group: GROUP,
  version: 'v1',
  plural: 'tokenrequests',
  singular: 'tokenrequest',
  type: tokenRequest,
  namespaced: true,
  nameCheck: subdomainName,
};

/** The subresource by which service accounts are given tokens. */
export function accountTokenSubresource(
  registry: Registry,
  tokens: AccountTokens,
  ownershipOf: OwnershipOf,
): Subresource {
  const strategy = new BuiltinStrategy(request, request, ownershipOf(request, request, 'token'));
  const responseKind = { group: GROUP, version: 'v1', kind: 'TokenRequest' };
  const handle = async (asked: ApiRequest, served: ServedResource): Promise<Answer> => {
    const options = writeOptions(asked.query, 'create');
    const context = writeContext(registry, served, asked, options.dryRun);
    const own: ServedResource = {
      ...served,
      group: GROUP,
      version: 'v1',
      names: { ...served.names, kind: 'TokenRequest' },
    };
    const object = readObject(own, strategy, asked.body, { ...options, warnings: context.warnings });
    const account = accountOf(served, asked, object);
    const given = object['spec'] as Spec;
    const expirationSeconds = given.expirationSeconds ?? HOUR_S;
    object['spec'] = { ...given, expirationSeconds };
    const manager = managerOf(asked, options.fieldManager);
    strategy.ownership.update(undefined, object, { manager, subresource: 'token', now: context.now });
    const spec = { ...(object['spec'] as Spec) };
    const audiences = (spec.audiences ?? []).length === 0 ? [ISSUER] : spec.audiences!;
    refuseBad(expirationSeconds);
    const boundObjectRef = boundTo(registry, spec.boundObjectRef ?? undefined, asked.namespace ?? '');
    object['spec'] = { ...spec, audiences, boundObjectRef };
    object.metadata = { ...account, creationTimestamp: context.now, ...object.metadata };
    object['status'] = {
      token: tokens.issue(account, audiences, expirationSeconds, boundObjectRef ?? undefined),
      expirationTimestamp: rfc3339(registry.clock.now() + expirationSeconds * SECOND),
    };
    return { type: 'object', code: 201, served: own, view: new PlainView(object), warnings: context.warnings };
  };
  return { name: 'token', verbs: ['create'], responseKind, handle, type: tokenRequest };
}

/** The account that the token is for. Throws 404, 409 and 422. */
function accountOf(served: ServedResource, { namespace = '', name = '' }: ApiRequest, { metadata }: AnyObject) {
  const mustMatch = (field: string, given: string | undefined, wanted: string) => {
    if ((given ?? '') === '' || given === wanted) return;
    const why = `must match the service account ${field} if specified`;
    throw invalid(GROUP, 'TokenRequest', name, [invalidError(`metadata.${field}`, given, why)]);
  };
  mustMatch('name', metadata.name, name);
  mustMatch('namespace', metadata.namespace, namespace);
  const account = served.bucket!.get(`${namespace}/${name}`)?.object;
  if (account === undefined) throw notFound(resourceName(served), name);
  const uid = account.metadata.uid!;
  if (metadata.uid !== undefined && metadata.uid !== uid) {
    const why = `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: GROUP, name: 'TokenRequest' }, name, why);
  }
  return { name, namespace, uid };
}

/** The object that the token is to live as long as, with its uid; null for none. Throws 400, 404 and 409. */
function boundTo({ store }: Registry, ref: BoundObject | undefined, namespace: string): (Bound & BoundObject) | null {
  if (ref === undefined) return null;
  const { kind = '', apiVersion = '', name = '' } = ref;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const plural = group === '' ? BINDABLE.get(kind) : undefined;
  if (plural === undefined) {
    throw badRequest(`cannot bind token to object of type ${group}/${apiVersion.slice(slash + 1)}, Kind=${kind}`);
  }
  const resource = { group: '', name: plural };
  const object = store.bucket(`/${plural}`).get(plural === 'nodes' ? name : `${namespace}/${name}`)?.object;
  if (object === undefined) throw notFound(resource, name);
  const uid = object.metadata.uid!;
  if (ref.uid !== undefined && ref.uid !== uid) {
    const why = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(resource, name, why);
  }
  return { kind, apiVersion: 'v1', name, uid };
}

function refuseBad(seconds: number): void {
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(invalidError('spec.expirationSeconds', seconds, why));
  if (seconds < SHORTEST_S) refuse('may not specify a duration less than 10 minutes');
  if (seconds > LONGEST_S) refuse('may not specify a duration larger than 2^32 seconds');
  if (errors.length > 0) throw invalid(GROUP, 'TokenRequest', '', errors);
}
