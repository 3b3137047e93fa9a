import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { Random } from '../../../src/base/random.ts';
import { askHere, comparable, kinds, next } from '../../support/built-ins.ts';
import { TestServer } from '../support/in-memory.ts';

interface Golden {
  readonly seed: string;
  readonly steps: number;
  readonly sequences: readonly (readonly { readonly tick: boolean; readonly answer: unknown }[])[];
}

const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/built-ins.json');
const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as Golden;

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
