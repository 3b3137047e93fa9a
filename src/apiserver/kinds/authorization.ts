/** authorization.k8s.io/v1 */
import { kind } from './meta.ts';
import { bool, field, listOf, mapOf, type Struct, string, struct } from './type.ts';

const GROUP = 'io.k8s.api.authorization.v1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const pointer = { empty: 'pointer' } as const;
const always = { empty: 'always' } as const;
const strings = listOf(string, { listType: 'atomic' });

const requirement = (model: string) =>
  struct(`${META}.${model}`, `${model} relates a key to values.`, {
    key: field(string, 'The key.', { ...always, required: true }),
    operator: field(string, 'In, NotIn, Exists or DoesNotExist.', { ...always, required: true }),
    values: field(strings, 'The values.'),
  });

const selector = (model: string, requirements: string) =>
  struct(`${GROUP}.${model}`, `${model} narrows what is asked about.`, {
    rawSelector: field(string, 'The selector as a client writes it.'),
    requirements: field(listOf(requirement(requirements), { listType: 'atomic' }), 'The selector in parts.'),
  });

const resourceAttributes = struct(`${GROUP}.ResourceAttributes`, 'ResourceAttributes is an act on a resource.', {
  namespace: field(string, 'The namespace; empty: all, or none for what is cluster-scoped.'),
  verb: field(string, 'get, list, watch, create, update, patch, delete, or * for all.'),
  group: field(string, 'The group of the resource; * for all.'),
  version: field(string, 'The version; * for all.'),
  resource: field(string, 'The plural; * for all.'),
  subresource: field(string, 'The subresource.'),
  name: field(string, 'The name of the object; empty: all.'),
  fieldSelector: field(selector('FieldSelectorAttributes', 'FieldSelectorRequirement'), 'Only these fields.', pointer),
  labelSelector: field(selector('LabelSelectorAttributes', 'LabelSelectorRequirement'), 'Only these labels.', pointer),
});

const nonResourceAttributes = struct(`${GROUP}.NonResourceAttributes`, 'NonResourceAttributes is an act on a path.', {
  path: field(string, 'The path.'),
  verb: field(string, 'The HTTP method in lower case.'),
});

const acts = {
  resourceAttributes: field(resourceAttributes, 'An act on a resource.', pointer),
  nonResourceAttributes: field(nonResourceAttributes, 'An act on a path.', pointer),
};

const status = struct(`${GROUP}.SubjectAccessReviewStatus`, 'SubjectAccessReviewStatus is the answer.', {
  allowed: field(bool, 'Whether it is allowed.', { ...always, required: true }),
  denied: field(bool, 'Whether it is denied, whoever else may allow it.'),
  reason: field(string, 'Why.'),
  evaluationError: field(string, 'What went wrong while deciding.'),
});

const subjectSpec = struct(`${GROUP}.SubjectAccessReviewSpec`, 'SubjectAccessReviewSpec is the question.', {
  ...acts,
  user: field(string, 'Who acts.'),
  groups: field(strings, 'The groups of who acts.'),
  extra: field(mapOf(strings), 'What else is known of who acts.'),
  uid: field(string, 'The uid of who acts.'),
});

const selfSpec = struct(`${GROUP}.SelfSubjectAccessReviewSpec`, 'SelfSubjectAccessReviewSpec is the question.', acts);

const review = (name: string, doc: string, spec: Struct): Struct =>
  kind(`${GROUP}.${name}`, doc, {
    spec: field(spec, 'The question.', { required: true }),
    status: field(status, 'The answer.'),
  });

export const selfSubjectAccessReview = review(
  'SelfSubjectAccessReview',
  'SelfSubjectAccessReview tells whether the caller may do something.',
  selfSpec,
);
export const subjectAccessReview = review(
  'SubjectAccessReview',
  'SubjectAccessReview tells whether somebody may do something.',
  subjectSpec,
);
export const localSubjectAccessReview = review(
  'LocalSubjectAccessReview',
  'LocalSubjectAccessReview tells whether somebody may do something in a namespace.',
  subjectSpec,
);

const resourceRule = struct(`${GROUP}.ResourceRule`, 'ResourceRule allows verbs on resources.', {
  verbs: field(strings, 'The verbs.', { ...always, required: true }),
  apiGroups: field(strings, 'The groups.'),
  resources: field(strings, 'The resources.'),
  resourceNames: field(strings, 'Only these names.'),
});

const nonResourceRule = struct(`${GROUP}.NonResourceRule`, 'NonResourceRule allows verbs on paths.', {
  verbs: field(strings, 'The verbs.', { ...always, required: true }),
  nonResourceURLs: field(strings, 'The paths.'),
});

export const selfSubjectRulesReview = kind(
  `${GROUP}.SelfSubjectRulesReview`,
  'SelfSubjectRulesReview tells all that the caller may do in a namespace.',
  {
    spec: field(
      struct(`${GROUP}.SelfSubjectRulesReviewSpec`, 'SelfSubjectRulesReviewSpec is the question.', {
        namespace: field(string, 'The namespace.'),
      }),
      'The question.',
      { required: true },
    ),
    status: field(
      struct(`${GROUP}.SubjectRulesReviewStatus`, 'SubjectRulesReviewStatus is the answer.', {
        resourceRules: field(listOf(resourceRule, { listType: 'atomic' }), 'What is allowed on resources.', {
          ...always,
          required: true,
        }),
        nonResourceRules: field(listOf(nonResourceRule, { listType: 'atomic' }), 'What is allowed on paths.', {
          ...always,
          required: true,
        }),
        incomplete: field(bool, 'Whether there may be more.', { ...always, required: true }),
        evaluationError: field(string, 'What went wrong while deciding.'),
      }),
      'The answer.',
    ),
  },
);
