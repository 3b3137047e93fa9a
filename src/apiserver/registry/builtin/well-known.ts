/** The kinds that every Kubernetes server knows, served here or not: messages tell them from kinds that nobody knows. */

const KINDS: Readonly<Record<string, string>> = {
  v1: 'Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
  'admissionregistration.k8s.io/v1':
    'MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  'authentication.k8s.io/v1': 'SelfSubjectReview TokenRequest TokenReview',
  'authorization.k8s.io/v1':
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'autoscaling/v1': 'HorizontalPodAutoscaler Scale',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'batch/v1': 'CronJob Job',
  'certificates.k8s.io/v1': 'CertificateSigningRequest',
  'coordination.k8s.io/v1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event',
  'flowcontrol.apiserver.k8s.io/v1': 'FlowSchema PriorityLevelConfiguration',
  'networking.k8s.io/v1': 'Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR',
  'node.k8s.io/v1': 'RuntimeClass',
  'policy/v1': 'Eviction PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'scheduling.k8s.io/v1': 'PriorityClass',
  'storage.k8s.io/v1': 'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment',
};

/** The name of a kind's type in Go, as messages show it: `v1.Secret`; undefined for kinds that nobody knows. */
export function wellKnownKind(apiVersion: string, kind: string): string | undefined {
  const known = Object.hasOwn(KINDS, apiVersion) ? KINDS[apiVersion]!.split(' ') : [];
  if (!known.includes(kind) && !known.includes(kind.replace(/List$/, ''))) return undefined;
  return `${apiVersion.slice(apiVersion.indexOf('/') + 1)}.${kind}`;
}

/** The name of a kind's type inside the real server: `core.ConfigMap`. */
export function internalName(group: string, kind: string): string {
  const name = group === '' || group === 'events.k8s.io' ? 'core' : group.split('.')[0]!;
  return `${name}.${kind}`;
}
