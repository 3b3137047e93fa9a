import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/base/system.ts';
import { HttpClient } from '../../src/client/http.ts';
import { loadAccess } from '../../src/client/kubeconfig.ts';
import { type Spawned, spawned } from '../support/spawned.ts';
import { newPlace, orrery, project } from '../support/world.ts';

/** The programs each by itself, and what they say when something that they need is not as it should be. */
const place = newPlace();
const main = ['--disable-warning=ExperimentalWarning', path.join(project, 'src/main.ts')];
const inFolder = (name: string) => path.join(place.home, name);

function start(...args: string[]): Spawned {
  return spawned(process.execPath, [...main, ...args], { cwd: place.home, env: place.env });
}

async function ends(...args: string[]) {
  const { exitCode, err } = await orrery(place, ...args);
  return { exitCode, lines: err.trim().split('\n') };
}

async function json(program: Spawned) {
  return JSON.parse((await program.seen(/^\{"(?:url|summary)".*\}$/m))[0]!) as Record<string, string>;
}

describe('the programs alone', () => {
  let apiserver: Spawned;
  let kubeconfig: string;

  beforeAll(async () => {
    apiserver = start('apiserver', '--data-dir', place.data, '--port', '0', '-o', 'json', '--token-file', 'token');
    ({ kubeconfig } = (await json(apiserver)) as { kubeconfig: string });
  });
  afterAll(async () => {
    apiserver.process.kill('SIGTERM');
    expect(await apiserver.ended).toBe(0);
    place.remove();
  });

  it('the API server takes its token from where it is told, relative to the caller', () => {
    const token = fs.readFileSync(inFolder('token'), 'utf8').trim();
    expect(token.length).toBeGreaterThan(30);
    expect(fs.statSync(inFolder('token')).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(kubeconfig, 'utf8')).toContain(token);
  });

  it('the API server takes another token while it runs, and the old one no longer', async () => {
    const before = fs.readFileSync(kubeconfig, 'utf8');
    fs.writeFileSync(inFolder('old'), before);
    const access = await loadAccess({ file: inFolder('old'), env: {} });
    const client = new HttpClient({ access, clock: systemClock, random: systemRandom(), version: 'test' });
    const review = { type: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } };
    const { exitCode, err } = await orrery(
      place,
      ...['apiserver', '--rotate-token', '--data-dir', place.data, '--token-file', inFolder('token')],
    );
    expect([exitCode, err]).toEqual([
      0,
      `there is a new token in ${kubeconfig}; the running API server takes no other\n`,
    ]);
    await expect(client.list(review.type as never)).rejects.toMatchObject({ code: 401 });
    // What it reads from is renewed: it goes on by itself.
    fs.writeFileSync(inFolder('old'), fs.readFileSync(kubeconfig, 'utf8'));
    expect((await client.list(review.type as never)).items.length).toBeGreaterThan(0);
    expect(fs.readFileSync(kubeconfig, 'utf8')).not.toBe(before);
    await client.close();
  });

  it('refuse a second API server on the same data directory', async () => {
    const { exitCode, lines } = await ends('apiserver', '--data-dir', place.data);
    expect(lines).toEqual([
      expect.stringContaining(`another orrery (orrery apiserver, process ${apiserver.pid}, since`),
    ]);
    expect(exitCode).toBe(1);
  });

  it('controllers and datacenter say that the kinds are missing, and how to apply them', async () => {
    const all = await Promise.all(
      ['controllers', 'datacenter'].map((program) => ends(program, '--kubeconfig', kubeconfig, '--data-dir', program)),
    );
    for (const { exitCode, lines } of all) {
      expect(lines.at(-1)).toMatch(
        /^orrery: the API server https:.* does not serve the kinds of orrery\.dev\/v1alpha1 \(apply the definitions first: orrery crds \| kubectl apply -f -\)$/,
      );
      expect(exitCode).toBe(1);
    }
  });

  it.each([
    ['a kubeconfig that is not there', 'nowhere', undefined, 'cannot use the kubeconfig'],
    ['a kubeconfig that is none', 'broken', 'a: b: c', 'cannot use the kubeconfig'],
  ])('say in one line what is wrong with %s', async (_, name, text, message) => {
    if (text !== undefined) fs.writeFileSync(inFolder(name), text);
    const { exitCode, lines } = await ends('controllers', '--kubeconfig', inFolder(name));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`orrery: ${message} ${inFolder(name)}: `);
    expect(exitCode).toBe(1);
  });

  it('controllers say that the token file cannot be read', async () => {
    const { exitCode, lines } = await ends(
      'controllers',
      '--kubeconfig',
      kubeconfig,
      '--backend-token-file',
      '/nowhere',
    );
    expect(lines).toEqual([expect.stringContaining('orrery: cannot read /nowhere: ')]);
    expect(exitCode).toBe(1);
  });

  it('say that the API server cannot be reached', async () => {
    const text = fs.readFileSync(kubeconfig, 'utf8').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    fs.writeFileSync(inFolder('unreachable'), text);
    const { exitCode, lines } = await ends('controllers', '--kubeconfig', inFolder('unreachable'));
    expect(lines).toEqual([
      expect.stringMatching(/cannot reach the API server https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/),
    ]);
    expect(exitCode).toBe(1);
  });

  it('say that the API server refused the token', async () => {
    const config = JSON.parse(fs.readFileSync(kubeconfig, 'utf8'));
    config.users[0].user.token = 'wrong';
    fs.writeFileSync(inFolder('stranger'), JSON.stringify(config));
    const { exitCode, lines } = await ends(
      'datacenter',
      '--kubeconfig',
      inFolder('stranger'),
      '--data-dir',
      'strange-data',
    );
    expect(lines).toEqual([expect.stringContaining(`refused the credentials of ${inFolder('stranger')}`)]);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['controllers --only placment', '--only: there is no controller "placment"; did you mean placement?'],
    ['controllers --backend localhost', '--backend: "localhost" is not a URL such as http://127.0.0.1:16444'],
    ['datacenter --listen 1.2.3.4:99999', '--listen: 99999 is not a port (0 to 65535)'],
    ['datacenter --listen a:b', '--listen: "a:b" is not an address such as 127.0.0.1:16444'],
  ])('%s is refused', async (args, message) => {
    const { exitCode, lines } = await ends(...args.split(' '), '--kubeconfig', kubeconfig);
    expect(lines).toEqual([expect.stringContaining(`orrery: ${message}`)]);
    expect(exitCode).toBe(2);
  });
});

describe('controllers and datacenter by hand', () => {
  const own = newPlace();
  let apiserver: Spawned;
  let kubeconfig: string;

  beforeAll(async () => {
    const { env } = own;
    const args = [...main, 'apiserver', '--install-kinds', '--data-dir', own.data, '--port', '0', '-o', 'json'];
    apiserver = spawned(process.execPath, args, { cwd: own.home, env });
    ({ kubeconfig } = (await json(apiserver)) as { kubeconfig: string });
  });
  afterAll(async () => {
    apiserver.process.kill('SIGTERM');
    await apiserver.ended;
    own.remove();
  });

  const beside = (program: string, ...args: string[]) =>
    spawned(process.execPath, [...main, program, '--kubeconfig', kubeconfig, ...args], { cwd: own.home, env: own.env });

  it('find each other through the data directory, whichever comes first', async () => {
    const controllers = beside('controllers', '--data-dir', 'shared', '-o', 'json');
    await controllers.seen('waiting for a datacenter');
    const datacenter = beside('datacenter', '--data-dir', 'shared', '--listen', '127.0.0.1:0', '-o', 'json');
    const { url } = await json(datacenter);
    await json(controllers);
    expect(fs.readFileSync(path.join(own.home, 'shared/datacenter.url'), 'utf8')).toBe(`${url}\n`);
    fs.writeFileSync(path.join(own.home, 'wrong'), 'wrong');
    const stranger = beside('controllers', '--backend', url!, '--backend-token-file', 'wrong');
    expect(await stranger.ended).toBe(1);
    expect(stranger.err().trim().split('\n').at(-1)).toContain(`the datacenter at ${url} refused the token`);
    for (const program of [controllers, datacenter]) program.process.kill('SIGINT');
    expect(await Promise.all([controllers.ended, datacenter.ended])).toEqual([0, 0]);
  });

  it('controllers start without the datacenter that they are told of, and say what to start', async () => {
    fs.writeFileSync(path.join(own.home, 'token'), 'x');
    const controllers = beside(
      'controllers',
      '--backend',
      'http://127.0.0.1:1',
      '--backend-token-file',
      'token',
      '-o',
      'json',
    );
    await controllers.seen('the datacenter does not answer: start it with orrery datacenter');
    await json(controllers);
    controllers.process.kill('SIGTERM');
    expect(await controllers.ended).toBe(0);
  });
});
