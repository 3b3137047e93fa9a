import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, until } from '../support/spawned.ts';
import {
  hasKubectl,
  NO_KUBECTL,
  newPlace,
  npmStart,
  orrery,
  programsOf,
  project,
  type World,
} from '../support/world.ts';

/** The README's commands, typed in its order with the real kubectl. Each test goes on where the last one ended. */
const rack = path.join(project, 'manifests/racks/small.yaml');
const VMS = 1280;
const OBJECTS = fs.readFileSync(rack, 'utf8').match(/^kind: /gm)!.length;

describe('the README, typed', () => {
  const place = newPlace();
  let world: World;

  beforeEach(({ skip }) => {
    if (!hasKubectl) skip(NO_KUBECTL);
  });
  beforeAll(async () => {
    if (!hasKubectl) return;
    world = await npmStart(place);
  }, 60_000);
  afterAll(async () => {
    await world?.interrupt();
    place.remove();
  }, 30_000);

  const kubectl = async (...args: string[]) => {
    const { exitCode, out, err } = await world.kubectl(...args);
    expect(err.replace(/^WARNING: version difference.*\n/m, '')).toBe('');
    expect(exitCode).toBe(0);
    return out;
  };
  const phases = async () => {
    const counts: Record<string, number> = {};
    const out = await kubectl('get', 'vm', '-o', 'jsonpath={range .items[*]}{.status.phase}{"\\n"}{end}');
    for (const phase of out.split('\n').filter(Boolean)) counts[phase] = (counts[phase] ?? 0) + 1;
    return counts;
  };

  it('npm start prints the next commands, with absolute paths', () => {
    expect(world.out()).toContain(`export KUBECONFIG='${world.kubeconfig}'`);
    expect(path.isAbsolute(world.kubeconfig)).toBe(true);
    expect(world.out()).toContain(`kubectl apply -f ${rack}`);
    expect(fs.statSync(world.kubeconfig).mode & 0o777).toBe(0o600);
    expect(fs.statSync(place.data).mode & 0o777).toBe(0o700);
  });

  it('kubectl apply -f a rack creates every object', { timeout: 240_000 }, async () => {
    const out = await kubectl('apply', '-f', rack);
    expect(out.match(/ created$/gm)).toHaveLength(OBJECTS);
  });

  it('every VM ends Running', { timeout: 60_000 }, async () => {
    await until(async () => (await phases())['Running'] === VMS);
    expect(await phases()).toEqual({ Running: VMS });
    await kubectl('wait', 'vm/vm-0001', 'vm/vm-1280', 'host/rack-h01', '--for=condition=Ready', '--timeout=30s');
  });

  it('kubectl get orrery, describe and explain show what a person looks for', async () => {
    const all = await kubectl('get', 'orrery');
    expect(all).toMatch(/^host\.orrery\.dev\/rack-h01 .*On/m);
    expect(all).toMatch(/^virtualmachine\.orrery\.dev\/vm-0001 +Running +rack-h/m);
    const described = await kubectl('describe', 'vm', 'vm-0001');
    expect(described).toMatch(/VMPlaced/);
    expect(described).toMatch(/VMPoweredOn/);
    const explained = await kubectl('explain', 'vm.spec.cpu.shares');
    expect(explained).toMatch(/FIELD: shares/);
    expect(explained).toMatch(/Low/);
  });

  it('kubectl patch switches a VM off, which is healthy, and on again', async () => {
    await kubectl('patch', 'vm', 'vm-0001', '--type', 'merge', '-p', '{"spec":{"power":"Off"}}');
    await kubectl('wait', 'vm/vm-0001', '--for=jsonpath={.status.phase}=Off', '--timeout=20s');
    await kubectl('wait', 'vm/vm-0001', '--for=condition=Ready', '--timeout=20s');
    await kubectl('patch', 'vm', 'vm-0001', '--type', 'merge', '-p', '{"spec":{"power":"On"}}');
    await kubectl('wait', 'vm/vm-0001', '--for=jsonpath={.status.phase}=Running', '--timeout=20s');
    expect(await kubectl('get', 'vm', 'vm-0001')).toMatch(/Running/);
  });

  it('kubectl delete removes a VM', async () => {
    expect(await kubectl('delete', 'vm', 'vm-0002', '--timeout=20s')).toContain('deleted');
    expect((await world.kubectl('get', 'vm', 'vm-0002')).err).toContain('not found');
  });

  it('kubectl apply of what is there says unchanged', { timeout: 60_000 }, async () => {
    const file = path.join(place.home, 'again.yaml');
    const documents = fs.readFileSync(rack, 'utf8').split('---\n').slice(1);
    const some = documents.filter((text) => !/vm-\d/.test(text) || /vm-000[3-9]|vm-00[1-4]\d/.test(text));
    fs.writeFileSync(file, some.join('---\n'));
    const out = await kubectl('apply', '-f', file);
    expect(out.match(/ unchanged$/gm)).toHaveLength(some.length);
    expect((await world.kubectl('diff', '-f', file)).exitCode).toBe(0);
  });

  it('a mistake is refused with its field', async () => {
    const file = path.join(place.home, 'wrong.yaml');
    const wrong =
      'apiVersion: orrery.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: wrong}\nspec: {cpu: {count: 0}}\n';
    fs.writeFileSync(file, wrong);
    const { exitCode, err } = await world.kubectl('apply', '-f', file);
    expect(exitCode).toBe(1);
    expect(err).toContain('spec.cpu.count');
  });

  it('ctrl-C stops everything, and npm start resumes it: nothing was restarted', { timeout: 60_000 }, async () => {
    const restarts = () =>
      kubectl(
        'get',
        'vm',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name} {.status.restarts} {.status.host}{"\\n"}{end}',
      );
    const before = await restarts();
    const programs = Object.values(programsOf(place));
    expect(programs).toHaveLength(4);
    expect(await world.interrupt()).toBe(0);
    expect(world.err()).not.toContain('npm error');
    expect(programs.filter(isAlive)).toEqual([]);
    world = await npmStart(place);
    await until(async () => (await phases())['Running'] === VMS - 1);
    expect(await restarts()).toBe(before);
  });

  it('orrery uninstall leaves no object and no kind, and says which controllers run', { timeout: 60_000 }, async () => {
    const removed = await orrery(place, 'uninstall', '--kubeconfig', world.kubeconfig, '--yes', '-o', 'json');
    expect(removed.exitCode).toBe(1);
    expect(removed.err).toContain('controllers still run');
    expect(JSON.parse(removed.out)).toMatchObject({
      objects: { VirtualMachine: VMS - 1, Host: 10 },
      definitions: 14,
      held: [],
      running: [expect.stringContaining('orrery-up')],
    });
    expect((await world.kubectl('get', 'crd', '-o', 'name')).out).toBe('');
  });
});
