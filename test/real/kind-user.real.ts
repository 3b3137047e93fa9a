import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noRealServer, type RealServer, startRealServer } from '../support/real-server.ts';
import { type Spawned, spawned, until } from '../support/spawned.ts';
import { newPlace, orrery, project, run, smallWorld } from '../support/world.ts';

/**
 * What the README tells someone with a cluster of their own: definitions by kubectl, then the two programs on the
 * laptop, each in a terminal. Each test goes on where the last one ended.
 */
describe('a cluster of your own', () => {
  const place = newPlace();
  const reason = noRealServer();
  let server: RealServer;
  let datacenter: Spawned;
  let controllers: Spawned;

  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });
  beforeAll(async () => {
    if (reason === undefined) server = await startRealServer(path.join(place.home, 'kube'));
  });
  afterAll(async () => {
    for (const program of [controllers, datacenter]) program?.process.kill('SIGTERM');
    await Promise.all([controllers?.ended, datacenter?.ended]);
    await server?.stop();
    place.remove();
  });

  const env = () => ({ ...place.env, KUBECONFIG: server.kubeconfig });
  const kubectl = (...args: string[]) => run('kubectl', args, env());
  /** A terminal in the same folder, in which a command is left running. */
  const terminal = (...args: string[]) =>
    spawned(process.execPath, [path.join(project, 'src/bootstrap.mjs'), ...args, '--log-format', 'text'], {
      cwd: place.home,
      env: env(),
    });
  const phases = async (namespace: string) => {
    const { out } = await kubectl(
      'get',
      'vm',
      '-n',
      namespace,
      '-o',
      'jsonpath={range .items[*]}{.status.phase}{"\\n"}{end}',
    );
    return out.split('\n').filter(Boolean);
  };
  const running = async (namespace: string, count: number) =>
    until(async () => (await phases(namespace)).filter((phase) => phase === 'Running').length === count);

  it('the programs say what is missing before there is anything', async () => {
    const { exitCode, err } = await run(
      process.execPath,
      [path.join(project, 'src/bootstrap.mjs'), 'controllers'],
      env(),
    );
    expect(exitCode).toBe(1);
    expect(err).toContain('orrery crds | kubectl apply -f -');
  });

  it('orrery crds | kubectl apply -f - is taken without a warning', async () => {
    const definitions = await orrery(place, 'crds');
    const applied = await run('kubectl', ['apply', '-f', '-'], env(), definitions.out);
    expect(applied.out.match(/ created$/gm)).toHaveLength(14);
    expect(applied.err.replace(/^WARNING: version difference.*\n/m, '')).toBe('');
  });

  it('with the controllers alone no VM becomes Running', async () => {
    controllers = terminal('controllers');
    await controllers.seen('waiting for a datacenter');
    const file = path.join(place.home, 'lab.json');
    fs.writeFileSync(file, smallWorld(3, 20, 'default'));
    expect((await kubectl('apply', '-f', file)).exitCode).toBe(0);
    expect(await phases('default')).not.toContain('Running');
  });

  it('with the datacenter in another terminal every VM ends Running', async () => {
    datacenter = terminal('datacenter');
    await datacenter.seen('datacenter on http://127.0.0.1:');
    await controllers.seen('controllers: ');
    await running('default', 20);
    expect(new Set(await phases('default'))).toEqual(new Set(['Running']));
  });

  it('the small rack runs there as it does on the embedded server', { timeout: 300_000 }, async () => {
    await kubectl('create', 'namespace', 'rack');
    const rack = path.join(project, 'manifests/racks/small.yaml');
    const applied = await kubectl('apply', '-n', 'rack', '-f', rack);
    expect(applied.exitCode).toBe(0);
    await running('rack', 1280);
    const again = await kubectl(
      'apply',
      '-n',
      'rack',
      '--dry-run=server',
      '-f',
      path.join(project, 'manifests/racks/small.yaml'),
    );
    expect(again.out.match(/ unchanged \(server dry run\)$/gm)?.length).toBe(applied.out.match(/ created$/gm)?.length);
  });

  it('every example is taken', async () => {
    await kubectl('create', 'namespace', 'examples');
    const { exitCode, err } = await kubectl('apply', '-n', 'examples', '-f', path.join(project, 'manifests/examples'));
    expect(err.replace(/^WARNING: version difference.*\n/m, '')).toBe('');
    expect(exitCode).toBe(0);
  });

  it('deleting a namespace ends', { timeout: 120_000 }, async () => {
    const { exitCode } = await kubectl('delete', 'namespace', 'rack', '--timeout=60s');
    expect(exitCode).toBe(0);
  });

  it('with the datacenter stopped no VM becomes Running', { timeout: 90_000 }, async () => {
    datacenter.process.kill('SIGTERM');
    expect(await datacenter.ended).toBe(0);
    await kubectl('patch', 'vm', 'vm-1', '--type', 'merge', '-p', '{"spec":{"power":"Off"}}');
    const late = JSON.parse(smallWorld(0, 1)) as { items: { kind: string; metadata: { name: string } }[] };
    const vm = late.items.find(({ kind }) => kind === 'VirtualMachine')!;
    vm.metadata.name = 'late';
    await run('kubectl', ['apply', '-f', '-'], env(), JSON.stringify(vm));
    await until(async () => (await kubectl('get', 'vm', 'late', '-o', 'jsonpath={.status.conditions}')).out !== '');
    const phase = async () => (await kubectl('get', 'vm', 'late', '-o', 'jsonpath={.status.phase}')).out;
    expect(await phase()).not.toBe('Running');
    datacenter = terminal('datacenter');
    await until(async () => (await phase()) === 'Running');
  });

  it('orrery uninstall removes it all, also what nobody is there to let go of', { timeout: 120_000 }, async () => {
    for (const program of [controllers, datacenter]) program.process.kill('SIGTERM');
    expect(await Promise.all([controllers.ended, datacenter.ended])).toEqual([0, 0]);
    const removed = await orrery(place, 'uninstall', '--kubeconfig', server.kubeconfig, '--yes', '-o', 'json');
    expect(removed.exitCode).toBe(0);
    expect(JSON.parse(removed.out)).toMatchObject({ definitions: 14, held: [] });
    expect((await kubectl('get', 'crd', '-o', 'name')).out).toBe('');
    expect((await kubectl('get', 'lease', '-A', '-o', 'name')).out).not.toContain('orrery');
  });
});
