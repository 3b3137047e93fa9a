/** apiextensions.k8s.io/v1: CustomResourceDefinition. */
import { kind } from './meta.ts';
import {
  any,
  bool,
  bytes,
  type Field,
  field,
  float64,
  int32,
  int64,
  listOf,
  mapOf,
  type Struct,
  string,
  struct,
  time,
} from './type.ts';

const GROUP = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const always = { empty: 'always' } as const;
const needed = { empty: 'always', required: true } as const;
const pointer = { empty: 'pointer' } as const;
const atomic = { listType: 'atomic' } as const;

const validationRule = struct(`${GROUP}.ValidationRule`, 'ValidationRule is a rule in CEL.', {
  rule: field(string, 'The expression; it must be true. self is the value where the rule stands.', needed),
  message: field(string, 'What is said when it is not.'),
  messageExpression: field(string, 'An expression for what is said when it is not.'),
  reason: field(string, 'The reason that clients are given.', pointer),
  fieldPath: field(string, 'The field that clients are shown, relative to where the rule stands.'),
  optionalOldSelf: field(bool, 'Whether oldSelf is an optional, so that the rule holds on creation too.', pointer),
});

const externalDocs = struct(`${GROUP}.ExternalDocumentation`, 'ExternalDocumentation points to more.', {
  description: field(string, 'What is there.'),
  url: field(string, 'Where it is.'),
});

/** A JSON schema as definitions hold it. Contains itself. */
export const jsonSchemaProps: Struct = struct(
  `${GROUP}.JSONSchemaProps`,
  'JSONSchemaProps is a JSON schema (draft 4), without what could not be a structural schema.',
  schemaFields,
);

function schemaFields(): Readonly<Record<string, Field>> {
  const schema = jsonSchemaProps;
  const schemas = listOf(schema, atomic);
  const schemaMap = mapOf(schema);
  const texts = listOf(string, atomic);
  return {
    id: field(string, 'Identifies the schema.'),
    $schema: field(string, 'The standard it follows.'),
    $ref: field(string, 'Refers to another schema; not allowed.', pointer),
    description: field(string, 'What the value is.'),
    type: field(string, 'The JSON type of the value.'),
    format: field(string, 'What a text or number looks like.'),
    title: field(string, 'A title.'),
    default: field(any, 'The value that is filled in when there is none.', pointer),
    maximum: field(float64, 'The largest number.', pointer),
    exclusiveMaximum: field(bool, 'Whether maximum itself is too large.'),
    minimum: field(float64, 'The smallest number.', pointer),
    exclusiveMinimum: field(bool, 'Whether minimum itself is too small.'),
    maxLength: field(int64, 'How many characters a text may have.', pointer),
    minLength: field(int64, 'How many characters a text must have.', pointer),
    pattern: field(string, 'A regular expression (RE2) that a text must match.'),
    maxItems: field(int64, 'How many items a list may have.', pointer),
    minItems: field(int64, 'How many items a list must have.', pointer),
    uniqueItems: field(bool, 'Whether items must differ; not allowed to be true.'),
    multipleOf: field(float64, 'A number must be a multiple of this.', pointer),
    enum: field(listOf(any, atomic), 'The values that are allowed.'),
    maxProperties: field(int64, 'How many fields an object may have.', pointer),
    minProperties: field(int64, 'How many fields an object must have.', pointer),
    required: field(texts, 'The fields that must be there.'),
    items: field({ is: 'schemaOr', of: schema, other: 'list' }, 'What the items of a list are.', pointer),
    allOf: field(schemas, 'All of these must hold.'),
    oneOf: field(schemas, 'Exactly one of these must hold.'),
    anyOf: field(schemas, 'At least one of these must hold.'),
    not: field(schema, 'This must not hold.', pointer),
    properties: field(schemaMap, 'The fields of an object.'),
    additionalProperties: field(
      { is: 'schemaOr', of: schema, other: 'bool' },
      'What fields of other names are.',
      pointer,
    ),
    patternProperties: field(schemaMap, 'Not allowed.'),
    dependencies: field(mapOf(any), 'Not allowed.'),
    additionalItems: field({ is: 'schemaOr', of: schema, other: 'bool' }, 'Not allowed.', pointer),
    definitions: field(schemaMap, 'Not allowed.'),
    externalDocs: field(externalDocs, 'Where there is more to read.', pointer),
    example: field(any, 'An example.', pointer),
    nullable: field(bool, 'Whether the value may be null.'),
    'x-kubernetes-preserve-unknown-fields': field(bool, 'Whether fields that are not declared are kept.', pointer),
    'x-kubernetes-embedded-resource': field(bool, 'Whether the value is a whole object with kind and metadata.'),
    'x-kubernetes-int-or-string': field(bool, 'Whether the value is an integer or a text.'),
    'x-kubernetes-list-map-keys': field(texts, 'The fields that identify an item of a list of type map.'),
    'x-kubernetes-list-type': field(string, 'Who owns what in a list: atomic, set or map.', pointer),
    'x-kubernetes-map-type': field(string, 'Who owns what in an object: granular or atomic.', pointer),
    'x-kubernetes-validations': field(
      listOf(validationRule, {
        listType: 'map',
        keys: ['rule'],
        patchKey: 'rule',
        patchMerge: true,
        goName: 'v1.ValidationRules',
      }),
      'Rules in CEL.',
    ),
  };
}

const names = struct(
  `${GROUP}.CustomResourceDefinitionNames`,
  'CustomResourceDefinitionNames is how the kind is called.',
  {
    plural: field(string, 'The plural in URLs, lower case.', needed),
    singular: field(string, 'The singular for command lines; the kind in lower case when it is left out.'),
    shortNames: field(listOf(string, atomic), 'Short names for command lines.'),
    kind: field(string, 'The kind, in CamelCase.', needed),
    listKind: field(string, 'The kind of lists; the kind and List when it is left out.'),
    categories: field(listOf(string, atomic), 'Groups of kinds that command lines list together, like all.'),
  },
);

const scale = struct(
  `${GROUP}.CustomResourceSubresourceScale`,
  'CustomResourceSubresourceScale maps the scale to fields.',
  {
    specReplicasPath: field(string, 'The field of the wanted number, as .spec.replicas.', needed),
    statusReplicasPath: field(string, 'The field of the present number, as .status.replicas.', needed),
    labelSelectorPath: field(string, 'The field of the selector in text form.', pointer),
  },
);

const subresources = struct(
  `${GROUP}.CustomResourceSubresources`,
  'CustomResourceSubresources are paths below an object.',
  {
    status: field(
      struct(`${GROUP}.CustomResourceSubresourceStatus`, 'CustomResourceSubresourceStatus has no settings.', {}),
      'Serves /status: then status is written there only.',
      pointer,
    ),
    scale: field(scale, 'Serves /scale.', pointer),
  },
);

const column = struct(
  `${GROUP}.CustomResourceColumnDefinition`,
  'CustomResourceColumnDefinition is a column of kubectl get.',
  {
    name: field(string, 'The heading.', needed),
    type: field(string, 'integer, number, string, boolean or date.', needed),
    format: field(string, 'How the value is shown.'),
    description: field(string, 'What it says.'),
    priority: field(int32, 'Above 0: only in wide output.'),
    jsonPath: field(string, 'Where the value is.', needed),
  },
);

const version = struct(
  `${GROUP}.CustomResourceDefinitionVersion`,
  'CustomResourceDefinitionVersion is one version of the kind.',
  {
    name: field(string, 'Its name, as v1 or v2beta1.', needed),
    served: field(bool, 'Whether it can be used.', needed),
    storage: field(bool, 'Whether objects are stored in it; true for exactly one.', needed),
    deprecated: field(bool, 'Whether its users are warned.'),
    deprecationWarning: field(string, 'What they are told.', pointer),
    schema: field(
      struct(`${GROUP}.CustomResourceValidation`, 'CustomResourceValidation holds the schema.', {
        openAPIV3Schema: field(jsonSchemaProps, 'The schema.', pointer),
      }),
      'What objects look like.',
      pointer,
    ),
    subresources: field(subresources, 'Paths below an object.', pointer),
    additionalPrinterColumns: field(listOf(column, atomic), 'What kubectl get shows besides the name.'),
    selectableFields: field(
      listOf(
        struct(`${GROUP}.SelectableField`, 'SelectableField is a field by which objects can be selected.', {
          jsonPath: field(string, 'Where it is, as .spec.color.', needed),
        }),
        atomic,
      ),
      'The fields by which objects can be selected.',
    ),
  },
);

const conversion = struct(
  `${GROUP}.CustomResourceConversion`,
  'CustomResourceConversion says how versions become each other.',
  {
    strategy: field(string, 'None: only apiVersion changes. Webhook is not served here.', needed),
    webhook: field(
      struct(`${GROUP}.WebhookConversion`, 'WebhookConversion says whom to ask.', {
        clientConfig: field(
          struct(`${GROUP}.WebhookClientConfig`, 'WebhookClientConfig says how to reach it.', {
            url: field(string, 'Where it is.', pointer),
            service: field(any, 'The service behind which it is.', pointer),
            caBundle: field(bytes, 'Whom to trust, in PEM.'),
          }),
          'How to reach it.',
          pointer,
        ),
        conversionReviewVersions: field(
          listOf(string, atomic),
          'The versions of the review that it understands.',
          always,
        ),
      }),
      'Whom to ask, with the strategy Webhook.',
      pointer,
    ),
  },
);

const definitionCondition = struct(
  `${GROUP}.CustomResourceDefinitionCondition`,
  'CustomResourceDefinitionCondition is one aspect of the state of a definition.',
  {
    type: field(string, 'Established, NamesAccepted, Terminating or another.', needed),
    status: field(string, 'True, False or Unknown.', needed),
    observedGeneration: field(int64, 'The generation that the condition was set for.'),
    lastTransitionTime: field(time, 'When the status last changed.', always),
    reason: field(string, 'Why, as one word.'),
    message: field(string, 'Why, in words.'),
  },
);

export const customResourceDefinition = kind(
  `${GROUP}.CustomResourceDefinition`,
  'CustomResourceDefinition adds a kind to the server. Its name is <plural>.<group>.',
  {
    spec: field(
      struct(`${GROUP}.CustomResourceDefinitionSpec`, 'CustomResourceDefinitionSpec is what is wanted.', {
        group: field(string, 'The group of the kind.', needed),
        names: field(names, 'How the kind is called.', { required: true }),
        scope: field(string, 'Namespaced or Cluster.', needed),
        versions: field(listOf(version, atomic), 'The versions of the kind.', needed),
        conversion: field(conversion, 'How versions become each other.', pointer),
        preserveUnknownFields: field(bool, 'Not allowed to be true.'),
      }),
      'What is wanted.',
      { required: true },
    ),
    status: field(
      struct(`${GROUP}.CustomResourceDefinitionStatus`, 'CustomResourceDefinitionStatus is the present state.', {
        conditions: field(
          listOf(definitionCondition, { listType: 'map', keys: ['type'] }),
          'The present state.',
          always,
        ),
        acceptedNames: field(names, 'The names that are in use.'),
        storedVersions: field(listOf(string, atomic), 'The versions in which objects may be stored.', always),
        observedGeneration: field(int64, 'The generation that was last acted upon.'),
      }),
      'The present state.',
    ),
  },
);
