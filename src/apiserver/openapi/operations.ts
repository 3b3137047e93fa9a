/** OpenAPI v3 paths of a resource. */
import type { JsonObject } from '../objects.ts';
import type { PatchType, Verb } from '../registry/request.ts';
import type { ServedResource, Subresource } from '../registry/served.ts';
import { ref } from './models.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const query = (name: string, description: string, type = 'string'): JsonObject => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});
const inPath = (name: string, description: string): JsonObject => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

const DRY_RUN = query('dryRun', 'With All, everything is done but storing: the answer is what would be stored.');
const FIELD_MANAGER = query(
  'fieldManager',
  'The name under which the fields that are written are owned: at most 128 printable characters. Apply needs it.',
);
const FIELD_VALIDATION = query(
  'fieldValidation',
  'What becomes of fields that are unknown or come twice. Strict: the request is refused. Warn (the default): the client is told. Ignore: nothing.',
);
const FORCE = query('force', 'Apply takes fields over from other managers.', 'boolean');
const RESOURCE_VERSION = query('resourceVersion', 'The version that the answer has to have, or to be newer than.');
const LIST_PARAMETERS = [
  query('allowWatchBookmarks', 'A watch is told from time to time how far it is.', 'boolean'),
  query('continue', 'Where the page starts: the token of the page before.'),
  query('fieldSelector', 'Only objects whose fields have these values.'),
  query('labelSelector', 'Only objects with these labels.'),
  query('limit', 'How many objects a page has.', 'integer'),
  RESOURCE_VERSION,
  query('resourceVersionMatch', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'A watch begins with the objects that are there.', 'boolean'),
  query('shardSelector', 'Only the objects of a part of all; this server does not divide them.'),
  query('timeoutSeconds', 'How long the call may last.', 'integer'),
  query('watch', 'Changes, as they happen, instead of a list.', 'boolean'),
];
const DELETE_PARAMETERS = [
  DRY_RUN,
  query('gracePeriodSeconds', 'How long the object has to end.', 'integer'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'Deletes an object that cannot be read; this server has none.',
    'boolean',
  ),
  query('orphanDependents', 'Deprecated: use propagationPolicy.', 'boolean'),
  query('propagationPolicy', 'What becomes of the objects that this one owns: Orphan, Background or Foreground.'),
];
const byName = (a: JsonObject, b: JsonObject) => (String(a['name']) < String(b['name']) ? -1 : 1);
/** Of built-in kinds; custom ones list no options of deletion. */
const DELETE_COLLECTION_PARAMETERS = [
  ...LIST_PARAMETERS.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
  ...DELETE_PARAMETERS,
].sort(byName);
const WRITE_PARAMETERS = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];

const PATCH_MEDIA: Readonly<Record<PatchType, string>> = {
  apply: 'application/apply-patch+yaml',
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

interface Names {
  readonly served: ServedResource;
  readonly model: string;
  readonly listModel: string;
  /** `CoreV1`, `OrreryDevV1alpha1` */
  readonly tagged: string;
  readonly tag: string;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const camel = (text: string) => text.split(/[.-]/).map(capital).join('');

function namesOf(served: ServedResource, model: string, listModel: string): Names {
  const { group, version } = served;
  const short = group === '' ? 'core' : served.definition === undefined ? group.replace(/\.k8s\.io$/, '') : group;
  const words = camel(short);
  const tag = words.charAt(0).toLowerCase() + words.slice(1);
  return { served, model, listModel, tagged: `${words}${capital(version)}`, tag: `${tag}_${version}` };
}

function contentOf(served: ServedResource, model: string, watching = false): JsonObject {
  const types = [
    'application/json',
    ...(served.definition === undefined ? ['application/vnd.kubernetes.protobuf'] : []),
  ];
  if (watching && served.definition === undefined) {
    types.push('application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch');
  }
  types.push('application/yaml');
  return Object.fromEntries(types.map((type) => [type, { schema: ref(model) }]));
}

function responses(served: ServedResource, codes: readonly number[], model: string): JsonObject {
  const words: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
  return Object.fromEntries([
    ...codes.map((code) => [code, { description: words[code], content: contentOf(served, model) }]),
    [401, { description: 'Unauthorized' }],
  ]);
}

interface Operation {
  readonly verb: string;
  /** How the operation is called upstream: `read`, `replace`. */
  readonly word: string;
  readonly action: string;
  readonly description: string;
}

const OPERATIONS: Readonly<Partial<Record<Verb, Operation>>> = {
  get: { verb: 'get', word: 'read', action: 'get', description: 'read the specified' },
  list: { verb: 'get', word: 'list', action: 'list', description: 'list or watch objects of kind' },
  create: { verb: 'post', word: 'create', action: 'post', description: 'create' },
  update: { verb: 'put', word: 'replace', action: 'put', description: 'replace the specified' },
  patch: { verb: 'patch', word: 'patch', action: 'patch', description: 'partially update the specified' },
  delete: { verb: 'delete', word: 'delete', action: 'delete', description: 'delete' },
  deletecollection: {
    verb: 'delete',
    word: 'delete',
    action: 'deletecollection',
    description: 'delete collection of',
  },
};

function operation(names: Names, verb: Verb, below?: Subresource): readonly [string, JsonObject] | undefined {
  const kind = OPERATIONS[verb];
  if (kind === undefined) return undefined;
  const { served, tagged, tag } = names;
  const subject = below === undefined ? served.names.kind : `${below.name} of the specified ${served.names.kind}`;
  const collection = verb === 'deletecollection' ? 'Collection' : '';
  const scope = served.namespaced ? 'Namespaced' : '';
  const suffix = below === undefined ? '' : capital(below.name);
  const own = { group: served.group, version: served.version, kind: served.names.kind };
  const responseKind = served.definition === undefined ? (below?.responseKind ?? own) : own;
  return [
    kind.verb,
    {
      tags: [tag],
      description: `${kind.description.replace(/ the specified$/, below === undefined ? ' the specified' : '')} ${subject}`,
      operationId: `${kind.word}${tagged}${collection}${scope}${served.names.kind}${suffix}`,
      ...details(names, verb, below),
      'x-kubernetes-action': kind.action,
      'x-kubernetes-group-version-kind': responseKind,
    },
  ];
}

function details(names: Names, verb: Verb, below: Subresource | undefined): JsonObject {
  const { served, listModel } = names;
  const own = below?.type?.model ?? names.model;
  const model = below?.projection === undefined ? own : 'io.k8s.api.autoscaling.v1.Scale';
  const custom = served.definition !== undefined;
  const taken = custom ? ['application/json', 'application/yaml'] : ['*/*'];
  const content = (schema: JsonObject) => Object.fromEntries(taken.map((type) => [type, { schema }]));
  const body = (schema: JsonObject) => ({ content: content(schema), required: true });
  switch (verb) {
    case 'get':
      return {
        ...(custom && { parameters: [RESOURCE_VERSION] }),
        responses: responses(served, [200], model),
      };
    case 'list':
      return {
        parameters: LIST_PARAMETERS,
        responses: {
          200: { description: 'OK', content: contentOf(served, listModel, true) },
          401: { description: 'Unauthorized' },
        },
      };
    case 'create':
      return {
        parameters: WRITE_PARAMETERS,
        requestBody: body(ref(model)),
        responses: responses(served, [200, 201, 202], model),
      };
    case 'update':
      return {
        parameters: WRITE_PARAMETERS,
        requestBody: body(ref(model)),
        responses: responses(served, [200, 201], model),
      };
    case 'patch': {
      const media = served.strategy.patchTypes.map((type) => PATCH_MEDIA[type]).sort();
      return {
        parameters: [...WRITE_PARAMETERS, FORCE],
        requestBody: {
          content: Object.fromEntries(media.map((type) => [type, { schema: ref(`${META}.Patch`) }])),
          required: true,
        },
        responses: responses(served, served.definition === undefined ? [200, 201] : [200], model),
      };
    }
    case 'deletecollection':
      return {
        parameters: custom ? LIST_PARAMETERS : DELETE_COLLECTION_PARAMETERS,
        ...(!custom && { requestBody: { content: content(ref(`${META}.DeleteOptions`)) } }),
        responses: responses(served, [200], `${META}.Status`),
      };
    default:
      return {
        parameters: DELETE_PARAMETERS,
        requestBody: { content: content(ref(`${META}.DeleteOptions`)) },
        responses: responses(
          served,
          [200, 202],
          served.deletion?.returnsObject === undefined ? `${META}.Status` : names.model,
        ),
      };
  }
}

const NAMESPACE = inPath('namespace', 'The namespace of the object.');
const PRETTY = query('pretty', 'With true, the answer is laid out for people to read.');

/** The path items of a resource, by path. */
export function pathsOf(served: ServedResource, model: string, listModel: string): Record<string, JsonObject> {
  const names = namesOf(served, model, listModel);
  const root = served.group === '' ? `/api/${served.version}` : `/apis/${served.group}/${served.version}`;
  const { plural, kind } = served.names;
  const scoped = served.namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const around = [...(served.namespaced ? [NAMESPACE] : []), PRETTY];
  const named = [inPath('name', `Name of the ${kind}.`), ...around];
  const item = (verbs: readonly Verb[], parameters: readonly JsonObject[], below?: Subresource): JsonObject => {
    const operations = verbs.flatMap((verb) => {
      const made = operation(names, verb, below);
      return made === undefined ? [] : [made];
    });
    return withCommon(Object.fromEntries(operations), parameters);
  };
  const has = (verbs: readonly Verb[]) => verbs.filter((verb) => served.verbs.includes(verb));
  const paths: Record<string, JsonObject> = {};
  paths[scoped] = item(has(['list', 'create', 'deletecollection']), around);
  const ofOne = has(['get', 'update', 'patch', 'delete']);
  if (ofOne.length > 0) paths[`${scoped}/{name}`] = item(ofOne, named);
  for (const below of served.subresources.values()) {
    paths[`${scoped}/{name}/${below.name}`] = item(below.verbs, named, below);
  }
  if (served.namespaced && served.verbs.includes('list')) {
    const list = item(['list'], [PRETTY]);
    const operationId = `list${names.tagged}${kind}ForAllNamespaces`;
    paths[`${root}/${plural}`] = { ...list, get: { ...(list['get'] as JsonObject), operationId } };
  }
  return paths;
}

/** A path item. What all operations of a path take belongs to the path; of a single one, that is everything. */
function withCommon(operations: Readonly<Record<string, JsonObject>>, parameters: readonly JsonObject[]): JsonObject {
  const [only, ...more] = Object.entries(operations);
  if (only === undefined || more.length > 0) return { ...operations, parameters };
  const [verb, { parameters: own = [], ...rest }] = only;
  return { [verb]: rest, parameters: [...parameters, ...(own as JsonObject[])].sort(byName) };
}
