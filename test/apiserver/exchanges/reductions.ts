/** Parts of documents that both servers have: the real one serves more kinds. */

type Fields = Record<string, unknown>;

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  '': ['configmaps', 'events', 'namespaces', 'resourcequotas', 'secrets', 'serviceaccounts'],
  'admissionregistration.k8s.io': ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
  'coordination.k8s.io': ['leases'],
  'events.k8s.io': ['events'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
};

/** Groups that other topics and other people define come and go: only those of the asking topic are looked at. */
const isCommon = (group: string) => GROUPS[group] !== undefined || group.startsWith('differential-discovery');

const reductions = {
  /** APIGroupList */
  groups(body: Fields): unknown {
    const groups = (body['groups'] as { name: string; versions: { version: string }[] }[])
      .filter(({ name }) => isCommon(name))
      .map((group) =>
        GROUPS[group.name] === undefined
          ? group
          : { ...group, versions: group.versions.filter(({ version }) => version === 'v1') },
      );
    return { ...body, groups: groups.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
  /** APIResourceList of a built-in group. */
  resources(body: Fields): unknown {
    const known = new Set(Object.values(GROUPS).flat());
    const resources = (body['resources'] as { name: string }[]).filter(({ name }) => known.has(name.split('/')[0]!));
    return { ...body, resources };
  },
  /** APIResourceList of a group of definitions, whose order is that of Go's maps. */
  sorted(body: Fields): unknown {
    const resources = body['resources'] as { name: string }[];
    return { ...body, resources: [...resources].sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
  /** APIGroupDiscoveryList */
  discovered(body: Fields): unknown {
    const items = (body['items'] as { metadata: { name?: string }; versions: Fields[] }[]).flatMap((item) => {
      const name = item.metadata.name ?? '';
      if (!isCommon(name)) return [];
      const wanted = GROUPS[name];
      const versions = item.versions
        .filter(({ version }) => wanted === undefined || version === 'v1')
        .map((version) => {
          const resources = version['resources'] as { resource: string }[];
          const kept = wanted === undefined ? resources : resources.filter(({ resource }) => wanted.includes(resource));
          return { ...version, resources: kept };
        });
      return [{ ...item, versions }];
    });
    return { ...body, items: items.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)) };
  },
  /** The index of OpenAPI v3: which documents there are. */
  index(body: Fields): unknown {
    const paths = Object.keys(body['paths'] as Fields).filter((path) => {
      const [, group = '', version = ''] = path.split('/');
      return path === 'api/v1' || path === 'version' || (isCommon(group) && ['', 'v1', 'v2'].includes(version));
    });
    return { paths: paths.sort() };
  },
  /** The parts of an OpenAPI document that are about the asking topic's kinds. */
  custom(body: Fields): unknown {
    const own = (name: string) => /differential-discovery/.test(name);
    const paths = Object.entries((body['paths'] ?? {}) as Fields).filter(([path]) => own(path));
    const components = (body['components'] ?? {}) as { schemas?: Fields };
    const models = Object.entries(components.schemas ?? (body['definitions'] as Fields) ?? {});
    const schemas = models.filter(([name]) => name.split('.').some(own));
    const { parameters, ...rest } = body;
    return {
      ...rest,
      info: '',
      components: '',
      definitions: '',
      paths: written(Object.fromEntries(paths), (parameters ?? {}) as Fields),
      schemas: Object.fromEntries(schemas),
    };
  },
  /** The names of what a list holds. */
  names(body: Fields): unknown {
    const items = (body['items'] ?? []) as { metadata: { name: string; namespace?: string } }[];
    return { ...body, items: items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`) };
  },
  /** The headings of a table alone. */
  columns: (body: Fields): unknown => ({ ...body, rows: '' }),
  /** Whether anything came at all. */
  nothing: (): unknown => '',
};

/** With the parameters in their places, which a v2 document may keep apart. */
function written(value: unknown, parameters: Fields): unknown {
  if (Array.isArray(value)) return value.map((item) => written(item, parameters));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: string };
  if (typeof $ref === 'string' && $ref.startsWith('#/parameters/')) return parameters[$ref.slice(13)];
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, written(item, parameters)]));
}

export type Reduction = keyof typeof reductions;

/** The part of a body that counts; bodies that are no such document stay what they are. */
export function reduced(by: Reduction, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return by === 'nothing' ? '' : body;
  if ((body as Fields)['kind'] === 'Status') return body;
  try {
    return reductions[by](body as Fields);
  } catch {
    // It is another kind of document than the step expects.
    return body;
  }
}
