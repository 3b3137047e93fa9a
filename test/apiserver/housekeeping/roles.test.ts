import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { TestServer } from '../support/in-memory.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const json = { 'content-type': 'application/json' };
let server: TestServer;
let http: MemoryHttp;

const asked = async (method: string, url: string, body?: object, as?: string) => {
  const type = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : json;
  const headers = { ...type, ...(as !== undefined && { 'impersonate-user': as }) };
  const exchange = await http.ask({ method, url, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { code: exchange.code, body: JSON.parse(Buffer.concat(exchange.chunks).toString()) };
};
const rulesOf = async (role: string): Promise<unknown[]> =>
  (await asked('GET', `${RBAC}/clusterroles/${role}`)).body.rules;

beforeEach(async () => {
  server = await new TestServer({ rootCa: '', roles: true }).start();
  http = new MemoryHttp(server);
});

describe('the roles that every cluster has', () => {
  it('are there from the beginning, with what they gather', async () => {
    const secrets = (rule: { resources?: string[] }) => rule.resources?.includes('secrets') === true;
    expect((await rulesOf('view')).some((rule) => secrets(rule as object))).toBe(false);
    expect((await rulesOf('edit')).some((rule) => secrets(rule as object))).toBe(true);
    const [view, edit, admin] = await Promise.all(['view', 'edit', 'admin'].map(rulesOf));
    expect(edit).toEqual(expect.arrayContaining(view!));
    expect(admin).toEqual(expect.arrayContaining(edit!));
  });

  it('let a user look who was bound to view, and not write', async () => {
    await asked('POST', `${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name: 'v' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'ann' }],
    });
    const maps = '/api/v1/namespaces/default/configmaps';
    expect((await asked('GET', maps, undefined, 'ann')).code).toBe(200);
    expect((await asked('POST', maps, { metadata: { name: 'x' } }, 'ann')).code).toBe(403);
  });

  it('take up the rules of roles with their labels, and lose them again', async () => {
    const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['foos'] }];
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    await asked('POST', `${RBAC}/clusterroles`, { metadata: { name: 'foo-viewer', labels }, rules });
    await server.advance(10);
    expect(await rulesOf('admin')).toContainEqual(rules[0]);
    await asked('DELETE', `${RBAC}/clusterroles/foo-viewer`);
    await server.advance(10);
    for (const role of ['view', 'edit', 'admin']) expect(await rulesOf(role)).not.toContainEqual(rules[0]);
  });

  it('come to rest when two gather from each other', async () => {
    const gathers = (label: string) => ({ clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] });
    const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['foos'] }];
    const made = (name: string, label: string) => ({
      metadata: { name, labels: { [name]: 'true' } },
      aggregationRule: gathers(label),
      rules,
    });
    await asked('POST', `${RBAC}/clusterroles`, made('a', 'b'));
    await asked('POST', `${RBAC}/clusterroles`, made('b', 'a'));
    for (let i = 0; i < 20; i++) await server.advance(1);
    const { revision } = server.server.store;
    for (let i = 0; i < 20; i++) await server.advance(1);
    expect(server.server.store.revision).toBe(revision);
    expect(await rulesOf('a')).toEqual(await rulesOf('b'));
  });
});

describe('who makes roles', () => {
  it('cannot have a role of more gathered by others, nor stop one from gathering', async () => {
    const rules = [{ verbs: ['get', 'patch'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] }];
    await asked('POST', `${RBAC}/clusterroles`, { metadata: { name: 'patcher' }, rules });
    await asked('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'patcher' },
      roleRef: { kind: 'ClusterRole', name: 'patcher' },
      subjects: [{ kind: 'User', name: 'eve' }],
    });
    const patched = (role: string, patch: object) => asked('PATCH', `${RBAC}/clusterroles/${role}`, patch, 'eve');
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    expect((await patched('cluster-admin', { metadata: { labels } })).code).toBe(403);
    expect((await patched('patcher', { metadata: { labels } })).code).toBe(200);
    expect((await patched('admin', { aggregationRule: null })).body.message).toContain('cluster-admin privileges');
    expect((await patched('cluster-admin', { metadata: { finalizers: ['example.com/f'] } })).code).toBe(200);
  });

  it('cannot give away what they do not have', async () => {
    const resources = ['roles', 'rolebindings'];
    const rules = [{ verbs: ['create'], apiGroups: ['rbac.authorization.k8s.io'], resources }];
    await asked('POST', `${RBAC}/clusterroles`, { metadata: { name: 'maker' }, rules });
    await asked('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'maker' },
      roleRef: { kind: 'ClusterRole', name: 'maker' },
      subjects: [{ kind: 'User', name: 'eve' }],
    });
    const more = { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'] };
    const refused = await asked(
      'POST',
      `${RBAC}/namespaces/default/roles`,
      { metadata: { name: 'r' }, rules: [more] },
      'eve',
    );
    expect(refused.code).toBe(403);
    expect(refused.body.message).toBe(
      'roles.rbac.authorization.k8s.io "r" is forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    );
    const binding = { metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [] };
    expect((await asked('POST', `${RBAC}/namespaces/default/rolebindings`, binding, 'eve')).code).toBe(403);
    const own = { metadata: { name: 'r' }, rules };
    expect((await asked('POST', `${RBAC}/namespaces/default/roles`, own, 'eve')).code).toBe(201);
  });

  it('are told at once that a rule stands for more than can be checked', async () => {
    await asked('POST', `${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name: 'admins' },
      roleRef: { kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', name: 'eve' }],
    });
    const many = Array.from({ length: 1000 }, (_, index) => `x${index}`);
    const rules = [{ verbs: many, apiGroups: many, resources: many }];
    const role = { metadata: { name: 'r' }, rules };
    const { code, body } = await asked('POST', `${RBAC}/namespaces/default/roles`, role, 'eve');
    expect([code, body.message]).toEqual([
      403,
      expect.stringContaining('1000000000 combinations of verb and resource'),
    ]);
  });
});
