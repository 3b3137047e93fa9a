/** `orrery plan`: what admission and placement would do with a world, without a server. */
import fs from 'node:fs';
import path from 'node:path';
import { OrreryError } from '../base/errors.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { loadManifests } from '../cli/manifests/load.ts';
import { plan as planOf } from '../sim/plan/plan.ts';
import { planText } from './plan-text.ts';

const planFlags = {
  file: flag.repeated({
    short: 'f',
    placeholder: 'FILE|DIR',
    about: 'The manifests of the world; - is standard input. May be repeated.',
  }),
  output: flag.choice(['json', 'yaml'], {
    short: 'o',
    about:
      'Every object with the status that the controllers would write, then what they would recommend, as a v1 List.',
  }),
  all: flag.toggle({ about: 'In the table: every VM in a line of its own, however many there are.' }),
} as const;

export const plan = defineCommand({
  name: 'plan',
  summary: 'say what would become of a world: who is admitted, who goes where, why',
  description: [
    'Takes the world in the manifests as it stands, asks the controllers what they would do with it, and prints it. ' +
      'There is no server, and nothing is carried out.',
    'A VM with the annotation orrery.dev/host runs there now; every other whose power is On asks to be admitted and ' +
      'placed, in the order of the files. Demand is taken as having been as it is now for as long as anybody asks. ' +
      'Faults and Clocks are looked at by sim only.',
  ],
  flags: planFlags,
  examples: [
    { does: 'who goes where, and why not elsewhere', type: 'orrery plan -f world.yaml' },
    {
      does: 'the VMs that would not be admitted',
      type: `orrery plan -f world.yaml -o json | jq '.items[] | select(.status.phase == "Pending") | .metadata.name'`,
    },
  ],
  run: (invocation) => run(invocation as Invocation<typeof planFlags>),
});

async function run({ flags, terminal }: Invocation<typeof planFlags>): Promise<number> {
  if (flags.file.length === 0) {
    const what = '-f is missing: name the manifests of the world';
    throw new OrreryError('BAD_USAGE', { what, command: 'plan' });
  }
  const manifests = await loadManifests(flags.file, terminal);
  const result = await planOf({
    manifests,
    readFile: (name) => fs.readFileSync(path.resolve(terminal.folder, name), 'utf8'),
    complain: (line) => terminal.err(`orrery: ${line}\n`),
  });
  if (flags.output === undefined) {
    terminal.out(planText(result.remarks, { columns: terminal.columns, isWhole: flags.all }));
    return 0;
  }
  const list = { apiVersion: 'v1', kind: 'List', items: result.items };
  if (flags.output === 'json') terminal.out(`${JSON.stringify(list, null, 2)}\n`);
  else {
    const { stringify } = await import('yaml');
    // What YAML 1.1 would take for a time or a boolean is put in quotes, as kubectl puts it.
    terminal.out(stringify(list, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 }));
  }
  return 0;
}
