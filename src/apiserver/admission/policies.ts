/** Validating admission policies at work: k8s.io/apiserver, pkg/admission/plugin/policy/validating/dispatcher.go. */
import type { AnyObject, JsonObject } from '../objects.ts';
import type { Authorizer } from '../registry/authorizer.ts';
import type { Catalog } from '../registry/catalog.ts';
import { forbidden } from '../registry/errors.ts';
import type { Admitted } from '../registry/registry.ts';
import { apiVersion, resourceName, type ServedResource } from '../registry/served.ts';
import { StatusError } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import { Version } from '../store/version.ts';
import { AuthorizerVariable } from './authorizer-value.ts';
import { type CompiledPolicy, compilePolicy } from './compiled-policy.ts';
import { type Denial, evaluate, type Inputs } from './evaluation.ts';
import { jsonValue } from './json-value.ts';
import { matched, nameOf, namespaceName, type Surroundings } from './matching.ts';
import { ADMISSION_GROUP, BINDINGS, POLICIES, type Policy, type PolicyBinding, selects } from './policy.ts';

/** Kinds that policies are never about. */
const EXEMPT: readonly string[] = [ADMISSION_GROUP, 'authentication.k8s.io', 'authorization.k8s.io'];

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/** A policy cannot be carried out as it is configured. */
class ConfigurationError extends Error {}

interface Refusal extends Denial {
  readonly policy: string;
  readonly binding?: string;
}

export interface PoliciesParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly authorizer: Authorizer;
}

/** Holds requests against all policies that are in force. */
export class Policies {
  readonly #parts: PoliciesParts;
  readonly #compiled = new WeakMap<AnyObject, CompiledPolicy>();
  readonly #around: Surroundings;

  constructor(parts: PoliciesParts) {
    this.#parts = parts;
    this.#around = {
      namespace: (name) => this.#objects('/namespaces').get(name)?.object,
      equivalents: (served) => this.#equivalents(served),
    };
  }

  /** @throws StatusError when a policy refuses; warnings go to the request's */
  check(what: Admitted): void {
    if (this.#objects(`${ADMISSION_GROUP}/${BINDINGS}`).size === 0 || EXEMPT.includes(what.served.group)) return;
    const refusals: Refusal[] = [];
    for (const version of this.#objects(`${ADMISSION_GROUP}/${POLICIES}`).list()) {
      this.#policy(version.object as Policy, what, refusals);
    }
    const [first] = refusals;
    if (first !== undefined) throw refusalOf(what, first);
  }

  #objects(bucket: string) {
    return this.#parts.store.bucket(bucket);
  }

  #policy(policy: Policy, what: Admitted, refusals: Refusal[]): void {
    const name = policy.metadata.name!;
    const refuse = (error: unknown, binding?: string) => {
      if (!(error instanceof ConfigurationError)) throw error;
      if (policy.spec.failurePolicy === 'Ignore') return;
      const message = `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${error.message}`;
      refusals.push({ policy: name, ...(binding !== undefined && { binding }), message });
    };
    const bindings = this.#objects(`${ADMISSION_GROUP}/${BINDINGS}`)
      .list()
      .map(({ object }) => object as PolicyBinding)
      .filter(({ spec }) => spec.policyName === name);
    if (bindings.length === 0) return;
    const served = matched(policy.spec.matchConstraints ?? {}, what, this.#around);
    if (served === undefined) return;
    try {
      this.#paramKind(policy);
    } catch (error) {
      refuse(error);
      return;
    }
    for (const binding of bindings) {
      if (matched(binding.spec.matchResources ?? {}, what, this.#around) === undefined) continue;
      try {
        this.#binding(policy, binding, { ...what, as: served }, refusals);
      } catch (error) {
        refuse(error, binding.metadata.name!);
      }
    }
  }

  #binding(policy: Policy, binding: PolicyBinding, what: Admitted & { as: ServedResource }, refusals: Refusal[]): void {
    const names = { policy: policy.metadata.name!, binding: binding.metadata.name! };
    const params = this.#params(policy, binding, what);
    if (params.length === 0) return;
    const inputs = this.#inputs(what);
    const compiled = this.#compile(policy);
    for (const param of params) {
      const withParam = { ...inputs, params: jsonValue(param) };
      for (const denial of evaluate(compiled, withParam, policy.spec.failurePolicy ?? 'Fail')) {
        const actions = binding.spec.validationActions ?? [];
        if (actions.includes('Deny')) refusals.push({ ...names, ...denial });
        if (actions.includes('Warn')) {
          what.context.warnings.push(
            `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${denial.message}`,
          );
        }
      }
    }
  }

  #compile(policy: Policy): CompiledPolicy {
    let compiled = this.#compiled.get(policy);
    if (compiled === undefined) {
      compiled = compilePolicy(policy);
      this.#compiled.set(policy, compiled);
    }
    return compiled;
  }

  #paramKind({ spec }: Policy): ServedResource | undefined {
    const { paramKind } = spec;
    if (paramKind === undefined) return undefined;
    const served = this.#parts.catalog.ofKind(paramKind.apiVersion ?? '', paramKind.kind ?? '');
    if (served?.bucket !== undefined) return served;
    const kind = `${paramKind.apiVersion}, Kind=${paramKind.kind}`;
    throw new ConfigurationError(`failed to find resource referenced by paramKind: '${kind}'`);
  }

  /** The objects with parameters, one evaluation for each; [undefined] for none at all. */
  #params(policy: Policy, { spec: { paramRef } }: PolicyBinding, what: Admitted): (AnyObject | undefined)[] {
    const served = this.#paramKind(policy);
    if (served === undefined || paramRef === undefined) return [undefined];
    const { name = '', namespace = '', selector } = paramRef;
    if (!served.namespaced && namespace !== '') {
      throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    }
    const within = served.namespaced ? namespace || namespaceName(what) : '';
    if (served.namespaced && within === '') {
      throw new ConfigurationError(
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
      );
    }
    const bucket = served.bucket!;
    const found =
      name === ''
        ? bucket.list({ ...(served.namespaced && { namespace: within }) })
        : [bucket.get(served.namespaced ? `${within}/${name}` : name)].filter((version) => version !== undefined);
    const params = found
      .map((version) => served.view(version).object)
      .filter(({ metadata }) => name !== '' || selects(selector ?? {}, metadata.labels));
    if (params.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
      throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
    }
    return params;
  }

  #equivalents(served: ServedResource): ServedResource[] {
    if (served.bucket === undefined) return [];
    return [...this.#parts.catalog.all()].filter((each) => each !== served && each.bucket === served.bucket);
  }

  #inputs(what: Admitted & { as: ServedResource }): Omit<Inputs, 'params'> {
    const { served, as, request } = what;
    const authorizer = new AuthorizerVariable(this.#parts.authorizer, request.user);
    const converted = (object: AnyObject | undefined) =>
      object === undefined || as === served ? object : convert(object, served, as);
    const own = namespaceName(what);
    const namespace = served.namespaced && own !== '' ? this.#around.namespace(own) : undefined;
    return {
      object: jsonValue(converted(what.object)),
      oldObject: jsonValue(converted(what.old)),
      namespaceObject: jsonValue(namespace === undefined ? undefined : namespaceObject(namespace)),
      request: jsonValue(requestObject(what)),
      authorizer,
      requestResource: authorizer.resource({
        group: served.group,
        resource: served.names.plural,
        subresource: request.subresource,
        namespace: own,
        name: nameOf(what),
      }),
    };
  }
}

/** An object at another version of its resource. */
function convert(object: AnyObject, from: ServedResource, to: ServedResource): AnyObject {
  return to.view(new Version('', 0, { object: from.toStored(object), form: from.form })).object;
}

/** What expressions see of a namespace. */
function namespaceObject({ metadata, spec, status }: AnyObject): JsonObject {
  const { managedFields: _fields, ownerReferences: _owners, ...visible } = metadata;
  return { metadata: visible, spec, status };
}

/** admission/v1 AdmissionRequest without the objects. */
function requestObject(what: Admitted & { as: ServedResource }): JsonObject {
  const { served, as, request, operation, context } = what;
  const kindOf = ({ group, version, names }: ServedResource) => {
    const below = request.subresource === undefined ? undefined : served.subresources.get(request.subresource);
    return below?.projection === undefined ? { group, version, kind: names.kind } : below.responseKind;
  };
  const resourceOf = ({ group, version, names }: ServedResource) => ({ group, version, resource: names.plural });
  const { name, uid, groups, extra } = request.user;
  const subresource = request.subresource === undefined ? {} : { subResource: request.subresource };
  return {
    uid: '',
    kind: kindOf(as),
    resource: resourceOf(as),
    ...subresource,
    requestKind: kindOf(served),
    requestResource: resourceOf(served),
    ...(request.subresource !== undefined && { requestSubResource: request.subresource }),
    name: nameOf(what),
    ...(namespaceName(what) !== '' && { namespace: namespaceName(what) }),
    operation,
    userInfo: { username: name, ...(uid !== undefined && { uid }), groups, ...(extra !== undefined && { extra }) },
    dryRun: context.dryRun,
    options: optionsOf(what),
  };
}

function optionsOf({ operation, request }: Admitted): JsonObject {
  const kinds = { CREATE: 'CreateOptions', UPDATE: request.verb === 'patch' ? 'PatchOptions' : 'UpdateOptions' };
  const kind = operation === 'DELETE' ? 'DeleteOptions' : kinds[operation];
  const { fieldManager, fieldValidation, dryRun } = request.query;
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun !== undefined && { dryRun }),
    ...(fieldManager !== undefined && { fieldManager: fieldManager[0] }),
    ...(fieldValidation !== undefined && { fieldValidation: fieldValidation[0] }),
  };
}

function refusalOf(what: Admitted, { policy, binding, message, reason = 'Invalid' }: Refusal): StatusError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { metadata } = what.object ?? what.old ?? {};
  const name = nameOf(what) || metadata?.generateName || 'Unknown';
  const { status } = forbidden(resourceName(what.served), name, text);
  const causes = [{ message: text }];
  return new StatusError({ ...status, code: CODES[reason] ?? 422, reason, details: { ...status.details, causes } });
}

export const kindText = (served: ServedResource) => `${apiVersion(served)}, Kind=${served.names.kind}`;
