import { absentKinds } from './absent.ts';
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from './admission-policies.ts';
import { configMaps, secrets, serviceAccounts } from './configuration.ts';
import type { Builtin } from './definition.ts';
import { customResourceDefinitions } from './definitions.ts';
import { coreEvents, events } from './events.ts';
import { leases } from './leases.ts';
import { namespaces } from './namespaces.ts';
import { resourceQuotas } from './resource-quotas.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './roles.ts';
import { deployments, pods, podTemplates, replicaSets, services } from './workloads.ts';

/** Every kind that is served without a definition. */
export const builtinKinds: readonly Builtin[] = [
  namespaces,
  configMaps,
  secrets,
  serviceAccounts,
  resourceQuotas,
  coreEvents,
  events,
  leases,
  roles,
  clusterRoles,
  roleBindings,
  clusterRoleBindings,
  customResourceDefinitions,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  podTemplates,
  pods,
  services,
  deployments,
  replicaSets,
  ...absentKinds,
];
