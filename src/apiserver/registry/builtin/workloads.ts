import { requiredError } from '../../field-error.ts';
import type { Struct } from '../../kinds/type.ts';
import { node, pod, podTemplate, service } from '../../kinds/workloads.ts';
import { nodeColumns, podColumns, podTemplateColumns, serviceColumns } from '../../table/builtin-columns.ts';
import { unsupportedField } from '../field-selector.ts';
import { subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

/** A kind of which there is nothing: it can be listed and watched, and nothing else. */
function absent(
  type: Struct,
  shortName: string,
  options: Pick<Builtin, 'namespaced' | 'categories' | 'columns'>,
): Builtin {
  const singular = type.name.toLowerCase();
  return {
    group: '',
    version: 'v1',
    plural: `${singular}s`,
    singular,
    shortNames: [shortName],
    type,
    nameCheck: subdomainName,
    verbs: ['get', 'list', 'watch'],
    unknownField: unsupportedField,
    ...options,
  };
}

/**
 * What `kubectl cluster-info`, `kubectl get all` and the upstream end-to-end suite list before they do anything else.
 * Empty lists are the truth; creating one is refused with 405.
 */
export const absentKinds: readonly Builtin[] = [
  absent(node, 'no', { namespaced: false, columns: nodeColumns }),
  absent(pod, 'po', { namespaced: true, categories: ['all'], columns: podColumns }),
  absent(service, 'svc', { namespaced: true, categories: ['all'], columns: serviceColumns }),
];

interface Template {
  readonly spec: { readonly containers: readonly object[] | null };
}

/** What a template says when it says nothing: kubernetes, pkg/apis/core/v1/defaults.go. */
const CONTAINER = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const POD = { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' };

export const podTemplates: Builtin = {
  group: '',
  version: 'v1',
  plural: 'podtemplates',
  singular: 'podtemplate',
  type: podTemplate,
  namespaced: true,
  nameCheck: subdomainName,
  columns: podTemplateColumns,
  default(object) {
    const template = object['template'] as Template;
    const containers = (template.spec.containers ?? []).map((container) => ({
      imagePullPolicy: 'Always',
      ...CONTAINER,
      ...container,
    }));
    object['template'] = { ...template, spec: { ...POD, ...template.spec, containers } };
  },
  validate(object) {
    const containers = (object['template'] as Template).spec.containers ?? [];
    return containers.length === 0 ? [requiredError('template.spec.containers')] : [];
  },
};
