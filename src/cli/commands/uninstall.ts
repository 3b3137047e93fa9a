import path from 'node:path';
import { OrreryError } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { count } from '../../base/units.ts';
import { openCluster, problemOf } from '../cluster.ts';
import { defineCommand } from '../command.ts';
import * as flag from '../flags.ts';
import type { Inventory, Removal } from '../uninstall/removal.ts';

export const uninstall = defineCommand({
  name: 'uninstall',
  summary: 'remove every object and definition of Orrery from a cluster',
  description: [
    'Deletes all objects of the group orrery.dev in all namespaces, then the definitions of the kinds, then the Leases ' +
      'of the controllers. Where no controllers run that could let go of an object, its finalizers are taken off.',
    'Stop orrery controllers and orrery datacenter first. A Lease that is still renewed is left, since it would only be ' +
      'made again: the command says who renews it, and exits with 1.',
    'Nothing else in the cluster is touched, and neither is a data directory: that is yours to delete.',
  ],
  flags: {
    kubeconfig: flag.kubeconfigFlag,
    yes: flag.toggle({ short: 'y', about: 'Do not ask.' }),
    output: flag.choice(['json'], { short: 'o', about: 'json: what was removed, as one object.' }),
  },
  examples: [
    { does: 'see what would go, and be asked', type: 'orrery uninstall' },
    { does: 'in a script, where nobody can be asked', type: 'orrery uninstall --kubeconfig ~/.kube/config --yes' },
  ],
  async run({ flags, terminal }) {
    const stopping = new AbortController();
    const needs = { clock: systemClock, random: systemRandom(), logger: silentLogger, stopping: stopping.signal };
    const { remove, takeInventory } = await import('../uninstall/removal.ts');
    const file = flags.kubeconfig && path.resolve(terminal.folder, flags.kubeconfig);
    const { client, access } = await openCluster(file, terminal, needs);
    try {
      const inventory = await takeInventory(client);
      const { server } = access.cluster;
      if (isEmpty(inventory)) {
        terminal.err(`nothing of Orrery is in ${server}\n`);
        if (flags.output === 'json') terminal.out(`${JSON.stringify(nothing)}\n`);
        return 0;
      }
      terminal.err(`in ${server}: ${inWords(inventory)}\n`);
      if (!flags.yes && !(await isAgreed(await terminal.ask('delete all of it? (yes or no) ')))) return 1;
      const progress = (line: string) => terminal.err(`${line}\n`);
      const removal = await remove(inventory, { client, clock: systemClock, signal: stopping.signal, progress });
      if (flags.output === 'json') terminal.out(`${JSON.stringify(removal)}\n`);
      else terminal.out(`${report(removal)}\n`);
      if (removal.running.length > 0) {
        const who = removal.running.join(', ');
        terminal.err(`orrery: controllers still run (${who}): stop them, then run this again\n`);
      }
      return removal.held.length + removal.running.length > 0 ? 1 : 0;
    } catch (error) {
      throw problemOf(error, access);
    } finally {
      await client.close();
    }
  },
});

const nothing: Removal = { objects: {}, definitions: 0, leases: 0, stripped: [], held: [], running: [] };

function isEmpty({ kinds, leases }: Inventory): boolean {
  return kinds.length === 0 && leases.length === 0;
}

function inWords({ kinds, leases }: Inventory): string {
  const objects = kinds.filter(({ objects }) => objects.length > 0);
  const parts = objects.map(({ type, objects }) => count(objects.length, type.kind));
  return [...parts, ...furniture(kinds.length, leases.length)].join(', ');
}

function furniture(definitions: number, leases: number): string[] {
  return [
    ...(definitions > 0 ? [count(definitions, 'definition')] : []),
    ...(leases > 0 ? [count(leases, 'lease')] : []),
  ];
}

async function isAgreed(answer: string | undefined): Promise<boolean> {
  if (answer === undefined) {
    throw new OrreryError('BAD_USAGE', { what: '--yes is needed where nobody can be asked', command: 'uninstall' });
  }
  return /^y(es)?$/i.test(answer.trim());
}

function report({ objects, definitions, leases, stripped, held }: Removal): string {
  const parts = Object.entries(objects).map(([kind, number]) => count(number, kind));
  const lines = [`removed ${[...parts, ...furniture(definitions, leases)].join(', ') || 'nothing'}`];
  if (stripped.length > 0) lines.push(`took our finalizers off ${count(stripped.length, 'object')}`);
  if (held.length > 0) {
    lines.push(`left ${held.slice(0, 10).join(', ')}${held.length > 10 ? ' …' : ''}: finalizers of others hold them`);
  }
  return lines.join('\n');
}
