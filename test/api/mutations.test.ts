/** 2,000 manifests with one thing wrong in each: every one is carried or refused, and a refusal names what is wrong. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneJson } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { contract, type Manifest } from './contract.ts';
import { EmbeddedJudge } from './judge.ts';
import { unusual } from './mistakes.ts';
import { subject } from './subject.ts';

const SEED = 'mutations';
const COUNT = 2000;

type Container = Record<string, unknown> | unknown[];
interface Place {
  readonly container: Container;
  readonly key: string;
  /** As servers write it: `spec.nics[0].network` */
  readonly path: string;
}

/** Every place below spec where a value stands. */
function places(value: unknown, path: string): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    return [{ container: value as Container, key, path: at }, ...places((value as Container)[key as never], at)];
  });
}

type Mutation = (place: Place, random: Random) => string | undefined;

const get = ({ container, key }: Place) => container[key as never] as unknown;
const set = ({ container, key }: Place, value: unknown) => {
  container[key as never] = value as never;
};

/** Each returns the path at which something is now wrong, or undefined when it does not apply to the place. */
const mutations: Readonly<Record<string, Mutation>> = {
  wrongType: (place, random) => {
    const value = get(place);
    const others = [true, 'text', { a: 1 }, ['a'], 7].filter((other) => typeof other !== typeof value);
    set(place, random.pick(others));
    return place.path;
  },
  unknownField: (place) => {
    const value = get(place);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    set(place, { ...value, reservatoin: 1 });
    return `${place.path}.reservatoin`;
  },
  unit: (place) => {
    const value = get(place);
    if (typeof value === 'string' && /^[0-9.]+[KMGT]i?$/.test(value)) set(place, `${value}B`);
    else if (typeof value === 'number') set(place, `${value}MHz`);
    else return undefined;
    return place.path;
  },
  negative: (place) => {
    const value = get(place);
    if (typeof value === 'number') set(place, -value - 2);
    else if (typeof value === 'string' && /^[0-9.]+[KMGT]i$/.test(value)) set(place, `-${value}`);
    else return undefined;
    return place.path;
  },
  huge: (place) => {
    if (typeof get(place) !== 'number') return undefined;
    set(place, 1e15);
    return place.path;
  },
  misspelled: (place, random) => {
    const value = get(place);
    if (typeof value !== 'string' || value.length < 2) return undefined;
    const at = random.below(value.length - 1);
    set(place, `${value.slice(0, at)}${value[at + 1]}${value[at]}${value.slice(at + 2)}`);
    return place.path;
  },
  removed: (place) => {
    if (Array.isArray(place.container)) return undefined;
    delete place.container[place.key];
    return place.path;
  },
  nothing: (place) => {
    set(place, null);
    return place.path;
  },
  twice: (place) => {
    const value = get(place);
    if (!Array.isArray(value) || value.length === 0) return undefined;
    value.push(cloneJson(value[0]));
    return place.path;
  },
  long: (place) => {
    if (typeof get(place) !== 'string') return undefined;
    set(place, 'a'.repeat(5000));
    return place.path;
  },
};

const sources = [...contract, ...unusual.map(([kind, over]) => subject(kind, over))];

/** One manifest with one thing wrong. */
function mutant(random: Random): { object: Manifest; mutation: string; path: string } {
  for (;;) {
    const object = cloneJson(random.pick(sources));
    const all = places(object.spec, 'spec');
    if (all.length === 0) continue;
    const mutation = random.pick(Object.keys(mutations));
    const path = mutations[mutation]!(random.pick(all), random);
    if (path !== undefined) return { object, mutation, path };
  }
}

/** Whether a refusal leads to the place: it names it, something in it, or what it is directly in. */
function leads(path: string, fields: readonly string[], message: string): boolean {
  const parent = path.replace(/(\.[^.[]+|\[\d+\])$/, '');
  const near = fields.filter((field) => field !== '<nil>' && field !== 'spec');
  return message.includes(path) || near.some((field) => field.startsWith(path) || field === parent);
}

describe('mutated manifests', () => {
  const judge = new EmbeddedJudge();
  beforeAll(() => judge.start());
  afterAll(() => judge.close());

  it(`are carried or refused, and at least 95 % of refusals name the place (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const counts = new Map<string, { carried: number; refused: number; named: number }>();
    const lost: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      const { object, mutation, path } = mutant(random.split(String(i)));
      const { code, message, fields } = await judge.create(object);
      const count = counts.get(mutation) ?? { carried: 0, refused: 0, named: 0 };
      counts.set(mutation, count);
      expect([201, 400, 422], message).toContain(code);
      if (code === 201) count.carried++;
      else {
        count.refused++;
        if (leads(path, fields, message)) count.named++;
        else lost.push(`${i} ${mutation} ${path}: ${message}`);
      }
    }
    console.table(Object.fromEntries([...counts].sort()));
    const all = [...counts.values()];
    const refused = all.reduce((sum, { refused }) => sum + refused, 0);
    const named = all.reduce((sum, { named }) => sum + named, 0);
    expect(refused).toBeGreaterThan(COUNT / 2);
    expect(named / refused, lost.slice(0, 20).join('\n')).toBeGreaterThanOrEqual(0.95);
  });
});
