import { expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { newPlace, Server } from './server.ts';
import { Witness } from './witness.ts';

/** `npm run test:durability` kills it 200 times. */
const KILLS = Number(process.env['ORRERY_KILLS'] ?? 4);
const SEED = process.env['ORRERY_SEED'] ?? 'fortress';
const WRITERS = 12;
/** The longest that it is let live under load. */
const LIFE_MS = 400;

it(
  `an API server that is killed ${KILLS} times under load has every write that it acknowledged`,
  async () => {
    const place = newPlace();
    const random = new Random(SEED);
    const witness = new Witness();
    const wrong: string[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const server = await Server.start(place);
      wrong.push(...(await witness.judge(server)).map((what) => `before kill ${kill} (seed ${SEED}): ${what}`));
      const load = [witness.write(server, WRITERS, () => random.next()), witness.follow(server)];
      await new Promise((resolve) => setTimeout(resolve, random.next() * LIFE_MS));
      await server.kill();
      await Promise.all(load);
      if (wrong.length > 0) break;
    }
    const last = await Server.start(place);
    wrong.push(...(await witness.judge(last)));
    await last.stop();
    place.remove();
    const { writes, resumed, expired } = witness;
    console.log(`${KILLS} kills survived: ${writes} writes, ${resumed} watches resumed, ${expired} told 410`);
    expect(wrong).toEqual([]);
    expect(writes).toBeGreaterThan(KILLS * 10);
    expect(resumed + expired).toBeGreaterThan(KILLS / 2);
  },
  30_000 + KILLS * 5000,
);
