/**
 * Pods and what they are made from: core/v1, as far as this server keeps them. Nothing runs pods here; they are stored
 * for clients that expect to find the kinds that every cluster has. Fields that are not here are told as unknown.
 */
import { kind, objectMeta } from './meta.ts';
import { bool, field, int32, int64, listOf, mapOf, quantity, type Struct, string, struct, time } from './type.ts';

const CORE = 'io.k8s.api.core.v1';
const needed = { empty: 'always', required: true } as const;
const pointer = { empty: 'pointer' } as const;
const texts = listOf(string, { listType: 'atomic' });
const keyed = (of: Struct, ...keys: string[]) =>
  listOf(of, { listType: 'map', keys, patchKey: keys[0]!, patchMerge: true });

const containerPort = struct(`${CORE}.ContainerPort`, 'ContainerPort is a port that a container listens on.', {
  name: field(string, 'Its name.'),
  hostPort: field(int32, 'The port of the node.'),
  containerPort: field(int32, 'The port.', needed),
  protocol: field(string, 'TCP, UDP or SCTP.', { default: 'TCP' }),
  hostIP: field(string, 'The address of the node.'),
});

const localKey = { name: field(string, 'Name of the object.'), key: field(string, 'The key in it.', needed) };
const optional = { optional: field(bool, 'Whether it may be missing.', pointer) };

const envVarSource = struct(`${CORE}.EnvVarSource`, 'EnvVarSource is where a value comes from.', {
  fieldRef: field(
    struct(
      `${CORE}.ObjectFieldSelector`,
      'ObjectFieldSelector is a field of the pod.',
      {
        apiVersion: field(string, 'The version in which the field is named.'),
        fieldPath: field(string, 'The field.', needed),
      },
      { atomic: true },
    ),
    'A field of the pod.',
    pointer,
  ),
  configMapKeyRef: field(
    struct(
      `${CORE}.ConfigMapKeySelector`,
      'ConfigMapKeySelector is a key of a ConfigMap.',
      { ...localKey, ...optional },
      { atomic: true },
    ),
    'A key of a ConfigMap.',
    pointer,
  ),
  secretKeyRef: field(
    struct(
      `${CORE}.SecretKeySelector`,
      'SecretKeySelector is a key of a Secret.',
      { ...localKey, ...optional },
      { atomic: true },
    ),
    'A key of a Secret.',
    pointer,
  ),
});

const envVar = struct(`${CORE}.EnvVar`, 'EnvVar is a variable of the environment.', {
  name: field(string, 'Its name.', needed),
  value: field(string, 'Its value.'),
  valueFrom: field(envVarSource, 'Where its value comes from.', pointer),
});

const resources = struct(
  `${CORE}.ResourceRequirements`,
  'ResourceRequirements is what a container needs and may use.',
  {
    limits: field(mapOf(quantity), 'What it may use.'),
    requests: field(mapOf(quantity), 'What it needs.'),
  },
);

const volumeMount = struct(`${CORE}.VolumeMount`, 'VolumeMount is a volume as a container sees it.', {
  name: field(string, 'The volume.', needed),
  readOnly: field(bool, 'Whether it cannot be written.'),
  mountPath: field(string, 'Where it is.', needed),
  subPath: field(string, 'The part of the volume that is there.'),
});

const container = struct(`${CORE}.Container`, 'Container is one program of a pod.', {
  name: field(string, 'Its name.', needed),
  image: field(string, 'What it runs.'),
  command: field(texts, 'The program.'),
  args: field(texts, 'Its arguments.'),
  workingDir: field(string, 'Where it runs.'),
  ports: field(
    listOf(containerPort, {
      listType: 'map',
      keys: ['containerPort', 'protocol'],
      patchKey: 'containerPort',
      patchMerge: true,
    }),
    'The ports that it listens on.',
  ),
  env: field(keyed(envVar, 'name'), 'Its environment.'),
  resources: field(resources, 'What it needs and may use.'),
  volumeMounts: field(keyed(volumeMount, 'mountPath'), 'The volumes that it sees.'),
  terminationMessagePath: field(string, 'Where it leaves its last words.'),
  terminationMessagePolicy: field(string, 'What these are.'),
  imagePullPolicy: field(string, 'When its image is fetched.'),
  stdin: field(bool, 'Whether it is given an input.'),
  stdinOnce: field(bool, 'Whether the input ends with the first who gives it.'),
  tty: field(bool, 'Whether it is given a terminal.'),
});

const keyToPath = struct(`${CORE}.KeyToPath`, 'KeyToPath is a key as a file.', {
  key: field(string, 'The key.', needed),
  path: field(string, 'The file.', needed),
  mode: field(int32, 'Its permissions.', pointer),
});

const volume = struct(`${CORE}.Volume`, 'Volume is a place for files.', {
  name: field(string, 'Its name.', needed),
  hostPath: field(
    struct(`${CORE}.HostPathVolumeSource`, 'HostPathVolumeSource is a folder of the node.', {
      path: field(string, 'The folder.', needed),
      type: field(string, 'What has to be there.', pointer),
    }),
    'A folder of the node.',
    pointer,
  ),
  emptyDir: field(
    struct(`${CORE}.EmptyDirVolumeSource`, 'EmptyDirVolumeSource is an empty folder.', {
      medium: field(string, 'Where it is: on disk, or Memory.'),
    }),
    'An empty folder.',
    pointer,
  ),
  secret: field(
    struct(`${CORE}.SecretVolumeSource`, 'SecretVolumeSource is a Secret as files.', {
      secretName: field(string, 'The Secret.'),
      items: field(listOf(keyToPath, { listType: 'atomic' }), 'The keys; left out: all.'),
      defaultMode: field(int32, 'The permissions of the files.', pointer),
      ...optional,
    }),
    'A Secret as files.',
    pointer,
  ),
  configMap: field(
    struct(`${CORE}.ConfigMapVolumeSource`, 'ConfigMapVolumeSource is a ConfigMap as files.', {
      name: field(string, 'The ConfigMap.'),
      items: field(listOf(keyToPath, { listType: 'atomic' }), 'The keys; left out: all.'),
      defaultMode: field(int32, 'The permissions of the files.', pointer),
      ...optional,
    }),
    'A ConfigMap as files.',
    pointer,
  ),
});

const securityContext = struct(`${CORE}.PodSecurityContext`, 'PodSecurityContext is as whom a pod runs.', {
  runAsUser: field(int64, 'The user.', pointer),
  runAsGroup: field(int64, 'The group.', pointer),
  runAsNonRoot: field(bool, 'Whether the user must not be root.', pointer),
  fsGroup: field(int64, 'The group of the files.', pointer),
});

const toleration = struct(`${CORE}.Toleration`, 'Toleration is a taint of nodes that a pod puts up with.', {
  key: field(string, 'The taint.'),
  operator: field(string, 'Exists or Equal.'),
  value: field(string, 'The value of the taint.'),
  effect: field(string, 'What the taint does.'),
  tolerationSeconds: field(int64, 'For how long.', pointer),
});

const localReference = struct(
  `${CORE}.LocalObjectReference`,
  'LocalObjectReference names an object in the same namespace.',
  { name: field(string, 'Name of the object.') },
  { atomic: true },
);

const podSpec = struct(`${CORE}.PodSpec`, 'PodSpec is what a pod is to be, as far as this server keeps it.', {
  volumes: field(keyed(volume, 'name'), 'Places for files.'),
  initContainers: field(keyed(container, 'name'), 'Programs that run before the others.'),
  containers: field(keyed(container, 'name'), 'The programs.', needed),
  restartPolicy: field(string, 'What becomes of programs that end.'),
  terminationGracePeriodSeconds: field(int64, 'How long programs have to end.', pointer),
  activeDeadlineSeconds: field(int64, 'How long the pod may last.', pointer),
  dnsPolicy: field(string, 'How names are looked up.'),
  nodeSelector: field(mapOf(string, { atomic: true }), 'Labels that the node must have.'),
  serviceAccountName: field(string, 'Who the pod is.'),
  serviceAccount: field(string, 'Deprecated: use serviceAccountName.'),
  automountServiceAccountToken: field(bool, 'Whether a token is put into the pod.', pointer),
  nodeName: field(string, 'The node that it is on.'),
  hostNetwork: field(bool, "Whether it shares the node's network."),
  hostPID: field(bool, "Whether it sees the node's processes."),
  hostIPC: field(bool, "Whether it shares the node's memory segments."),
  securityContext: field(securityContext, 'As whom it runs.', pointer),
  imagePullSecrets: field(keyed(localReference, 'name'), 'Secrets for fetching images.'),
  hostname: field(string, 'Its name in the network.'),
  subdomain: field(string, 'The domain of that name.'),
  schedulerName: field(string, 'Who finds a node for it.'),
  tolerations: field(listOf(toleration, { listType: 'atomic' }), 'Taints of nodes that it puts up with.'),
  priorityClassName: field(string, 'How important it is, by name.'),
  priority: field(int32, 'How important it is.', pointer),
  enableServiceLinks: field(bool, 'Whether its environment names the services.', pointer),
  preemptionPolicy: field(string, 'Whether it drives out less important ones.', pointer),
});

export const podTemplateSpec = struct(`${CORE}.PodTemplateSpec`, 'PodTemplateSpec is what pods are made from.', {
  metadata: field(objectMeta, "The pods' metadata."),
  spec: field(podSpec, 'What they are to be.'),
});

/** Stored and never used: the upstream end-to-end suite pages through lists of it. */
export const podTemplate = kind(`${CORE}.PodTemplate`, 'PodTemplate describes pods; nothing makes any here.', {
  template: field(podTemplateSpec, 'What pods would be made from.'),
});

const podCondition = struct(`${CORE}.PodCondition`, 'PodCondition is one aspect of the state of a pod.', {
  type: field(string, 'Which aspect.', needed),
  observedGeneration: field(int64, 'The metadata.generation that it was set for.'),
  status: field(string, 'True, False or Unknown.', needed),
  lastProbeTime: field(time, 'When it was last looked at.', { empty: 'always' }),
  lastTransitionTime: field(time, 'When the status last changed.', { empty: 'always' }),
  reason: field(string, 'Why, as one word.'),
  message: field(string, 'Why, in words.'),
});

export const pod = kind(`${CORE}.Pod`, 'Pod is a group of containers. It is kept, and nothing runs it here.', {
  spec: field(podSpec, 'What it is to be.'),
  status: field(
    struct(`${CORE}.PodStatus`, 'PodStatus is the present state of a pod, as far as somebody tells it.', {
      observedGeneration: field(int64, 'The metadata.generation that it was set for.'),
      phase: field(string, 'Pending, Running, Succeeded, Failed or Unknown.'),
      conditions: field(keyed(podCondition, 'type'), 'Aspects of its state.'),
      message: field(string, 'Why, in words.'),
      reason: field(string, 'Why, as one word.'),
      hostIP: field(string, 'The address of its node.'),
      podIP: field(string, 'Its address.'),
      startTime: field(time, 'When it was taken on.', pointer),
      qosClass: field(string, 'How its needs and limits go together.'),
    }),
    'The present state.',
  ),
});
