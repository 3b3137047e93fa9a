/** Deployments, ReplicaSets, Services and Nodes: kept, or looked for, and acted on by nobody here. */
import { kind, labelSelector } from './meta.ts';
import { podTemplateSpec } from './pods.ts';
import { any, bool, field, int32, int64, intOrString, listOf, mapOf, string, struct, time } from './type.ts';

const CORE = 'io.k8s.api.core.v1';
const APPS = 'io.k8s.api.apps.v1';
const needed = { empty: 'always', required: true } as const;
const pointer = { empty: 'pointer' } as const;

export const node = kind(`${CORE}.Node`, 'Node is a machine that runs pods; there are none here.', {
  spec: field(any, 'What is wanted.', pointer),
  status: field(any, 'The present state.', pointer),
});

const condition = {
  type: field(string, 'Which aspect.', { empty: 'always' }),
  status: field(string, 'True, False or Unknown.', { empty: 'always' }),
  lastTransitionTime: field(time, 'When the status last changed.', { empty: 'always' }),
  reason: field(string, 'Why, as one word.'),
  message: field(string, 'Why, in words.'),
};
const byType = { listType: 'map', keys: ['type'], patchKey: 'type', patchMerge: true } as const;
const count = (what: string) => field(int32, what);

const strategy = struct(`${APPS}.DeploymentStrategy`, 'DeploymentStrategy is how old pods give way to new ones.', {
  type: field(string, 'RollingUpdate or Recreate.'),
  rollingUpdate: field(
    struct(`${APPS}.RollingUpdateDeployment`, 'RollingUpdateDeployment is how many pods change at once.', {
      maxUnavailable: field(intOrString, 'How many may be missing.', pointer),
      maxSurge: field(intOrString, 'How many there may be too many.', pointer),
    }),
    'How many change at once.',
    pointer,
  ),
});

export const deployment = kind(
  `${APPS}.Deployment`,
  'Deployment is a number of equal pods. It is kept, and nothing makes pods of it here.',
  {
    spec: field(
      struct(`${APPS}.DeploymentSpec`, 'DeploymentSpec is what is wanted.', {
        replicas: field(int32, 'How many.', pointer),
        selector: field(labelSelector, 'Which pods are its own. It cannot be changed.', {
          empty: 'pointer',
          required: true,
        }),
        template: field(podTemplateSpec, 'What they are made from.', { required: true }),
        strategy: field(strategy, 'How old pods give way to new ones.'),
        minReadySeconds: count('How long a pod must be well to count.'),
        revisionHistoryLimit: field(int32, 'How many old states are kept.', pointer),
        paused: field(bool, 'Whether changes wait.'),
        progressDeadlineSeconds: field(int32, 'How long a change may take.', pointer),
      }),
      'What is wanted.',
      { required: true },
    ),
    status: field(
      struct(`${APPS}.DeploymentStatus`, 'DeploymentStatus is the present state.', {
        observedGeneration: field(int64, 'The metadata.generation that it was set for.'),
        replicas: count('How many pods there are.'),
        updatedReplicas: count('How many of them are new.'),
        readyReplicas: count('How many are ready.'),
        availableReplicas: count('How many have been for long enough.'),
        unavailableReplicas: count('How many are missing.'),
        terminatingReplicas: field(int32, 'How many are on their way out.', pointer),
        conditions: field(
          listOf(
            struct(`${APPS}.DeploymentCondition`, 'DeploymentCondition is one aspect of the state.', {
              ...condition,
              lastUpdateTime: field(time, 'When it was last looked at.', { empty: 'always' }),
            }),
            byType,
          ),
          'Aspects of the state.',
        ),
        collisionCount: field(int32, 'How often a name was taken.', pointer),
      }),
      'The present state.',
    ),
  },
);

export const replicaSet = kind(
  `${APPS}.ReplicaSet`,
  'ReplicaSet is a number of equal pods. It is kept, and nothing makes pods of it here.',
  {
    spec: field(
      struct(`${APPS}.ReplicaSetSpec`, 'ReplicaSetSpec is what is wanted.', {
        replicas: field(int32, 'How many.', pointer),
        minReadySeconds: count('How long a pod must be well to count.'),
        selector: field(labelSelector, 'Which pods are its own. It cannot be changed.', {
          empty: 'pointer',
          required: true,
        }),
        template: field(podTemplateSpec, 'What they are made from.'),
      }),
      'What is wanted.',
      { required: true },
    ),
    status: field(
      struct(`${APPS}.ReplicaSetStatus`, 'ReplicaSetStatus is the present state.', {
        replicas: field(int32, 'How many pods there are.', needed),
        fullyLabeledReplicas: count('How many have the labels of the template.'),
        readyReplicas: count('How many are ready.'),
        availableReplicas: count('How many have been for long enough.'),
        terminatingReplicas: field(int32, 'How many are on their way out.', pointer),
        observedGeneration: field(int64, 'The metadata.generation that it was set for.'),
        conditions: field(
          listOf(
            struct(`${APPS}.ReplicaSetCondition`, 'ReplicaSetCondition is one aspect of the state.', condition),
            byType,
          ),
          'Aspects of the state.',
        ),
      }),
      'The present state.',
    ),
  },
);

const servicePort = struct(`${CORE}.ServicePort`, 'ServicePort is a port of a service.', {
  name: field(string, 'Its name.'),
  protocol: field(string, 'TCP, UDP or SCTP.', { default: 'TCP' }),
  appProtocol: field(string, 'What is spoken there.', pointer),
  port: field(int32, 'The port.', needed),
  targetPort: field(intOrString, 'The port of the pods.'),
  nodePort: field(int32, 'The port of the nodes.'),
});

export const service = kind(`${CORE}.Service`, 'Service is a name for pods. It is kept, and leads nowhere here.', {
  spec: field(
    struct(`${CORE}.ServiceSpec`, 'ServiceSpec is what is wanted.', {
      ports: field(
        listOf(servicePort, { listType: 'map', keys: ['port', 'protocol'], patchKey: 'port', patchMerge: true }),
        'The ports.',
      ),
      selector: field(mapOf(string, { atomic: true }), 'Which pods are behind it.'),
      clusterIP: field(string, 'Its address; there are none here but None.'),
      type: field(string, 'ClusterIP, NodePort, LoadBalancer or ExternalName.'),
      externalName: field(string, 'The name that it stands for.'),
      sessionAffinity: field(string, 'Whether clients stay with a pod: ClientIP or None.'),
      publishNotReadyAddresses: field(bool, 'Whether pods count that are not ready.'),
      internalTrafficPolicy: field(string, 'Which pods traffic goes to: Cluster or Local.', pointer),
    }),
    'What is wanted.',
  ),
  status: field(
    struct(`${CORE}.ServiceStatus`, 'ServiceStatus is the present state.', {
      loadBalancer: field(
        struct(`${CORE}.LoadBalancerStatus`, 'LoadBalancerStatus is the load balancer; there is none here.', {}),
        'The load balancer.',
      ),
    }),
    'The present state.',
  ),
});
