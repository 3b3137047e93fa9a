/** The kinds of the core group that are served. */
import { kind } from './meta.ts';
import { bool, bytes, field, listOf, mapOf, quantity, string, struct, time } from './type.ts';

const CORE = 'io.k8s.api.core.v1';

const namespaceCondition = struct(`${CORE}.NamespaceCondition`, 'NamespaceCondition says how the deletion goes on.', {
  type: field(string, 'Which aspect of the deletion.', { empty: 'always', required: true }),
  status: field(string, 'True, False or Unknown.', { empty: 'always', required: true }),
  lastTransitionTime: field(time, 'When the status last changed.', { empty: 'omit' }),
  reason: field(string, 'Why, as one word.'),
  message: field(string, 'Why, in words.'),
});

export const namespace = kind(
  `${CORE}.Namespace`,
  'Namespace is a scope for names. Deleting it deletes everything in it.',
  {
    spec: field(
      struct(`${CORE}.NamespaceSpec`, 'NamespaceSpec is what is wanted of a namespace.', {
        finalizers: field(listOf(string, { listType: 'atomic' }), 'Who has to act before the namespace may go.'),
      }),
      'What is wanted of the namespace.',
    ),
    status: field(
      struct(`${CORE}.NamespaceStatus`, 'NamespaceStatus is the present state of a namespace.', {
        phase: field(string, 'Active, or Terminating while it is being deleted.', { enum: ['Active', 'Terminating'] }),
        conditions: field(
          listOf(namespaceCondition, { listType: 'map', keys: ['type'], patchKey: 'type', patchMerge: true }),
          'How the deletion goes on.',
        ),
      }),
      'The present state of the namespace.',
    ),
  },
);

export const configMap = kind(`${CORE}.ConfigMap`, 'ConfigMap holds settings as keys and values.', {
  immutable: field(bool, 'Whether the data can never be changed.', { empty: 'pointer' }),
  data: field(mapOf(string), 'Texts by key. Keys consist of letters, digits, "-", "_" and ".".'),
  binaryData: field(mapOf(bytes), 'Bytes by key, in base64. No key is in data too.'),
});

export const secret = kind(`${CORE}.Secret`, 'Secret holds a small amount of what others should not read.', {
  immutable: field(bool, 'Whether the data can never be changed.', { empty: 'pointer' }),
  data: field(mapOf(bytes), 'Bytes by key, in base64.'),
  stringData: field(mapOf(string), 'Texts by key, written into data by the server; never read back.'),
  type: field(string, 'What the secret is for; it decides which keys must be there.'),
});

const localObjectReference = struct(
  `${CORE}.LocalObjectReference`,
  'LocalObjectReference names an object in the same namespace.',
  { name: field(string, 'Name of the object.') },
  { atomic: true },
);

export const objectReference = struct(
  `${CORE}.ObjectReference`,
  'ObjectReference names an object, or a part of it.',
  {
    kind: field(string, 'Kind of the object.'),
    namespace: field(string, 'Namespace of the object.'),
    name: field(string, 'Name of the object.'),
    uid: field(string, 'UID of the object.'),
    apiVersion: field(string, 'API version of the object.'),
    resourceVersion: field(string, 'The version of the object that was seen.'),
    fieldPath: field(string, 'Which part of the object is meant.'),
  },
  { atomic: true },
);

export const serviceAccount = kind(`${CORE}.ServiceAccount`, 'ServiceAccount is an identity for programs.', {
  secrets: field(
    listOf(objectReference, { listType: 'map', keys: ['name'], patchKey: 'name', patchMerge: true }),
    'Secrets that programs of this account may use.',
  ),
  imagePullSecrets: field(listOf(localObjectReference, { listType: 'atomic' }), 'Secrets for fetching images.'),
  automountServiceAccountToken: field(bool, 'Whether a token is put into pods of this account.', { empty: 'pointer' }),
});

const resourceList = mapOf(quantity);

export const resourceQuota = kind(`${CORE}.ResourceQuota`, 'ResourceQuota limits what a namespace may use.', {
  spec: field(
    struct(`${CORE}.ResourceQuotaSpec`, 'ResourceQuotaSpec is the limits.', {
      hard: field(resourceList, 'The limit for each named resource.'),
      scopes: field(listOf(string, { listType: 'atomic' }), 'Which objects are counted; left out: all.'),
    }),
    'The limits.',
  ),
  status: field(
    struct(`${CORE}.ResourceQuotaStatus`, 'ResourceQuotaStatus is what is used.', {
      hard: field(resourceList, 'The limit that is enforced for each named resource.'),
      used: field(resourceList, 'What is used of each named resource.'),
    }),
    'What is used.',
  ),
});
