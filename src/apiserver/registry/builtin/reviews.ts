/** Questions that are answered and not stored: who am I, may I, whose is this token. */
import { rfc3339 } from '../../../base/units.ts';
import type { FieldError } from '../../field-error.ts';
import { selfSubjectReview, tokenReview } from '../../kinds/authentication.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from '../../kinds/authorization.ts';
import type { AnyObject, JsonObject } from '../../objects.ts';
import { badRequest, invalid } from '../../status-error.ts';
import type { Attributes, Authorizer } from '../authorizer.ts';
import { matchNamespace, readObject } from '../body.ts';
import { metadataFields, unsupportedField } from '../field-selector.ts';
import { writeOptions } from '../options.ts';
import { managerOf, type Registry, writeContext } from '../registry.ts';
import { type Answer, type ApiRequest, PlainView, type User } from '../request.ts';
import type { ServedResource } from '../served.ts';
import { type AccessSpec, accessErrors, localErrors, metadataErrors, subjectErrors } from './access-errors.ts';
import type { Builtin } from './definition.ts';
import type { OwnershipOf } from './serve.ts';
import { BuiltinStrategy } from './strategy.ts';

/** Whose a token is. */
export interface TokenReviewer {
  /** The user of a token that is good; undefined for one that is not. */
  review(token: string): User | undefined;
}

export interface ReviewParts {
  readonly authorizer: Authorizer;
  readonly tokens: TokenReviewer;
  readonly ownershipOf: OwnershipOf;
}

/** What a review makes of a question. */
type Reply = (object: AnyObject, request: ApiRequest) => JsonObject;

interface Review extends Builtin {
  reply(parts: ReviewParts): Reply;
  /** Whether the question is tracked in managedFields and echoed, as most are. */
  readonly bare?: boolean;
}

function attributesOf(spec: AccessSpec, user: User): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (path !== undefined) return { user, verb: path.verb ?? '', path: path.path ?? '' };
  return {
    user,
    verb: resource?.verb ?? '',
    group: resource?.group ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource,
    namespace: resource?.namespace,
    name: resource?.name,
  };
}

function decided({ authorizer }: ReviewParts, spec: AccessSpec, user: User): JsonObject {
  const { allowed, reason } = authorizer.decide(attributesOf(spec, user));
  return { allowed, ...(reason !== undefined && reason !== '' && { reason }) };
}

const subjectOf = ({ user = '', groups = [], uid, extra }: AccessSpec): User => ({
  name: user,
  groups,
  ...(uid !== undefined && { uid }),
  ...(extra !== undefined && { extra }),
});

const userInfo = ({ name, uid, groups, extra }: User): JsonObject => ({
  username: name,
  ...(uid !== undefined && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra !== undefined && { extra }),
});

const authorization = {
  group: 'authorization.k8s.io',
  version: 'v1',
  verbs: ['create'],
  namespaced: false,
  nameCheck: (): string[] => [],
} as const;
const authentication = { ...authorization, group: 'authentication.k8s.io' } as const;

const specOf = (object: AnyObject) => object['spec'] as AccessSpec;

function refuse(group: string, errors: readonly FieldError[]): void {
  // Upstream gives these errors no kind.
  if (errors.length > 0) throw invalid(group, '', '', errors);
}

const reviews: readonly Review[] = [
  {
    ...authorization,
    plural: 'localsubjectaccessreviews',
    singular: 'localsubjectaccessreview',
    type: localSubjectAccessReview,
    namespaced: true,
    reply: (parts) => (object, request) => {
      const spec = specOf(object);
      refuse(authorization.group, [
        ...subjectErrors(spec),
        ...metadataErrors(object, true),
        ...localErrors(spec, request.namespace ?? ''),
      ]);
      return decided(parts, spec, subjectOf(spec));
    },
  },
  {
    ...authorization,
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    type: selfSubjectAccessReview,
    reply: (parts) => (object, request) => {
      refuse(authorization.group, [...accessErrors(specOf(object)), ...metadataErrors(object, false)]);
      return decided(parts, specOf(object), request.user);
    },
  },
  {
    ...authorization,
    plural: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    type: selfSubjectRulesReview,
    bare: true,
    reply:
      ({ authorizer }) =>
      (object, request) => {
        const { namespace = '' } = object['spec'] as { namespace?: string };
        if (namespace === '') throw badRequest('no namespace on request');
        object['spec'] = {};
        const rules = authorizer.rules(request.user, namespace);
        return {
          resourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs === undefined),
          nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
          incomplete: false,
        };
      },
  },
  {
    ...authorization,
    plural: 'subjectaccessreviews',
    singular: 'subjectaccessreview',
    type: subjectAccessReview,
    reply: (parts) => (object) => {
      const spec = specOf(object);
      refuse(authorization.group, [...subjectErrors(spec), ...metadataErrors(object, false)]);
      return decided(parts, spec, subjectOf(spec));
    },
  },
  {
    ...authentication,
    plural: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    type: selfSubjectReview,
    bare: true,
    reply: () => (_object, request) => ({ userInfo: userInfo(request.user) }),
  },
  {
    ...authentication,
    plural: 'tokenreviews',
    singular: 'tokenreview',
    type: tokenReview,
    reply:
      ({ tokens }) =>
      (object) => {
        const { token = '' } = object['spec'] as { token?: string };
        if (token === '') throw badRequest('token is required for TokenReview in authentication');
        const user = tokens.review(token);
        if (user === undefined) return { user: {}, error: 'invalid bearer token' };
        return { authenticated: true, user: userInfo(user), audiences: ['https://kubernetes.default.svc'] };
      },
  },
];

/** The reviews, ready to be put into the catalog. */
export function serveReviews(registry: Registry, parts: ReviewParts): ServedResource[] {
  return reviews.map((review) => serveReview(registry, review, parts));
}

function serveReview(registry: Registry, review: Review, parts: ReviewParts): ServedResource {
  const { group, version, plural, singular, type, namespaced } = review;
  const strategy = new BuiltinStrategy(review, review, parts.ownershipOf(review, review, ''));
  const reply = review.reply(parts);
  const served: ServedResource = {
    group,
    version,
    names: { plural, singular, kind: type.name, listKind: `${type.name}List`, shortNames: [], categories: [] },
    namespaced,
    type,
    verbs: ['create'],
    subresources: new Map(),
    strategy,
    selectable: metadataFields,
    unknownField: unsupportedField,
    columns: [],
    view: (stored) => stored,
    toStored: (object) => object,
    handle: async (request) => answer(request),
  };
  function answer(request: ApiRequest): Answer {
    const options = writeOptions(request.query, 'create');
    const context = writeContext(registry, served, request, options.dryRun);
    const object = readObject(served, strategy, request.body, { ...options, warnings: context.warnings });
    matchNamespace(object, namespaced ? (request.namespace ?? '') : '');
    if (review.bare !== true) {
      strategy.ownership.update(undefined, object, {
        manager: managerOf(request, options.fieldManager),
        subresource: '',
        now: context.now,
      });
    } else if (plural === 'selfsubjectreviews') {
      object.metadata.creationTimestamp = rfc3339(registry.clock.now());
    }
    object['status'] = reply(object, request);
    return { type: 'object', code: 201, served, view: new PlainView(object), warnings: context.warnings };
  }
  return served;
}
