/** Kinds that clients look for and that nobody has here: pods, nodes, services. Only their outlines. */
import { kind, objectMeta } from './meta.ts';
import { any, field, listOf, mapOf, string, struct } from './type.ts';

const CORE = 'io.k8s.api.core.v1';
const outline = {
  spec: field(any, 'What is wanted.', { empty: 'pointer' }),
  status: field(any, 'The present state.', { empty: 'pointer' }),
};

export const pod = kind(`${CORE}.Pod`, 'Pod is a group of containers; there are none here.', outline);
export const node = kind(`${CORE}.Node`, 'Node is a machine that runs pods; there are none here.', outline);
export const service = kind(`${CORE}.Service`, 'Service is a name for pods; there are none here.', outline);

const container = struct(`${CORE}.Container`, 'Container is one program of a pod.', {
  name: field(string, 'Its name.', { empty: 'always', required: true }),
  image: field(string, 'What it runs.'),
  command: field(listOf(string, { listType: 'atomic' }), 'The program.'),
  args: field(listOf(string, { listType: 'atomic' }), 'Its arguments.'),
  workingDir: field(string, 'Where it runs.'),
  terminationMessagePath: field(string, 'Where it leaves its last words.'),
  terminationMessagePolicy: field(string, 'What these are.'),
  imagePullPolicy: field(string, 'When its image is fetched.'),
});

const template = struct(`${CORE}.PodTemplateSpec`, 'PodTemplateSpec is what pods are made from.', {
  metadata: field(objectMeta, "The pods' metadata."),
  spec: field(
    struct(`${CORE}.PodSpec`, 'PodSpec is what a pod is to be, as far as this server keeps it.', {
      containers: field(
        listOf(container, { listType: 'map', keys: ['name'], patchKey: 'name', patchMerge: true }),
        'The programs.',
        { empty: 'always', required: true },
      ),
      restartPolicy: field(string, 'What becomes of programs that end.'),
      dnsPolicy: field(string, 'How names are looked up.'),
      nodeSelector: field(mapOf(string, { atomic: true }), 'Labels that the node must have.'),
      serviceAccountName: field(string, 'Who the pod is.'),
      schedulerName: field(string, 'Who finds a node for it.'),
    }),
    'What they are to be.',
  ),
});

/** Stored and never used: the upstream end-to-end suite pages through lists of it. */
export const podTemplate = kind(`${CORE}.PodTemplate`, 'PodTemplate describes pods; nothing makes any here.', {
  template: field(template, 'What pods would be made from.'),
});
