import { describe, expect, it } from 'vitest';
import { OrreryError } from '../../src/base/errors.ts';
import { type Command, type CommandEntry, defineCommand } from '../../src/cli/command.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import * as flag from '../../src/cli/flags.ts';
import { ApiError, ConnectionError } from '../../src/client/port.ts';
import { memoryTerminal } from '../support/memory-terminal.ts';

const flags = {
  'data-dir': flag.withDefault(flag.text({ placeholder: 'DIR', about: 'Where to keep it.' }), '.orrery'),
  port: flag.whole({ about: 'Where to listen.', least: 0, most: 65_535, noun: 'port' }),
  file: flag.repeated({ short: 'f', about: 'What to apply.' }),
  only: flag.list({ about: 'Which.' }),
  output: flag.choice(['json', 'yaml'], { short: 'o', about: 'How.' }),
  for: flag.duration({ about: 'How long.' }),
  speed: flag.positive({ about: 'How fast.', most: 1000 }),
  yes: flag.toggle({ about: 'Do it.' }),
  secret: flag.text({ about: 'Between programs.', hidden: true }),
};

async function run(args: string, act: Command<typeof flags>['run'] = async () => 0) {
  const show = defineCommand({
    name: 'show',
    summary: 'show what was given',
    description: ['A paragraph.'],
    flags,
    names: { usage: 'NAME', least: 0, most: 1 },
    examples: [{ does: 'shows', type: 'orrery show' }],
    run: act,
  });
  const loaded: string[] = [];
  const entries: CommandEntry[] = ['show', 'stop'].map((name) => ({
    name,
    summary: `${name} something`,
    load: async () => {
      loaded.push(name);
      return show;
    },
  }));
  const terminal = memoryTerminal();
  const exitCode = await runCommandLine(args.split(' ').filter(Boolean), entries, { version: '1.2.3', terminal });
  return { exitCode, loaded, ...terminal.written };
}

/** What the command was handed. */
async function given(args: string) {
  let seen: Record<string, unknown> = {};
  const { exitCode, err } = await run(args, async ({ flags, names, logLevel }) => {
    seen = { ...flags, names, logLevel };
    return 0;
  });
  expect(err).toBe('');
  expect(exitCode).toBe(0);
  return seen;
}

describe('flags', () => {
  it('have their defaults when left out', async () => {
    expect(await given('show')).toMatchObject({
      'data-dir': '.orrery',
      port: undefined,
      file: [],
      only: undefined,
      yes: false,
      names: [],
      logLevel: 'info',
    });
  });

  it('are read in every form that people type', async () => {
    const args =
      'show --data-dir=x --port 0 -f a -f - -fb --only drs,ha --only drs -o json --for 1h30m --speed .5 --yes --log-level debug thing';
    expect(await given(args)).toMatchObject({
      'data-dir': 'x',
      port: 0,
      file: ['a', '-', 'b'],
      only: ['drs', 'ha'],
      output: 'json',
      for: 5400,
      speed: 0.5,
      yes: true,
      names: ['thing'],
      logLevel: 'debug',
    });
  });

  it('take everything after -- for names', async () => {
    expect(await given('show -- --port')).toMatchObject({ names: ['--port'], port: undefined });
  });

  it.each([
    ['--prot 1', 'unknown flag --prot; did you mean --port?'],
    ['--completely-else', 'unknown flag --completely-else'],
    ['-x', 'unknown flag -x'],
    ['--port', '--port needs a value'],
    ['--data-dir --port 1', '--data-dir needs a value, and --port looks like a flag'],
    ['--port 70000', '--port: "70000" is not a port (0 to 65535)'],
    ['--port 0x10', '--port: "0x10" is not a port (0 to 65535)'],
    ['--port -1', '--port: "-1" is not a port (0 to 65535)'],
    ['--speed 0', '--speed: "0" is not a number above 0 and at most 1000'],
    ['--speed fast', '--speed: "fast" is not a number above 0 and at most 1000'],
    ['--only drs,,ha', '--only: a name is missing between the commas'],
    ['--for soon', '--for: "soon" is not a span of time such as 90s, 1h30m or 2d'],
    ['-o xml', '--output: "xml" is none of json, yaml'],
    ['--yes=maybe', '--yes: it takes no value, or true or false; not "maybe"'],
    ['--data-dir=', '--data-dir: the value is empty'],
    ['--log-level loud', '--log-level: "loud" is none of debug, info, warn, error, silent'],
    ['a b', 'unexpected "b"; each file needs its own -f'],
  ])('%s is refused with exit code 2 and the flag named', async (args, message) => {
    const { exitCode, err, out } = await run(`show ${args}`);
    expect(err).toContain(`orrery: ${message}`);
    expect(err).toContain('(see: orrery show --help)');
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });
});

describe('help', () => {
  it('lists the commands and loads none of them', async () => {
    for (const args of ['--help', '-h', '', 'help']) {
      const { exitCode, out, loaded } = await run(args);
      expect(out).toContain('show  show something');
      expect(out).toContain('stop  stop something');
      expect({ exitCode, loaded }).toEqual({ exitCode: 0, loaded: [] });
    }
  });

  it('explains one command, whatever else is typed wrong', async () => {
    for (const args of ['show --help', 'help show', 'show --port x -h', 'show --bogus --help']) {
      const { exitCode, out, loaded } = await run(args);
      expect(out).toContain('-f, --file VALUE');
      expect(out).toContain('Default: .orrery.');
      expect(out).toContain('--log-level LEVEL');
      expect(out).toContain('# shows\n  orrery show');
      expect(out).not.toContain('secret');
      expect({ exitCode, loaded }).toEqual({ exitCode: 0, loaded: ['show'] });
    }
  });

  it('fits the terminal', async () => {
    const { out } = await run('show --help');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('prints the version', async () => {
    expect((await run('--version')).out).toBe('1.2.3\n');
  });
});

describe('an unknown command', () => {
  it('suggests the nearest and exits 2', async () => {
    const { exitCode, err } = await run('shwo');
    expect(err).toBe('orrery: unknown command "shwo"; did you mean show? (see: orrery --help)\n');
    expect(exitCode).toBe(2);
  });

  it('is not taken from a flag', async () => {
    const { exitCode, err } = await run('--port 1 show');
    expect(err).toBe('orrery: a command comes before its flags (--port) (see: orrery --help)\n');
    expect(exitCode).toBe(2);
  });
});

describe('what a command throws', () => {
  const failing = async (thrown: unknown) =>
    run('show', async () => {
      throw thrown;
    });

  it('is one line with the fix where a person can mend it', async () => {
    const { exitCode, err } = await failing(new OrreryError('PORT_IN_USE', { port: 16443, address: '127.0.0.1' }));
    expect(err).toBe(
      'orrery: port 16443 on 127.0.0.1 is in use (stop what listens there, or choose another with --port)\n',
    );
    expect(exitCode).toBe(1);
  });

  it('is one line for what an API server refuses', async () => {
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
    const refused = new ApiError({ ...status, message: 'hosts "a" is forbidden', reason: 'Forbidden', code: 403 });
    expect((await failing(refused)).err).toBe(
      'orrery: the API server refused: hosts "a" is forbidden (403 Forbidden)\n',
    );
    expect((await failing(new ConnectionError('connect ECONNREFUSED'))).err).toContain('no answer from the API server');
  });

  it('is a stack and how to report it where the mistake is ours', async () => {
    const { exitCode, err } = await failing(new TypeError('undefined is not a function'));
    expect(err).toContain('this is a defect of Orrery');
    expect(err).toContain('TypeError: undefined is not a function\n    at ');
    expect(err).toMatch(/Please report it with these lines: orrery 1\.2\.3 show, node \d+/);
    expect(exitCode).toBe(70);
  });
});
