/** The types that every kind shares: apimachinery, meta/v1. */
import {
  any,
  bool,
  type Field,
  field,
  int64,
  listOf,
  mapOf,
  type Struct,
  setOf,
  string,
  struct,
  time,
} from './type.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

export const ownerReference = struct(
  `${META}.OwnerReference`,
  'OwnerReference names an object that this one belongs to, and with which it is deleted. The owner is in the same namespace, or cluster-scoped.',
  {
    apiVersion: field(string, 'API version of the owner.', { empty: 'always', required: true }),
    kind: field(string, 'Kind of the owner.', { empty: 'always', required: true }),
    name: field(string, 'Name of the owner.', { empty: 'always', required: true }),
    uid: field(string, 'UID of the owner: another object of the same name is not the owner.', {
      empty: 'always',
      required: true,
    }),
    controller: field(bool, 'Whether the owner is the controller that manages this object; at most one is.', {
      empty: 'pointer',
    }),
    blockOwnerDeletion: field(
      bool,
      'Whether an owner that is deleted in the foreground waits until this object is gone.',
      { empty: 'pointer' },
    ),
  },
  { atomic: true },
);

const managedFieldsEntry = struct(
  `${META}.ManagedFieldsEntry`,
  'ManagedFieldsEntry says which fields one manager has set, and how.',
  {
    manager: field(string, 'Who manages these fields.'),
    operation: field(string, 'How the fields were set: Apply (server-side apply) or Update (anything else).'),
    apiVersion: field(string, 'The version in which the fields are named.'),
    time: field(time, 'When the entry was last changed.', { empty: 'pointer' }),
    fieldsType: field(string, 'The format of the set of fields; FieldsV1 is the only one.'),
    fieldsV1: field(any, 'The set of fields, in the format FieldsV1.', {
      empty: 'pointer',
      model: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
    }),
    subresource: field(string, 'The subresource through which the fields were set; empty for the object itself.'),
  },
);

export const objectMeta = struct(
  `${META}.ObjectMeta`,
  'ObjectMeta is what every stored object has: its identity, its history, and what people and programs have attached to it.',
  {
    name: field(string, 'Name, unique among the objects of the kind in the namespace. It cannot be changed.'),
    generateName: field(
      string,
      'A prefix from which the server makes a unique name when no name is given: five random characters are appended.',
    ),
    namespace: field(string, 'The namespace in which the name is unique. It cannot be changed.'),
    selfLink: field(string, 'Deprecated: no longer set by the server.'),
    uid: field(string, 'Identity in time and space: set by the server when the object is created, never used again.'),
    resourceVersion: field(
      string,
      'The version of the object. Send it back with an update, and the update is refused when somebody else was faster.',
    ),
    generation: field(int64, 'Counts the changes of the desired state. Set by the server.'),
    creationTimestamp: field(time, 'CreationTimestamp is a timestamp: when the object was created. Set by the server.'),
    deletionTimestamp: field(time, 'When deletion was asked for; the object goes when its finalizers are gone.', {
      empty: 'pointer',
    }),
    deletionGracePeriodSeconds: field(int64, 'How long the object was given to end. Set by the server.', {
      empty: 'pointer',
    }),
    labels: field(mapOf(string), 'Keys and values by which objects are selected.'),
    annotations: field(mapOf(string), 'Keys and values for tools; objects cannot be selected by them.'),
    ownerReferences: field(
      listOf(ownerReference, { listType: 'map', keys: ['uid'], patchKey: 'uid', patchMerge: true }),
      'The objects that this one belongs to. When all of them are gone, this one is deleted.',
    ),
    finalizers: field(
      setOf(string),
      'Who has to act before the object may go. Deletion waits until the list is empty.',
    ),
    // An empty list is told from none: it is a wish to forget the owners.
    managedFields: field(listOf(managedFieldsEntry), 'Who has set which field. Kept by the server.', {
      empty: 'pointer',
    }),
  },
);

export const listMeta = struct(`${META}.ListMeta`, 'ListMeta is what every list has.', {
  selfLink: field(string, 'Deprecated: no longer set by the server.'),
  resourceVersion: field(string, 'The version of the whole: a watch can start from it.'),
  continue: field(string, 'Where the next page starts; empty when this is the last.'),
  remainingItemCount: field(int64, 'How many items follow this page, where that is known.', { empty: 'pointer' }),
  shardInfo: field(
    struct(
      `${META}.ShardInfo`,
      'ShardInfo says which part of all objects a list is about; this server does not divide them.',
      {
        selector: field(string, 'What selects the part.', { empty: 'always', required: true }),
      },
    ),
    'Which part of all objects this is.',
    { empty: 'pointer' },
  ),
});

/** metav1.Condition. */
export const condition = struct(`${META}.Condition`, 'Condition is one aspect of the present state of an object.', {
  type: field(string, 'Which aspect, in CamelCase.', { empty: 'always', required: true }),
  status: field(string, 'True, False or Unknown.', { empty: 'always', required: true }),
  observedGeneration: field(int64, 'The metadata.generation that the condition was set for.'),
  lastTransitionTime: field(time, 'When the status last changed.', { empty: 'always', required: true }),
  reason: field(string, 'Why, as one word in CamelCase for programs.', { empty: 'always', required: true }),
  message: field(string, 'Why, in words for people.', { empty: 'always', required: true }),
});

const labelSelectorRequirement = struct(
  `${META}.LabelSelectorRequirement`,
  'LabelSelectorRequirement relates a key to values.',
  {
    key: field(string, 'The label key.', { empty: 'always', required: true }),
    operator: field(string, 'In, NotIn, Exists or DoesNotExist.', { empty: 'always', required: true }),
    values: field(listOf(string, { listType: 'atomic' }), 'The values for In and NotIn; empty for the others.'),
  },
);

export const labelSelector = struct(
  `${META}.LabelSelector`,
  'LabelSelector selects objects by their labels. All that it says must hold; an empty one selects everything.',
  {
    matchLabels: field(mapOf(string), 'Labels that must have exactly these values.'),
    matchExpressions: field(listOf(labelSelectorRequirement, { listType: 'atomic' }), 'Further requirements.'),
  },
  { atomic: true },
);

const typeMeta: Readonly<Record<string, Field>> = {
  kind: field(string, 'The kind of this object, in CamelCase.'),
  apiVersion: field(string, 'APIVersion defines the version of the schema that this object follows.'),
};

/** A kind: type and metadata, and what else it has. */
export function kind(model: string, doc: string, fields: Readonly<Record<string, Field>>): Struct {
  return struct(model, doc, {
    ...typeMeta,
    metadata: field(objectMeta, "Standard object's metadata."),
    ...fields,
  });
}
