import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { childrenOf, isAlive, spawned, until } from '../support/spawned.ts';

const toys = path.join(import.meta.dirname, 'toys');
const flags = ['--disable-warning=ExperimentalWarning'];

function keep(behaviour = 'serve') {
  const keeper = spawned(process.execPath, [...flags, path.join(toys, 'keeper.ts'), behaviour], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return {
    ...keeper,
    events: () =>
      keeper
        .out()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    readyPid: async () => Number((await keeper.seen(/"ready":\{"pid":(\d+)/))[1]),
    hold: (forMs: number | null) => keeper.process.send({ hold: forMs }),
    release: () => keeper.process.send({ release: true }),
    stop: (graceMs: number) => keeper.process.send({ stop: graceMs }),
  };
}

describe('a keeper', () => {
  it('starts a program in a session of its own, lets it go on, and passes on what it writes', async () => {
    const keeper = keep();
    const pid = await keeper.readyPid();
    expect(isAlive(pid)).toBe(true);
    expect(pid).not.toBe(keeper.pid);
    await keeper.seen(/\\"greeting\\":\\"hello\\"/);
    // Its group does not include the keeper's: ctrl-C does not reach it.
    expect(() => process.kill(-pid, 0)).not.toThrow();
    keeper.stop(5000);
    await keeper.seen('"gone":true');
    expect(isAlive(pid)).toBe(false);
    expect(keeper.out()).toContain('stopped');
  });

  it('starts a killed program again at once, and with the same settings', async () => {
    const keeper = keep();
    const first = await keeper.readyPid();
    process.kill(first, 'SIGKILL');
    const second = Number((await keeper.seen(/"recovered":(\d+)/))[1]);
    expect(second).not.toBe(first);
    expect(keeper.events()).toContainEqual({ died: 'killed by SIGKILL', delayMs: 0 });
    expect(keeper.out().match(/\\"greeting\\":\\"hello\\"/g)).toHaveLength(2);
    process.kill(second, 'SIGKILL');
    await keeper.seen('"delayMs":200');
    keeper.stop(5000);
    await keeper.seen('"gone":true');
  });

  it('calls it no death when a program is released before it is gone', async () => {
    const keeper = keep();
    await keeper.readyPid();
    keeper.hold(null);
    keeper.release();
    await keeper.seen(/"recovered":(\d+)/);
    expect(keeper.events().filter((event) => 'died' in event)).toEqual([]);
    keeper.stop(5000);
    await keeper.seen('"gone":true');
  });

  it('keeps a program down that a Fault stops, until it is released or its time is over', async () => {
    const keeper = keep();
    const first = await keeper.readyPid();
    keeper.hold(null);
    await keeper.seen('"outage":true');
    await until(() => !isAlive(first));
    keeper.release();
    const second = Number((await keeper.seen(/"recovered":(\d+)/))[1]);
    keeper.hold(100);
    await until(() => !isAlive(second));
    await until(() => (keeper.out().match(/"recovered"/g) ?? []).length === 2);
    // Nobody calls it a death.
    expect(keeper.events().filter((event) => 'died' in event)).toEqual([]);
    expect(keeper.events().filter((event) => 'outage' in event)).toHaveLength(4);
    keeper.stop(5000);
    await keeper.seen('"gone":true');
  });

  it('starts a program again that failed after it had served, and passes on why it failed', async () => {
    const keeper = keep('fail later');
    await keeper.seen('port 2 on x is in use');
    await keeper.seen('"died":"exit code 1"');
    await keeper.seen('"recovered"');
    keeper.stop(5000);
    await keeper.seen('"gone":true');
    expect(keeper.events().filter((event) => 'ready' in event)).toHaveLength(1);
  });

  it('does not start again what never served, and hands on what it said', async () => {
    const keeper = keep('refuse');
    await keeper.seen('"failed":"orrery: port 1 on 127.0.0.1 is in use');
    expect(keeper.events().at(-1)).toMatchObject({ name: 'ProgramFailure', exitCode: 1 });
    keeper.process.kill('SIGKILL');
  });

  it('says how a program ended that said nothing', async () => {
    const keeper = keep('die');
    await keeper.seen('"failed"');
    expect(keeper.events().at(-1)?.failed).toBe('toy ended during start: exit code 3 (its last lines are above)');
    keeper.process.kill('SIGKILL');
  });

  it('hands on the stack of a defect', async () => {
    const keeper = keep('break');
    await keeper.seen(/"failed":"orrery: this is a defect.*TypeError: a mistake of ours/);
    expect(keeper.events().at(-1)).toMatchObject({ exitCode: 70 });
    keeper.process.kill('SIGKILL');
  });

  it('kills what does not stop in time', async () => {
    const keeper = keep('hang');
    const pid = await keeper.readyPid();
    keeper.stop(100);
    await keeper.seen('"gone":true');
    expect(isAlive(pid)).toBe(false);
    expect(keeper.out()).not.toContain('stopped');
  });

  it('stops a program that is still starting', async () => {
    const keeper = keep('slow');
    await keeper.seen('serving');
    keeper.stop(5000);
    await keeper.seen('"gone":true');
    expect(keeper.events().some((event) => 'ready' in event)).toBe(false);
  });
});

describe('a program whose keeper is gone', () => {
  it.each(['serve', 'slow'])('ends by itself (%s)', async (behaviour) => {
    const keeper = keep(behaviour);
    await keeper.seen('serving');
    const [pid] = childrenOf(keeper.pid) as [number];
    keeper.process.kill('SIGKILL');
    await until(() => !isAlive(pid));
    expect(isAlive(pid)).toBe(false);
  });

  it('ends even when it cannot stop in good order', async () => {
    const keeper = keep('hang'); // for a minute, left alone
    const pid = await keeper.readyPid();
    keeper.process.kill('SIGKILL');
    await until(() => !isAlive(pid));
    expect(keeper.out()).not.toContain('stopped');
  });
});
