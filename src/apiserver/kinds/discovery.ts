/** What discovery answers with: apimachinery, meta/v1, and k8s.io/api, apidiscovery/v2. For those who want it in protobuf. */
import { listMeta, objectMeta } from './meta.ts';
import { bool, field, listOf, type Struct, string, struct } from './type.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const DISCOVERY = 'io.k8s.api.apidiscovery.v2';
const texts = listOf(string, { listType: 'atomic' });
const pointer = { empty: 'pointer' } as const;

const groupVersion = struct(`${META}.GroupVersionForDiscovery`, 'GroupVersionForDiscovery is a group at a version.', {
  groupVersion: field(string, 'Both, as group/version.'),
  version: field(string, 'The version alone.'),
});

const serverAddress = struct(`${META}.ServerAddressByClientCIDR`, 'ServerAddressByClientCIDR is where the server is.', {
  clientCIDR: field(string, 'For clients of this network.'),
  serverAddress: field(string, 'The address.'),
});

const apiVersions = struct(`${META}.APIVersions`, 'APIVersions is the versions of the core group.', {
  versions: field(texts, 'The versions.'),
  serverAddressByClientCIDRs: field(listOf(serverAddress), 'Where the server is.'),
});

const apiGroup = struct(`${META}.APIGroup`, 'APIGroup is a group and its versions.', {
  name: field(string, 'The name.'),
  versions: field(listOf(groupVersion), 'The versions.'),
  preferredVersion: field(groupVersion, 'The version that clients had best use.'),
  serverAddressByClientCIDRs: field(listOf(serverAddress), 'Where the server is.'),
});

const apiGroupList = struct(`${META}.APIGroupList`, 'APIGroupList is every group.', {
  groups: field(listOf(apiGroup), 'The groups.'),
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
