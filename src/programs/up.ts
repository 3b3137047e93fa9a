import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../base/system.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { checkReadable } from '../cli/manifests/load.ts';
import { packageFolder, packageVersion } from '../cli/package.ts';
import type { Terminal } from '../cli/terminal.ts';
import { DataFolder } from './data-folder.ts';
import { InstanceLock } from './instance-lock.ts';
import { type KeeperEvents, ProgramFailure } from './keeper.ts';
import { readableLine } from './log-lines.ts';
import type { Facts } from './messages.ts';
import { checkFree, HOST } from './ports.ts';
import { dataFolderFlag, fidelityFlag, portFlag, USUAL_FIDELITY } from './program-flags.ts';
import { Repetition, samenessOf } from './repetition.ts';
import { StartReport, shellWord } from './start-report.ts';
import { listenForSignals, type StopRequest, StopRequests } from './stop-requests.ts';
import { Supervisor } from './supervisor.ts';

/** How long to wait for one that is stopping on the same data directory. */
const PATIENCE_MS = 20_000;

const upFlags = {
  'data-dir': dataFolderFlag,
  port: portFlag,
  speed: flag.positive({
    most: 1_000_000,
    about: 'Simulated seconds per second, where no Clock object says otherwise.',
    otherwise: '1',
  }),
  fidelity: fidelityFlag(`${USUAL_FIDELITY}, and more rarely where the machine cannot follow`),
  file: flag.repeated({
    short: 'f',
    placeholder: 'FILE|DIR',
    about: 'Apply these manifests once everything runs; - is standard input. May be repeated.',
  }),
  output: flag.choice(['json'], { short: 'o', about: 'json: where everything is, as one object, when it is ready.' }),
} as const;

export const up = defineCommand({
  name: 'up',
  summary: 'start a virtual datacenter: API server, controllers and machines',
  description: [
    'Starts an embedded Kubernetes API server, the controllers and the simulated machines, each in a process of its ' +
      'own, and starts again what dies. It writes a kubeconfig into the data directory and prints what to type next.',
    'ctrl-C stops everything in good order. Nothing is lost: the same data directory resumes where it was.',
    'Files given with -f are applied as kubectl apply would, so that you can go on with kubectl apply. Namespaces that ' +
      'no file declares are created, and the order of the objects does not matter.',
  ],
  flags: upFlags,
  examples: [
    { does: 'a datacenter in ./.orrery, on port 16443 or the next free one', type: 'orrery up' },
    { does: 'ten hosts and 1,280 virtual machines from the start', type: 'orrery up -f manifests/racks/small.yaml' },
    { does: 'a second one beside it, ten times as fast', type: 'orrery up --data-dir /tmp/other --speed 10' },
    { does: 'for a script: wait for the line of JSON', type: "orrery up -o json | jq -r '.kubeconfig'" },
  ],
  run: (invocation) => new Up(invocation).run(),
});

/** One run of `orrery up`. */
class Up {
  readonly #flags: Invocation<typeof upFlags>['flags'];
  readonly #terminal: Terminal;
  readonly #folder: string;
  readonly #report: StartReport;
  readonly #supervisor: Supervisor;
  readonly #ending = Promise.withResolvers<void>();
  /** What the programs wrote while they started; told when they run, or when one of them does not. */
  #heldBack: string[] | undefined = [];

  constructor({ flags, terminal, logLevel }: Invocation<typeof upFlags>) {
    this.#flags = flags;
    this.#terminal = terminal;
    this.#folder = path.resolve(terminal.folder, flags['data-dir']);
    this.#report = new StartReport(terminal, systemClock);
    const files = flags.file.map((file) => (file === '-' ? file : path.resolve(terminal.folder, file)));
    const { port, speed, fidelity } = flags;
    const options = { dataFolder: this.#folder, port, speed, fidelity, logLevel, files, env: process.env };
    this.#supervisor = new Supervisor(options, this.#events(), systemClock);
  }

  async run(): Promise<number> {
    process.title = 'orrery up';
    process.umask(0o077);
    await this.#check();
    const stopListening = this.#listenForStop();
    try {
      const ended = this.#ending.promise.then(() => undefined);
      const lock = await Promise.race([this.#takeLock(), ended]);
      return lock === undefined ? 0 : await this.#superviseUnder(lock);
    } finally {
      stopListening();
    }
  }

  /** What cannot be done is told before anything is created. */
  async #check(): Promise<void> {
    checkReadable(this.#flags.file, this.#terminal.folder);
    // On a folder that is there, the port may be held by the one that is stopping.
    if (!fs.existsSync(this.#folder)) await checkFree(this.#flags.port, HOST);
  }

  async #superviseUnder(lock: InstanceLock): Promise<number> {
    try {
      this.#supervisor.start();
      await Promise.race([this.#start(), this.#ending.promise]);
      await this.#ending.promise;
      return 0;
    } catch (thrown) {
      this.#tellAll();
      if (!(thrown instanceof ProgramFailure)) throw thrown;
      this.#terminal.err(`${thrown.message}\n`);
      return thrown.exitCode;
    } finally {
      this.#tellAll();
      lock.announceStop();
      await this.#supervisor.stop();
      lock.release();
    }
  }

  async #takeLock(): Promise<InstanceLock> {
    const waiting = () => this.#report.line(`waiting for another orrery to stop on ${this.#folder}`);
    const request = { program: 'up', supervised: false, patienceMs: PATIENCE_MS, waiting };
    return InstanceLock.take(DataFolder.open(this.#folder), request, systemClock);
  }

  async #start(): Promise<void> {
    const { apiserver, datacenter, controllers, manifests } = this.#supervisor;
    this.#report.line(`Orrery ${packageVersion()} in ${this.#folder}`);
    // Whoever fails first says why; the others fail because of it.
    const failures = [datacenter.ready, controllers.ready, manifests?.ready].filter((one) => one !== undefined);
    const unless = <T>(wanted: Promise<T>): Promise<T> =>
      Promise.race([wanted, ...failures.map((one) => one.then(() => wanted))]);
    const facts = await unless(apiserver.ready);
    this.#report.done('API server', `${facts['url']}`);
    if (facts['note']) this.#report.line(`    ${facts['note']}`);
    this.#report.done('kinds', String(facts['kinds']));
    await unless(this.#supervisor.apiserverServes(facts));
    const datacenterFacts = await unless(datacenter.ready);
    this.#report.done('datacenter', String(datacenterFacts['summary']));
    this.#report.done('controllers', String((await unless(controllers.ready))['summary']));
    if (manifests !== undefined) {
      const { summary, refused } = await unless(manifests.ready);
      if (refused === 0) this.#report.done('manifests', String(summary));
      else this.#report.failed('manifests', String(summary));
      // File, line and field of what was refused.
      this.#tellAll();
      if (refused !== 0) this.#report.line('    correct what was refused, and apply it with kubectl apply -f');
      await manifests.stop(1000);
    }
    this.#greet(facts);
    this.#tellAll();
  }

  #tellAll(): void {
    for (const line of this.#heldBack ?? []) this.#terminal.err(line);
    this.#heldBack = undefined;
  }

  #greet(facts: Facts): void {
    const { kubeconfig } = this.#supervisor;
    if (this.#flags.output === 'json') {
      const { url, port } = facts;
      this.#terminal.out(
        `${JSON.stringify({ url, port, kubeconfig, dataDirectory: this.#folder, pid: process.pid })}\n`,
      );
      return;
    }
    const rack = path.join(packageFolder(), 'manifests/racks/small.yaml');
    const lines = [
      `Ready after ${this.#report.elapsed()}. In another terminal:`,
      '',
      `  export KUBECONFIG=${shellWord(kubeconfig)}`,
      ...(this.#flags.file.length > 0 ? [] : [`  kubectl apply -f ${shellWord(rack)}`]),
      '  kubectl get orrery',
      '  kubectl get vm -w',
      '',
      'ctrl-C stops it; the same command resumes.',
    ];
    this.#terminal.out(lines.map((line) => `${line}\n`).join(''));
  }

  #events(): KeeperEvents {
    const write = (text: string) => {
      if (this.#heldBack === undefined) this.#terminal.err(`${text}\n`);
      else this.#heldBack.push(`${text}\n`);
    };
    const repetition = new Repetition(systemClock, write);
    const style = (name: string) => ({ prefix: `${name.padEnd(11)} `, hasColour: this.#terminal.hasColour });
    return {
      line: (name, line) => repetition.pass(readableLine(line, style(name)), samenessOf(name, line)),
      died: (name, how, delayMs) => {
        const when = delayMs === 0 ? 'at once' : `in ${delayMs / 1000} s`;
        write(`orrery: the ${name} program ended (${how}); starting it again ${when}`);
      },
      outage: (name, isDown) => {
        const what = isDown ? 'was stopped by a Fault' : 'may run again: its Fault is over';
        write(`orrery: the ${name} program ${what}`);
      },
      recovered: (name) => write(`orrery: the ${name} program runs again`),
    };
  }

  #listenForStop(): () => void {
    const stop = ({ reason }: StopRequest) => {
      this.#terminal.err(`orrery: stopping (${reason})\n`);
      this.#ending.resolve();
    };
    const force = () => {
      this.#supervisor.kill();
      process.exit(1);
    };
    const requests = new StopRequests(systemClock, { stop, force });
    const gone = () => requests.receive({ reason: 'the terminal or the command that started it is gone' });
    process.on('disconnect', gone);
    const stopListening = listenForSignals((request) => requests.receive(request));
    return () => {
      process.off('disconnect', gone);
      stopListening();
      process.channel?.unref();
    };
  }
}
