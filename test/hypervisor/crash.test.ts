import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { systemClock } from '../../src/base/system.ts';
import type { BackendError, MachineReport } from '../../src/hypervisor/backend.ts';
import { ledgerViolations } from '../../src/hypervisor/invariants.ts';
import { readLedgers } from '../../src/hypervisor/journal/sqlite-journal.ts';
import { HttpBackend } from '../../src/hypervisor/transport/http-backend.ts';
import { config, NAMESPACE } from './lab.ts';

let directory: string;
let child: ChildProcess;
let backend: HttpBackend;

async function start(): Promise<void> {
  const script = path.join(import.meta.dirname, 'crash-child.ts');
  child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, directory, '50'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) =>
    child.stdout!.once('data', (text) => resolve(String(text).trim())),
  );
  backend = new HttpBackend({ url: `http://127.0.0.1:${port}`, token: 'crash', clock: systemClock });
}

async function kill(): Promise<void> {
  const dead = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await dead;
  await backend.close();
}

beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-crash-'));
  await start();
});
afterEach(async () => {
  await kill();
  fs.rmSync(directory, { recursive: true, force: true });
});

const small = (name: string) => config(name, { memory: { size: 2 ** 20 } });

describe('the process killed with SIGKILL at moments of no choosing', () => {
  it('starts no machine twice, forgets none that it answered for, and lets them run on', {
    timeout: 60_000,
  }, async () => {
    const random = new Random('crash');
    const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
    const answered = new Set<string>();
    let kills = 0;
    const order = async (name: string, i: number) => {
      const request = { namespace: NAMESPACE, uid: name, host: `h${1 + (i % 2)}`, config: small(name), epoch: 0 };
      const { epoch } = await backend.powerOn(request);
      expect(epoch).toBe(1);
      answered.add(name);
    };
    while (answered.size < names.length) {
      const open = names.map((name, i) => [name, i] as const).filter(([name]) => !answered.has(name));
      const round = Promise.allSettled(open.map(([name, i]) => order(name, i)));
      if (kills < 4) {
        const wait = random.between(0, 12);
        await new Promise<void>((resolve) => systemClock.after(wait, resolve));
        await kill();
        kills++;
        await start();
      }
      for (const result of await round) {
        if (result.status === 'rejected') expect((result.reason as BackendError).reason).toBe('Unreachable');
      }
    }
    expect(kills).toBe(4);

    const isUp = (machine: MachineReport) => machine.power === 'On' && machine.guest.state === 'Running';
    let machines: MachineReport[] = [];
    while (machines.filter(isUp).length < names.length) {
      await new Promise<void>((resolve) => systemClock.after(20, resolve));
      const stats = await backend.stats(NAMESPACE);
      machines = stats.filter((report): report is MachineReport => report.kind === 'Machine');
    }
    const ledger = readLedgers(directory);
    expect(ledgerViolations(ledger)).toEqual([]);
    expect(
      ledger
        .filter(({ act }) => act === 'Start')
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual([...names].sort());
    expect(ledger.filter(({ act }) => act === 'Stop')).toEqual([]);
  });
});
