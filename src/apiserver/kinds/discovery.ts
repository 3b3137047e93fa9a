/** What discovery answers with: apimachinery, meta/v1, and k8s.io/api, apidiscovery/v2. For those who want it in protobuf. */
import { listMeta, objectMeta } from './meta.ts';
import { bool, field, listOf, type Struct, string, struct } from './type.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const DISCOVERY = 'io.k8s.api.apidiscovery.v2';
const texts = listOf(string, { listType: 'atomic' });
const pointer = { empty: 'pointer' } as const;

const needed = { required: true } as const;
const typeMeta = {
  kind: field(string, 'The kind of this object, in CamelCase.'),
  apiVersion: field(string, 'APIVersion defines the version of the schema that this object follows.'),
};

const groupVersion = struct(`${META}.GroupVersionForDiscovery`, 'GroupVersionForDiscovery is a group at a version.', {
  groupVersion: field(string, 'Both, as group/version.', needed),
  version: field(string, 'The version alone.', needed),
});

const serverAddress = struct(`${META}.ServerAddressByClientCIDR`, 'ServerAddressByClientCIDR is where the server is.', {
  clientCIDR: field(string, 'For clients of this network.', needed),
  serverAddress: field(string, 'The address.', needed),
});

const apiVersions = struct(`${META}.APIVersions`, 'APIVersions is the versions of the core group.', {
  ...typeMeta,
  versions: field(texts, 'The versions.', needed),
  serverAddressByClientCIDRs: field(listOf(serverAddress), 'Where the server is.', needed),
});

const apiGroup = struct(`${META}.APIGroup`, 'APIGroup is a group and its versions.', {
  ...typeMeta,
  name: field(string, 'The name.', needed),
  versions: field(listOf(groupVersion), 'The versions.', needed),
  preferredVersion: field(groupVersion, 'The version that clients had best use.'),
  serverAddressByClientCIDRs: field(listOf(serverAddress), 'Where the server is.'),
});

const apiGroupList = struct(`${META}.APIGroupList`, 'APIGroupList is every group.', {
  ...typeMeta,
  groups: field(listOf(apiGroup), 'The groups.', needed),
});

const apiResource = struct(`${META}.APIResource`, 'APIResource is a resource of a group.', {
  name: field(string, 'The plural.'),
  namespaced: field(bool, 'Whether its objects are in namespaces.'),
  kind: field(string, 'The kind.'),
  // A list that may be nil is a message in protobuf, and a plain list in JSON.
  verbs: field(
    struct(`${META}.Verbs`, 'Verbs is what can be done with it.', { items: field(texts, 'The verbs.') }),
    '',
  ),
  shortNames: field(texts, 'Short names.'),
  singularName: field(string, 'The singular.'),
  categories: field(texts, 'The categories that it is in.'),
  group: field(string, 'The group of the kind, where it is another.'),
  version: field(string, 'The version of the kind, where it is another.'),
  storageVersionHash: field(string, 'Identifies the stored form.'),
});

const apiResourceList = struct(`${META}.APIResourceList`, 'APIResourceList is every resource of a group.', {
  groupVersion: field(string, 'Group and version.'),
  resources: field(listOf(apiResource), 'The resources.'),
});

const responseKind = struct(`${META}.GroupVersionKind`, 'GroupVersionKind is a kind.', {
  group: field(string, 'The group.'),
  version: field(string, 'The version.'),
  kind: field(string, 'The kind.'),
});

const subresource = struct(
  `${DISCOVERY}.APISubresourceDiscovery`,
  'APISubresourceDiscovery is a path below a resource.',
  {
    subresource: field(string, 'Its name.'),
    responseKind: field(responseKind, 'What it answers with.', pointer),
    acceptedTypes: field(listOf(responseKind), 'What it takes.'),
    verbs: field(texts, 'What can be done with it.'),
  },
);

const resource = struct(`${DISCOVERY}.APIResourceDiscovery`, 'APIResourceDiscovery is a resource.', {
  resource: field(string, 'The plural.'),
  responseKind: field(responseKind, 'What it answers with.', pointer),
  scope: field(string, 'Cluster or Namespaced.'),
  singularResource: field(string, 'The singular.'),
  verbs: field(texts, 'What can be done with it.'),
  shortNames: field(texts, 'Short names.'),
  categories: field(texts, 'The categories that it is in.'),
  subresources: field(listOf(subresource), 'The paths below it.'),
});

const version = struct(`${DISCOVERY}.APIVersionDiscovery`, 'APIVersionDiscovery is a version of a group.', {
  version: field(string, 'The version.'),
  resources: field(listOf(resource), 'The resources.'),
  freshness: field(string, 'Current, or Stale.'),
});

const group = struct(`${DISCOVERY}.APIGroupDiscovery`, 'APIGroupDiscovery is a group.', {
  metadata: field(objectMeta, 'Its name.'),
  versions: field(listOf(version), 'The versions.'),
});

const groupList = struct(`${DISCOVERY}.APIGroupDiscoveryList`, 'APIGroupDiscoveryList is everything that is served.', {
  metadata: field(listMeta, 'Standard list metadata.'),
  items: field(listOf(group), 'The groups.'),
});

/** The description of a document of discovery, by its kind. */
export const discoveryKinds: Readonly<Record<string, Struct>> = {
  APIVersions: apiVersions,
  APIGroup: apiGroup,
  APIGroupList: apiGroupList,
  APIResourceList: apiResourceList,
  APIGroupDiscoveryList: groupList,
};

/** What /version answers; upstream says nothing about most of it. */
export const versionInfo = struct('io.k8s.apimachinery.pkg.version.Info', 'Info says which version a server has.', {
  major: field(string, 'The major version.', needed),
  minor: field(string, 'The minor version.', needed),
  emulationMajor: field(string, 'The major version whose behaviour is served.'),
  emulationMinor: field(string, 'The minor version whose behaviour is served.'),
  minCompatibilityMajor: field(string, 'The oldest major version that it is compatible with.'),
  minCompatibilityMinor: field(string, 'The oldest minor version that it is compatible with.'),
  gitVersion: field(string, '', needed),
  gitCommit: field(string, '', needed),
  gitTreeState: field(string, '', needed),
  buildDate: field(string, '', needed),
  goVersion: field(string, '', needed),
  compiler: field(string, '', needed),
  platform: field(string, '', needed),
});
