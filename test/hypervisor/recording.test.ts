import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/system.ts';
import { fixedSampling } from '../../src/hypervisor/cpu/sampling.ts';
import { entitlementModel, slicedModel } from '../../src/hypervisor/host-models.ts';
import { DirectBackend } from '../../src/hypervisor/transport/direct.ts';
import { BackendServer } from '../../src/hypervisor/transport/http-server.ts';
import { hints, host, Lab, NAMESPACE, xenHost } from './lab.ts';

interface Decision {
  readonly tUs: number;
  readonly pcpu: number;
  readonly vcpu: string;
}

/** An ESX and a Xen host with two busy machines each, one second in 1000 measured. */
async function world(model = slicedModel(fixedSampling(1000))): Promise<Lab> {
  const lab = await new Lab({ model }).rack(host('h1'), xenHost('x1'), host('off', { power: 'Off' }));
  for (const [on, names] of Object.entries({ h1: ['a', 'b'], x1: ['c', 'd'] })) {
    for (const name of names) {
      lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 60 }));
      await lab.call(lab.backend.powerOn(lab.request(name, { host: on })));
    }
  }
  await lab.advance(60_000);
  return lab;
}

async function recorded(lab: Lab, name: string, seconds: number) {
  const decisions: Decision[] = [];
  let ends = 0;
  const recorder = {
    decided: (decision: object) => {
      if (ends > 0) throw new Error('decided after the end');
      decisions.push(decision as Decision);
    },
    ended: () => {
      ends++;
    },
  };
  const end = await lab.call(lab.datacenter.record({ namespace: NAMESPACE, name }, seconds * 1000, recorder));
  return { decisions, end, ends: () => ends };
}

describe('a recording of a host in a running world', () => {
  it('holds every decision of its scheduler for so long, and of no other host', async () => {
    const lab = await world();
    const { decisions, ends } = await recorded(lab, 'x1', 3);
    await lab.advance(2000);
    expect(ends()).toBe(0);
    await lab.advance(10_000);
    expect(ends()).toBe(1);
    expect(new Set(decisions.map(({ vcpu }) => vcpu))).toEqual(new Set(['c.0', 'd.0', 'idle']));
    const span = (decisions.at(-1)!.tUs - decisions[0]!.tUs) / 1e6;
    expect(span).toBeGreaterThan(2.8);
    expect(span).toBeLessThanOrEqual(3.001);
    // 60 bursts a second of each, begun and ended.
    expect(decisions.length).toBeGreaterThan(3 * 2 * 2 * 50);
    expect(Object.keys(decisions[0]!)).toEqual(['tUs', 'pcpu', 'vcpu', 'prio', 'stolenFrom']);
  });

  it('of ESX has the same form as `orrery schedule --trace`, and can be ended early', async () => {
    const lab = await world();
    const { decisions, end, ends } = await recorded(lab, 'h1', 100);
    await lab.advance(2000);
    expect(Object.keys(decisions[0]!)).toEqual(['tUs', 'pcpu', 'vcpu', 'pulledFrom']);
    end();
    await lab.settle();
    const { length } = decisions;
    await lab.advance(10_000);
    expect([decisions.length, ends()]).toEqual([length, 1]);
  });

  it('ends when the host is given other hardware', async () => {
    const lab = await world();
    const { ends } = await recorded(lab, 'h1', 3);
    await lab.advance(1500);
    lab.world.upsertHost(host('h1', { memory: 2 ** 35, cpu: { coresPerSocket: 8 } }));
    await lab.advance(5000);
    expect(ends()).toBe(1);
  });

  it('changes nothing of what is decided', async () => {
    const run = async (records: boolean) => {
      const lab = await world(slicedModel(fixedSampling(1)));
      if (records) await recorded(lab, 'h1', 3);
      await lab.advance(5000);
      return JSON.stringify(await lab.call(lab.backend.stats(NAMESPACE)));
    };
    expect(await run(true)).toBe(await run(false));
  });

  it('is refused for a host that is unknown, off, recorded already, or run by the formula', async () => {
    const lab = await world();
    expect(await lab.refused(recorded(lab, 'nobody', 1))).toMatch(
      /^NotFound: there is no host nobody in namespace \w+$/,
    );
    const elsewhere = lab.datacenter.record({ namespace: 'other', name: 'h1' }, 1000, { decided() {}, ended() {} });
    expect(await lab.refused(elsewhere)).toMatch(
      new RegExp(`^NotFound: there is no host h1 in namespace other, but in ${NAMESPACE}$`),
    );
    expect(await lab.refused(recorded(lab, 'off', 1))).toMatch(/^WrongState: off is Off/);
    await recorded(lab, 'h1', 5);
    expect(await lab.refused(recorded(lab, 'h1', 1))).toMatch(/^WrongState: h1 is being recorded already/);
    const formula = await world(entitlementModel);
    expect(await formula.refused(recorded(formula, 'h1', 1))).toMatch(/entitlement formula.*--fidelity/);
  });

  it('is a stream of lines over HTTP, for those who know the token', async () => {
    const lab = await world();
    const server = new BackendServer({
      backend: new DirectBackend(lab.datacenter),
      token: 'secret',
      clock: systemClock,
      logger: silentLogger,
      record: (name, ms, recorder) => lab.datacenter.record(name, ms, recorder),
    });
    const port = await server.listen('127.0.0.1', 0);
    const get = (query: string, token = 'secret') =>
      fetch(`http://127.0.0.1:${port}/v1/record?${query}`, { headers: { authorization: `Bearer ${token}` } });
    const wanted = `namespace=${NAMESPACE}&host=h1&seconds=2`;
    expect((await get(wanted, 'wrong')).status).toBe(401);
    const poor = await get('host=h1&seconds=0');
    expect(await poor.json()).toMatchObject({ reason: 'Invalid', message: expect.stringMatching(/seconds/) });
    const answer = get(wanted);
    // The turn ends on the clock of the lab; the request comes on that of the machine.
    let response: Response | undefined;
    void answer.then((value) => {
      response = value;
    });
    while (response === undefined) await lab.settle();
    const text = response.text();
    await lab.advance(3000);
    const lines = (await text).trim().split('\n');
    expect(lines.length).toBeGreaterThan(200);
    expect(lines.map((line) => JSON.parse(line) as Decision).every(({ pcpu }) => pcpu < 4)).toBe(true);
    await server.close();
  });
});
