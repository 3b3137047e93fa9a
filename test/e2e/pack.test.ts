import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualMachines } from '../../src/api/resources.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { systemClock, systemRandom } from '../../src/base/system.ts';
import { HttpClient } from '../../src/client/http.ts';
import { loadAccess } from '../../src/client/kubeconfig.ts';
import { type Spawned, spawned, until } from '../support/spawned.ts';
import { newPlace, project, run, smallWorld } from '../support/world.ts';

const VMS = 8;
/** What npm says when there is no registry to be reached and the cache does not have everything. */
const offline = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|ECONNRESET|network/;

/** `npm pack`, installed in another folder, run there as `npx orrery up`. */
describe('the package', () => {
  const place = newPlace();
  const folder = path.join(place.home, 'somebody else');
  let files: string[] = [];
  let unreachable: string | undefined;
  let up: Spawned | undefined;

  beforeAll(async () => {
    // From a copy: packing writes into the folder, and others work in this one.
    const copy = path.join(place.home, 'checkout');
    const leaveOut = new Set(['node_modules', '.git', 'test', 'bench', 'dist', '.orrery']);
    fs.cpSync(project, copy, { recursive: true, filter: (from) => !leaveOut.has(path.relative(project, from)) });
    fs.symlinkSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
    const env = { ...place.env, HOME: process.env['HOME'] ?? place.home }; // for npm's cache
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', place.home], { cwd: copy, env });
    const [{ filename, files: inside }] = JSON.parse(packed.toString()) as [
      { filename: string; files: { path: string }[] },
    ];
    files = inside.map((file) => file.path);
    expect(fs.existsSync(path.join(copy, 'dist'))).toBe(false);
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder];
    const { exitCode, err } = await run('npm', [...install, path.join(place.home, filename)], env);
    if (exitCode !== 0 && offline.test(err)) unreachable = `npm cannot reach a registry: ${err.split('\n')[0]}`;
    else if (exitCode !== 0) throw new Error(err);
  }, 180_000);
  afterAll(async () => {
    if (up !== undefined) process.kill(-up.pid, 'SIGINT');
    await up?.ended;
    place.remove();
  }, 30_000);

  const orrery = (args: string[], input = '') =>
    run(path.join(folder, 'node_modules/.bin/orrery'), args, { ...place.env, PATH: process.env['PATH'] }, input);

  it('holds plain JavaScript, definitions and manifests, and nothing for development', () => {
    expect(files).toContain('dist/src/main.js');
    expect(files).toContain('src/bootstrap.mjs');
    expect(files).toContain('crds/orrery.dev_hosts.yaml');
    expect(files).toContain('manifests/racks/small.yaml');
    expect(files.filter((file) => /\.ts$|^test|^bench|^dist\/test|package-lock/.test(file))).toEqual([]);
  });

  it('runs where it is installed', async ({ skip }) => {
    if (unreachable !== undefined) skip(unreachable);
    expect((await orrery(['--version'])).out).toBe('0.1.0\n');
    const crds = await orrery(['crds', '-o', 'json']);
    expect(JSON.parse(crds.out).items).toHaveLength(14);
  });

  it('npx orrery up starts a world in the folder it is called from, and VMs run', { timeout: 60_000 }, async ({
    skip,
  }) => {
    if (unreachable !== undefined) skip(unreachable);
    up = spawned('npx', ['orrery', 'up', '--port', '0', '-f', '-', '-o', 'json'], {
      cwd: folder,
      env: place.env,
      detached: true,
    });
    up.process.stdin!.end(smallWorld(2, VMS));
    const { kubeconfig } = JSON.parse((await up.seen(/^\{.*\}$/m))[0]!);
    expect(kubeconfig).toBe(path.join(fs.realpathSync(folder), '.orrery/kubeconfig'));
    const access = await loadAccess({ file: kubeconfig, env: {} });
    const client = new HttpClient({ access, clock: systemClock, random: systemRandom(), version: 'test' });
    const phases = async () =>
      (await client.list<VirtualMachine>(virtualMachines, { namespace: 'default' })).items.map(
        ({ status }) => status.phase,
      );
    await until(async () => (await phases()).filter((phase) => phase === 'Running').length === VMS);
    expect(await phases()).toEqual(Array(VMS).fill('Running'));
    await client.close();
  });
});
