import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { Random } from '../../../src/base/random.ts';
import { type Ask, askHere, comparable, kinds, next } from '../../support/built-ins.ts';
import { TestServer } from '../support/in-memory.ts';

interface Golden {
  readonly seed: string;
  readonly steps: number;
  readonly sequences: readonly (readonly { readonly tick: boolean; readonly answer: unknown }[])[];
}

const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/built-ins.json');
const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as Golden;

type Refusal = readonly [kind: string, config: Record<string, unknown>, why: string];

/** As kube-apiserver 1.37.2 answered them, by hand. */
const refusals: readonly Refusal[] = [
  [
    'ConfigMap',
    { metadata: { name: 5 } },
    'failed to create typed patch object (/; /v1, Kind=ConfigMap): .metadata.name: expected string, got &value.valueUnstructured{Value:5}',
  ],
  [
    'Secret',
    { metadata: { name: 's' }, data: { a: '*' } },
    'failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 0',
  ],
  [
    'Secret',
    { metadata: { name: 's', creationTimestamp: 5 } },
    'failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: json: cannot unmarshal number into Go value of type string',
  ],
  [
    'ServiceAccount',
    { metadata: { name: 's', generation: 1.5 } },
    'failed to convert new object (/s; /v1, Kind=ServiceAccount) to proper version: unable to convert unstructured object to /v1, Kind=ServiceAccount: cannot convert float64 to int64',
  ],
];

const applying = (kind: string, config: Record<string, unknown>): Ask => ({
  verb: 'apply',
  manager: 'x',
  force: false,
  body: () => ({ apiVersion: 'v1', kind, ...config }) as AnyObject,
});

describe('a configuration of a built-in kind', () => {
  it.each(refusals)('%s %j is refused in the words of the real server', async (name, config, why) => {
    const server = await new TestServer().start();
    const kind = kinds.find((each) => each.kind === name)!;
    const outcome = await askHere(server, kind, 's', applying(name, config));
    expect(outcome).toEqual({ code: 500, message: why });
  });

  it('may have null for bytes, which are empty', async () => {
    const server = await new TestServer().start();
    const kind = kinds.find((each) => each.kind === 'Secret')!;
    const config = { metadata: { name: 's' }, data: { a: null } };
    const outcome = await askHere(server, kind, 's', applying('Secret', config));
    expect(outcome.object).toMatchObject({ data: { a: '' }, type: 'Opaque' });
  });
});

describe('creates, applies, patches and updates of built-in kinds', () => {
  it('are answered as the real server answered them, order of managedFields included', async () => {
    const server = await new TestServer().start();
    let compared = 0;
    for (const [index, steps] of golden.sequences.entries()) {
      const kind = kinds[index % kinds.length]!;
      const random = new Random(`${golden.seed}/${index}`);
      const name = `b-${index}`;
      let state: AnyObject | undefined;
      for (const { tick, answer } of steps) {
        const ask = next(random, kind, state !== undefined);
        if (tick) await server.advance(1000);
        const outcome = await askHere(server, kind, name, ask);
        const found = JSON.parse(JSON.stringify(comparable(outcome)).replaceAll(name, 'b')) as unknown;
        expect(found, `${kind.kind} ${ask.verb} ${JSON.stringify(ask.body(name, state))}`).toEqual(answer);
        state = outcome.object ?? state;
        compared++;
      }
    }
    expect(compared).toBe(golden.sequences.length * golden.steps);
  });
});
