/** OpenAPI v3 documents of what is no resource: discovery and version. */
import { discoveryKinds, versionInfo } from '../kinds/discovery.ts';
import type { Struct } from '../kinds/type.ts';
import type { JsonObject } from '../objects.ts';
import { SECURITY } from './group-document.ts';
import { Models, ref } from './models.ts';

const DISCOVERY_TYPES = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];

interface Index {
  readonly path: string;
  readonly tag: string;
  readonly description: string;
  readonly operationId: string;
  readonly answer: Struct;
  readonly types: readonly string[];
}

function documentOf({ path, tag, description, operationId, answer, types }: Index): JsonObject {
  const models = new Models();
  for (const kind of Object.values(discoveryKinds)) {
    if (answer === kind || (answer.name === 'APIGroupList' && kind.name === 'APIGroup')) {
      models.add(kind, [{ group: '', version: 'v1', kind: kind.name }]);
    }
  }
  models.add(answer);
  const content = Object.fromEntries(types.map((type) => [type, { schema: ref(answer.model) }]));
  const responses = { 200: { description: 'OK', content }, 401: { description: 'Unauthorized' } };
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: '1.37' },
    paths: { [path]: { get: { tags: [tag], description, operationId, responses } } },
    components: { schemas: models.sorted(), ...SECURITY },
  };
}

/** Of /api/. */
export const coreIndex = (): JsonObject =>
  documentOf({
    path: '/api/',
    tag: 'core',
    description: 'get available API versions',
    operationId: 'getCoreAPIVersions',
    answer: discoveryKinds['APIVersions']!,
    types: DISCOVERY_TYPES,
  });

/** Of /apis/. */
export const groupsIndex = (): JsonObject =>
  documentOf({
    path: '/apis/',
    tag: 'apis',
    description: 'get available API versions',
    operationId: 'getAPIVersions',
    answer: discoveryKinds['APIGroupList']!,
    types: DISCOVERY_TYPES,
  });

/** Of /apis/GROUP/. */
export function groupIndex(group: string): JsonObject {
  const words = group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return documentOf({
    path: `/apis/${group}/`,
    tag: words.charAt(0).toLowerCase() + words.slice(1),
    description: 'get information of a group',
    operationId: `get${words}APIGroup`,
    answer: discoveryKinds['APIGroup']!,
    types: DISCOVERY_TYPES,
  });
}

/** Of /version/. */
export const versionDocument = (): JsonObject =>
  documentOf({
    path: '/version/',
    tag: 'version',
    description: 'get the version information for this server',
    operationId: 'getCodeVersion',
    answer: versionInfo,
    types: ['application/json'],
  });
