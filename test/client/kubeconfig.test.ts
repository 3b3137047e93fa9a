import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { FileCredentials } from '../../src/client/file-credentials.ts';
import { type KubeconfigPlace, loadAccess } from '../../src/client/kubeconfig.ts';
import { needsPlugin, PluginCredentials } from '../../src/client/plugin-credentials.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-kubeconfig-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
};

const yaml = (user: string, cluster = '', extra = '') => `
apiVersion: v1
kind: Config
current-context: main
contexts:
- name: main
  context: {cluster: c, user: u, namespace: lab}
- name: other
  context: {cluster: c}
clusters:
- name: c
  cluster: {server: "https://127.0.0.1:6443/prefix/"${cluster}}
users:
- name: u
  user: {${user}}
${extra}`;

const load = (user: string, cluster = '') => loadAccess({ file: write('config', yaml(user, cluster)), env: {} });
const credentialsOf = async (user: string, cluster = '') =>
  new FileCredentials(await load(user, cluster), new VirtualClock()).current();
const failure = (place: Partial<KubeconfigPlace>) =>
  loadAccess({ env: {}, ...place }).then(
    () => 'no failure',
    (error: Error) => error.message,
  );

describe('a kubeconfig', () => {
  it('says where the server is, as YAML and as JSON', async () => {
    const access = await load('token: t');
    expect(access).toMatchObject({ namespace: 'lab', cluster: { server: 'https://127.0.0.1:6443/prefix' } });
    const json = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'http://localhost:1' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    };
    const file = write('json', JSON.stringify(json));
    expect(await loadAccess({ file, env: {} })).toMatchObject({ cluster: { server: 'http://localhost:1' } });
  });

  it('is found by flag, KUBECONFIG, home and the pod, in this order', async () => {
    const server = async (place: KubeconfigPlace) => (await loadAccess(place)).cluster.server;
    const named = (name: string) => yaml('token: t').replace('127.0.0.1:6443/prefix/', name);
    const flag = write('flag', named('flag'));
    const listed = write('listed', named('listed'));
    const home = path.join(folder, 'home');
    const pod = path.join(folder, 'pod');
    write('pod/token', 'pod-token\n');
    write('pod/namespace', 'orrery-system');
    write('pod/ca.crt', 'CA');
    const env: Record<string, string> = {
      KUBERNETES_SERVICE_HOST: '::1',
      KUBERNETES_SERVICE_PORT: '443',
    };
    const place = { env, home, serviceAccount: pod };
    expect(await server(place)).toBe('https://[::1]:443');
    write('home/.kube/config', named('home'));
    expect(await server(place)).toBe('https://home');
    env['KUBECONFIG'] = `${path.join(folder, 'missing')}${path.delimiter}${listed}`;
    expect(await server(place)).toBe('https://listed');
    expect(await server({ ...place, file: flag })).toBe('https://flag');
  });

  it('of a pod uses the service account, read again when it is renewed', async () => {
    write('pod/token', 'first\n');
    write('pod/namespace', 'orrery-system\n');
    write('pod/ca.crt', 'CA');
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const access = await loadAccess({ env, serviceAccount: path.join(folder, 'pod') });
    expect(access.namespace).toBe('orrery-system');
    const clock = new VirtualClock();
    const credentials = new FileCredentials(access, clock);
    const first = await credentials.current();
    expect(first).toEqual({ headers: { authorization: 'Bearer first' }, tls: { ca: 'CA' } });
    write('pod/token', 'second');
    expect(await credentials.current()).toBe(first);
    clock.jumpTo(60_000);
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer second' });
    expect((await credentials.current()).tls).toBe(first.tls);
    write('pod/token', 'third');
    credentials.forget();
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer third' });
  });

  it('is read again when the server refuses what it said', async () => {
    const file = write('config', yaml('token: old'));
    const credentials = new FileCredentials(await loadAccess({ file, env: {} }), new VirtualClock());
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer old' });
    write('config', yaml('token: new'));
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer old' });
    credentials.forget();
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer new' });
    write('config', 'half a');
    credentials.forget();
    expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer new' });
  });

  it('merged from several files takes each name from the first that has it', async () => {
    const first = write('first', yaml('token: one'));
    const second = write(
      'second',
      yaml('token: two').replaceAll('main', 'second').replace('user: u,', 'user: v,').replace('name: u', 'name: v'),
    );
    const env = { KUBECONFIG: `${first}${path.delimiter}${second}` };
    expect((await loadAccess({ env })).user.token).toBe('one');
    expect((await loadAccess({ env, context: 'second' })).user.token).toBe('two');
  });

  it('gives every static credential', async () => {
    expect((await credentialsOf('token: t')).headers).toEqual({ authorization: 'Bearer t' });
    expect((await credentialsOf('username: ann, password: pw')).headers).toEqual({
      authorization: `Basic ${Buffer.from('ann:pw').toString('base64')}`,
    });
    write('secrets/token', ' from-file \n');
    expect((await credentialsOf('token: t, tokenFile: secrets/token')).headers).toEqual({
      authorization: 'Bearer from-file',
    });
    expect((await credentialsOf('token: t, as: bob, as-groups: [dev, ops], as-uid: "7"')).headers).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'bob',
      'impersonate-uid': '7',
      'impersonate-group': ['dev', 'ops'],
    });
    write('pki/cert.pem', 'CERT');
    write('pki/key.pem', 'KEY');
    write('pki/ca.pem', 'CA');
    expect(
      (
        await credentialsOf(
          'client-certificate: pki/cert.pem, client-key: pki/key.pem',
          ', certificate-authority: pki/ca.pem',
        )
      ).tls,
    ).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
    const data = (text: string) => Buffer.from(text).toString('base64');
    expect(
      (
        await credentialsOf(
          `client-certificate-data: ${data('C')}, client-key-data: ${data('K')}`,
          ', insecure-skip-tls-verify: true, tls-server-name: api',
        )
      ).tls,
    ).toEqual({ cert: 'C', key: 'K', rejectUnauthorized: false, servername: 'api' });
  });

  it('with new certificates gives another material, else the same', async () => {
    write('cert.pem', 'CERT');
    write('key.pem', 'KEY');
    const access = await load('client-certificate: cert.pem, client-key: key.pem');
    const clock = new VirtualClock();
    const credentials = new FileCredentials(access, clock);
    const { tls } = await credentials.current();
    clock.jumpTo(60_000);
    expect((await credentials.current()).tls).toBe(tls);
    write('cert.pem', 'NEW');
    clock.jumpTo(120_000);
    expect((await credentials.current()).tls).toEqual({ cert: 'NEW', key: 'KEY' });
  });

  it('that is wrong says in one line what is, and where', async () => {
    const missing = path.join(folder, 'missing');
    expect(await failure({ file: missing })).toMatch(/^cannot use the kubeconfig .*missing: ENOENT/);
    expect(await failure({ env: {}, home: folder })).toContain('it does not exist, KUBECONFIG is not set');
    expect(await failure({ file: write('a', 'just text') })).toContain('it is not a kubeconfig');
    expect(await failure({ file: write('b', 'a: [b') })).toContain('cannot use the kubeconfig');
    expect(await failure({ file: write('c', yaml('token: t')), context: 'nowhere' })).toContain(
      'there is no context "nowhere"',
    );
    expect(await failure({ file: write('d', yaml('token: t').replace('user: u,', 'user: x,')) })).toContain(
      'names the user "x", which is missing',
    );
    expect(await failure({ file: write('e', yaml('token: t').replace('cluster: c,', 'cluster: x,')) })).toContain(
      'names the cluster "x", which is missing',
    );
    expect(await failure({ file: write('f', 'kind: Config\n') })).toContain('current-context is not set');
    expect(await failure({ file: write('g', yaml('token: t').replace('https:', 'ftp:')) })).toContain(
      'neither https:// nor http://',
    );
    expect(await failure({ file: write('h', yaml('token: t').replace('server:', 'sever:')) })).toContain(
      'clusters[0].cluster.server is missing',
    );
  });

  it('that needs a plug-in gets client-node’s', async () => {
    const script = write('login.mjs', `console.log(JSON.stringify({ status: { token: 'from-exec' } }))`);
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${process.execPath}, args: [${script}]}, as: bob`;
    const access = await load(user);
    expect(needsPlugin(access)).toBe(true);
    expect(needsPlugin(await load('token: t'))).toBe(false);
    expect(needsPlugin(await load('token: t', ', proxy-url: "http://localhost:3128"'))).toBe(true);
    const credentials = new PluginCredentials(access, new VirtualClock());
    expect((await credentials.current()).headers).toEqual({
      authorization: 'Bearer from-exec',
      'impersonate-user': 'bob',
    });
    write('login.mjs', `console.log(JSON.stringify({ status: { token: 'renewed' } }))`);
    expect((await credentials.current()).headers['authorization']).toBe('Bearer from-exec');
    credentials.forget();
    expect((await credentials.current()).headers['authorization']).toBe('Bearer renewed');
    write('login.mjs', `process.exit(3)`);
    credentials.forget();
    await expect((async () => credentials.current())()).rejects.toBeInstanceOf(Error);
  });
});
