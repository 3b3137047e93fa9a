import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryHttp } from './support/exchange.ts';
import { TestServer } from './support/in-memory.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pods = '/api/v1/namespaces/default/pods';
let http: MemoryHttp;

async function ask(method: string, url: string, body?: object, type = 'application/json') {
  const headers = { 'content-type': type };
  const exchange = await http.ask({ method, url, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const answer = JSON.parse(Buffer.concat(exchange.chunks).toString());
  return { code: exchange.code, warning: String(exchange.sent['Warning'] ?? ''), body: answer };
}

const containers = [{ name: 'a', image: 'nginx', ports: [{ containerPort: 80 }] }];
const deployment = (spec: object = {}) => ({
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
    ...spec,
  },
});

beforeEach(async () => {
  http = new MemoryHttp(await new TestServer().start());
});

describe('a Deployment', () => {
  it('is kept, filled in as every cluster does, and its author is told that nobody acts on it', async () => {
    const made = await ask('POST', deployments, deployment());
    expect(made.code).toBe(201);
    expect(made.warning).toContain('nothing runs pods here');
    expect(made.body.metadata.generation).toBe(1);
    const { template, ...spec } = made.body.spec;
    expect(spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    });
    expect(template.spec.containers[0]).toMatchObject({
      imagePullPolicy: 'Always',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    });
  });

  it('counts the changes of what is wanted, not those of its status', async () => {
    await ask('POST', deployments, deployment());
    const merge = 'application/merge-patch+json';
    expect((await ask('PATCH', `${deployments}/d`, { spec: { replicas: 3 } }, merge)).body.metadata.generation).toBe(2);
    const told = await ask('PATCH', `${deployments}/d/status`, { status: { readyReplicas: 3 } }, merge);
    expect(told.body.metadata.generation).toBe(2);
    expect(told.body.status.readyReplicas).toBe(3);
    expect(told.warning).toBe('');
  });

  it('is refused when its selector selects other pods, or changes', async () => {
    const other = await ask('POST', deployments, deployment({ selector: { matchLabels: { app: 'y' } } }));
    expect(other.body.message).toBe(
      'Deployment.apps "d" is invalid: spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    );
    await ask('POST', deployments, deployment());
    const changed = deployment({
      selector: { matchLabels: { app: 'z' } },
      template: { metadata: { labels: { app: 'z' } }, spec: { containers } },
    });
    const refused = await ask('PUT', `${deployments}/d`, changed);
    expect(refused.code).toBe(422);
    expect(refused.body.message).toContain('field is immutable');
  });
});

describe('the scale of a Deployment', () => {
  it('shows how many there are and which, and sets how many are wanted', async () => {
    await ask('POST', deployments, deployment());
    const scale = await ask('GET', `${deployments}/d/scale`);
    expect(scale.body).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=x' },
    });
    const merge = 'application/merge-patch+json';
    const scaled = await ask('PATCH', `${deployments}/d/scale`, { spec: { replicas: 4 } }, merge);
    expect(scaled.body.spec.replicas).toBe(4);
    const { metadata, spec } = (await ask('GET', `${deployments}/d`)).body;
    expect([metadata.generation, spec.replicas]).toEqual([2, 4]);
    expect((await ask('PATCH', `${deployments}/d/scale`, { spec: { replicas: -1 } }, merge)).code).toBe(422);
  });

  it('can be applied, and its manager owns the number', async () => {
    await ask('POST', deployments, deployment());
    const config = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas: 7 } };
    const url = `${deployments}/d/scale?fieldManager=scaler&force=true`;
    const applied = await ask('PATCH', url, config, 'application/apply-patch+yaml');
    expect(applied.body.spec).toEqual({ replicas: 7 });
    const { metadata } = (await ask('GET', `${deployments}/d`)).body;
    const owned = metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'scaler');
    expect(owned).toMatchObject({ subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
  });
});

describe('a Pod', () => {
  it('waits for ever, and only its images can be changed', async () => {
    const made = await ask('POST', pods, { metadata: { name: 'p' }, spec: { containers } });
    expect(made.body.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    const strategic = 'application/strategic-merge-patch+json';
    const image = { spec: { containers: [{ name: 'a', image: 'other' }] } };
    const patched = await ask('PATCH', `${pods}/p`, image, strategic);
    expect(patched.body.spec.containers).toMatchObject([{ name: 'a', image: 'other', ports: [{ containerPort: 80 }] }]);
    const renamed = await ask('PATCH', `${pods}/p`, { spec: { hostname: 'h' } }, strategic);
    expect(renamed.body.message).toContain('pod updates may not change fields other than');
  });
});

it('kinds of which there is nothing are listed, and not made', async () => {
  const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
  expect((await ask('GET', ingresses)).body).toMatchObject({ kind: 'IngressList', items: [] });
  expect((await ask('POST', ingresses, { metadata: { name: 'i' } })).code).toBe(405);
});
