import { definitionOf } from '../definition.ts';
import { del, get, MERGE, patch, post, put, type Step, type Topic, wait } from '../step.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const form = (as: string, version = 'v1') => `;as=${as};g=meta.k8s.io;v=${version}`;
const maps = '/api/v1/namespaces/{ns}/configmaps';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const gadgets = `/apis/${group}/v1/namespaces/{ns}/gadgets`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const own = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt';
const asProtobuf: Partial<Step> = { accept: PROTOBUF };
const asYaml: Partial<Step> = { accept: 'application/yaml' };
const map = (name: string, more: object = {}) => ({ metadata: { name, labels: { b: '2', a: '1' } }, ...more });

const definition = definitionOf({
  plural: 'gadgets',
  kind: 'Gadget',
  properties: {
    spec: { type: 'object', properties: { n: { type: 'integer', default: 3 } } },
    status: { type: 'object', properties: { n: { type: 'integer' } } },
  },
  version: { subresources: { status: {}, scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' } } },
});

/** Answers in protobuf and YAML, refusals included. */
export const forms: Topic = {
  name: 'forms',
  steps: [
    post(definitions, definition),
    post(maps, map('a', { data: { z: '1', k: 'ä€' }, binaryData: { b: 'AAEC' }, immutable: false }), asProtobuf),
    wait(1500),
    post(maps, map('e'), asYaml),
    get(`${maps}/a`, asProtobuf),
    get(`${maps}/a`, asYaml),
    get(`${maps}/a`, { accept: `${PROTOBUF},application/json` }),
    get(`${maps}/a`, { accept: `application/json,${PROTOBUF}` }),
    get(`${maps}/a`, { accept: `${PROTOBUF};q=0.2,application/yaml;q=0.9` }),
    get(`${maps}/a`, { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` }),
    get(`${maps}/a`, { accept: `${PROTOBUF}${form('PartialObjectMetadata', 'v1beta1')}` }),
    get(`${maps}/a`, { accept: `${PROTOBUF}${form('PartialObjectMetadataList')}` }),
    get(`${maps}/a`, { accept: `${PROTOBUF}${form('Table')}` }),
    get(`${maps}/a`, { accept: `${PROTOBUF}${form('Table')},application/json${form('Table')}` }),
    get(`${maps}?${own}`, asProtobuf),
    get(`${maps}?${own}&limit=1`, asProtobuf),
    get(`${maps}?${own}`, { accept: `${PROTOBUF}${form('PartialObjectMetadataList')}` }),
    get(`${maps}?${own}`, { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` }),
    get(`${maps}?watch=true&timeoutSeconds=1&${own}`, asProtobuf),
    get(`${maps}?watch=true&timeoutSeconds=1&${own}`, { accept: `${PROTOBUF};stream=watch` }),
    get(
      `${maps}?watch=true&timeoutSeconds=1&${own}&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
      { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` },
    ),
    get(`${maps}?watch=true&timeoutSeconds=1&resourceVersion=abc`, asProtobuf),
    get(`${maps}/nope`, asProtobuf),
    get(`${maps}/nope`, asYaml),
    get(`${maps}/nope`, { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` }),
    get(`${maps}/nope`, { accept: 'text/html' }),
    get('/api/v1/nope', asProtobuf),
    get('/api/v1/nope', asYaml),
    get(`${maps}?limit=x`, asYaml),
    get('/nope', asProtobuf),
    get(`${maps}/a`, { token: 'wrong', ...asProtobuf }),
    get(`${maps}/a`, { token: '', ...asProtobuf }),
    post(maps, map('a'), asProtobuf),
    post(maps, { metadata: { name: 'Bad_' } }, asProtobuf),
    post(maps, '{', asProtobuf),
    put(`${maps}/a`, map('a', { data: { z: '2' } }), asProtobuf),
    patch(`${maps}/a`, { data: { y: '3' } }, MERGE, asProtobuf),
    patch(`${maps}/a`, '{', MERGE, asProtobuf),
    get('/apis/coordination.k8s.io', asProtobuf),
    get('/apis/coordination.k8s.io/v1', { ...asProtobuf, live: true }),
    get(`/apis/${group}`, asProtobuf),
    get(`/apis/${group}/v1`, { ...asProtobuf, live: true }),
    get('/version', asProtobuf),
    get('/version', asYaml),
    get('/version', { accept: 'text/html' }),
    get('/version', { accept: '*/*' }),
    get('/healthz', asProtobuf),
    ...['application/*', 'APPLICATION/JSON', 'application/json; q=0', '*/*;q=0', ', ,', 'application/json,,'].map(
      (accept) => get(`${maps}/a`, { accept }),
    ),
    get(`${maps}/a?resourceVersion=x`),
    post('/apis/rbac.authorization.k8s.io', {}),
    get(definitions.concat(`/gadgets.${group}`), asProtobuf),
    get(`${rbac}/clusterroles/view`, { ...asProtobuf, live: true }),
    post(
      `${rbac}/namespaces/{ns}/roles`,
      { metadata: { name: 'r' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
      asProtobuf,
    ),
    post(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
      asProtobuf,
    ),
    post(gadgets, { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g' }, spec: {} }, asYaml),
    get(`${gadgets}/g`, asProtobuf),
    get(`${gadgets}/g`, { accept: `${PROTOBUF},application/json` }),
    get(`${gadgets}/g`, { accept: `${PROTOBUF},application/yaml` }),
    get(`${gadgets}/g`, { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` }),
    get(gadgets, { accept: `${PROTOBUF}${form('PartialObjectMetadataList')}` }),
    get(gadgets, asProtobuf),
    get(`${gadgets}?watch=true&timeoutSeconds=1`, { accept: `${PROTOBUF}${form('PartialObjectMetadata')}` }),
    get(`${gadgets}?watch=true&timeoutSeconds=1`, asProtobuf),
    get(`${gadgets}/g/scale`, asProtobuf),
    get(`${gadgets}/g/scale`, asYaml),
    get(`${gadgets}/nope`, asProtobuf),
    get(`${gadgets}/nope`, asYaml),
    del(`${gadgets}/g`, undefined, asYaml),
    del(`${gadgets}/g`, undefined, asProtobuf),
    del(`${maps}/e`, undefined, asYaml),
    del(`${maps}/a`, undefined, asProtobuf),
    del(maps, undefined, { ...asProtobuf, racing: true }),
    del(`${definitions}/gadgets.${group}`, undefined, { racing: true }),
  ],
};
