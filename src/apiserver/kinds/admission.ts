/** admissionregistration.k8s.io/v1: validating admission policies. */
import { condition, kind, labelSelector } from './meta.ts';
import { field, int64, listOf, string, struct } from './type.ts';

const GROUP = 'io.k8s.api.admissionregistration.v1';
const needed = { empty: 'always', required: true } as const;
const pointer = { empty: 'pointer' } as const;
const texts = listOf(string, { listType: 'atomic' });
const byName = { listType: 'map', keys: ['name'], patchKey: 'name', patchMerge: true } as const;

const namedRule = struct(
  `${GROUP}.NamedRuleWithOperations`,
  'NamedRuleWithOperations is a set of operations on resources.',
  {
    resourceNames: field(texts, 'Only objects of these names; left out: all.'),
    operations: field(texts, 'CREATE, UPDATE, DELETE or CONNECT; "*" stands for all.'),
    apiGroups: field(texts, 'The groups of the resources; "*" stands for all.'),
    apiVersions: field(texts, 'The versions of the resources; "*" stands for all.'),
    resources: field(texts, 'The resources, as pods, pods/status or */scale; "*" stands for all without subresources.'),
    scope: field(string, 'Cluster, Namespaced or "*".', pointer),
  },
  { atomic: true },
);

const matchResources = struct(
  `${GROUP}.MatchResources`,
  'MatchResources says which requests are meant.',
  {
    namespaceSelector: field(labelSelector, 'The labels of the namespace.', pointer),
    objectSelector: field(labelSelector, 'The labels of the object or of the old one.', pointer),
    resourceRules: field(listOf(namedRule, { listType: 'atomic' }), 'The operations that are meant.'),
    excludeResourceRules: field(listOf(namedRule, { listType: 'atomic' }), 'Those that are not, all the same.'),
    matchPolicy: field(string, 'Exact, or Equivalent: the same resource in any of its versions.', pointer),
  },
  { atomic: true },
);

const paramKind = struct(
  `${GROUP}.ParamKind`,
  'ParamKind is the kind of the objects that a policy takes parameters from.',
  { apiVersion: field(string, 'Group and version.'), kind: field(string, 'The kind.') },
  { atomic: true },
);

const validation = struct(`${GROUP}.Validation`, 'Validation is an expression that must be true.', {
  expression: field(string, 'The expression, in CEL.', needed),
  message: field(string, 'What is said when it is false.'),
  reason: field(string, 'The reason of the refusal: Unauthorized, Forbidden, Invalid, RequestEntityTooLarge.', pointer),
  messageExpression: field(string, 'An expression for what is said when it is false.'),
});

const auditAnnotation = struct(`${GROUP}.AuditAnnotation`, 'AuditAnnotation is noted beside the request.', {
  key: field(string, 'Its name, after that of the policy.', needed),
  valueExpression: field(string, 'An expression for its value.', needed),
});

const matchCondition = struct(`${GROUP}.MatchCondition`, 'MatchCondition must be true, or the request is not meant.', {
  name: field(string, 'Its name.', needed),
  expression: field(string, 'The expression, in CEL.', needed),
});

const variable = struct(
  `${GROUP}.Variable`,
  'Variable is an expression that others refer to.',
  {
    name: field(string, 'Its name: variables.NAME.', needed),
    expression: field(string, 'The expression, in CEL.', needed),
  },
  { atomic: true },
);

const expressionWarning = struct(`${GROUP}.ExpressionWarning`, 'ExpressionWarning is a problem of an expression.', {
  fieldRef: field(string, 'Where the expression is.', needed),
  warning: field(string, 'What is wrong with it, for each kind.', needed),
});

const policySpec = struct(
  `${GROUP}.ValidatingAdmissionPolicySpec`,
  'ValidatingAdmissionPolicySpec is what is wanted.',
  {
    paramKind: field(paramKind, 'The kind of the parameters; none without it.', pointer),
    matchConstraints: field(matchResources, 'The requests that it is about.', pointer),
    validations: field(listOf(validation, { listType: 'atomic' }), 'What must be true.'),
    failurePolicy: field(string, 'Fail or Ignore: what becomes of a request when the policy does not work.', pointer),
    auditAnnotations: field(listOf(auditAnnotation, { listType: 'atomic' }), 'What is noted beside the request.'),
    matchConditions: field(listOf(matchCondition, byName), 'What must be true for the policy to be about a request.'),
    variables: field(listOf(variable, byName), 'Expressions that others refer to, those before as well.'),
  },
);

export const validatingAdmissionPolicy = kind(
  `${GROUP}.ValidatingAdmissionPolicy`,
  'ValidatingAdmissionPolicy describes which requests are accepted, without changing them.',
  {
    spec: field(policySpec, 'What is wanted.'),
    status: field(
      struct(`${GROUP}.ValidatingAdmissionPolicyStatus`, 'ValidatingAdmissionPolicyStatus is the present state.', {
        observedGeneration: field(int64, 'The generation that was last checked.'),
        typeChecking: field(
          struct(`${GROUP}.TypeChecking`, 'TypeChecking is what was found out about the types in expressions.', {
            expressionWarnings: field(listOf(expressionWarning, { listType: 'atomic' }), 'The problems.'),
          }),
          'What was found out about the types in expressions.',
          pointer,
        ),
        conditions: field(listOf(condition, { listType: 'map', keys: ['type'] }), 'Aspects of the present state.'),
      }),
      'The present state.',
    ),
  },
);

const paramRef = struct(
  `${GROUP}.ParamRef`,
  'ParamRef names the objects that a policy takes parameters from.',
  {
    name: field(string, 'The name of one.'),
    namespace: field(string, 'Their namespace; left out: that of the request.'),
    selector: field(labelSelector, 'The labels of several.', pointer),
    parameterNotFoundAction: field(string, 'Allow or Deny: what becomes of a request when there is none.', pointer),
  },
  { atomic: true },
);

export const validatingAdmissionPolicyBinding = kind(
  `${GROUP}.ValidatingAdmissionPolicyBinding`,
  'ValidatingAdmissionPolicyBinding puts a policy into force.',
  {
    spec: field(
      struct(
        `${GROUP}.ValidatingAdmissionPolicyBindingSpec`,
        'ValidatingAdmissionPolicyBindingSpec is what is wanted.',
        {
          policyName: field(string, 'The name of the policy.', { required: true }),
          paramRef: field(paramRef, 'Where its parameters are.', pointer),
          matchResources: field(matchResources, 'Which of its requests are meant.', pointer),
          validationActions: field(listOf(string, { listType: 'set' }), 'Deny, Warn, Audit.', { required: true }),
        },
      ),
      'What is wanted.',
    ),
  },
);
