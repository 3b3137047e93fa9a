import type { Said } from '../../src/model/said.ts';

/** An object of a kind that no controller serves in this version, or serves in part only. */
export interface UnservedInput {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Parts of a Cluster that ask for a controller of their own. */
const clusterParts = ['drs', 'dpm', 'ha', 'evc', 'rules'];

/** What to tell whoever made it: that it is kept, and that nothing acts on it yet. Nothing pretends. */
export function decide({ kind, spec }: UnservedInput): Said<'Ready'> {
  if (kind === 'Cluster') return cluster(spec);
  if (kind === 'VirtualMachineTemplate') return template(spec);
  return nothingActs(details[kind] ?? `nothing acts on objects of kind ${kind} in this version; it is kept as it is`);
}

const details: Readonly<Record<string, string>> = {
  ResourcePool: 'VMs may name it, but nothing enforces its shares, reservations and limits in this version',
};

function cluster(spec: UnservedInput['spec']): Said<'Ready'> {
  const asked = clusterParts.filter((part) => isAskedFor(spec[part]));
  if (asked.length === 0) {
    return works('GroupsHosts', 'VMs that name it are placed on its hosts');
  }
  const names = asked.map((part) => `spec.${part}`).join(', ');
  return nothingActs(`VMs that name it are placed on its hosts, but nothing acts on ${names} in this version`);
}

function template({ disks }: UnservedInput['spec']): Said<'Ready'> {
  const settings = 'VMs that name it take its settings';
  if (!Array.isArray(disks) || disks.length === 0) return works('GivesSettings', settings);
  return nothingActs(`${settings}, and get empty disks: nothing copies what is on its disks in this version`);
}

function isAskedFor(part: unknown): boolean {
  if (Array.isArray(part)) return part.length > 0;
  if (typeof part !== 'object' || part === null) return false;
  return 'enabled' in part ? part.enabled === true : 'mode' in part;
}

function works(reason: string, message: string): Said<'Ready'> {
  return { type: 'Ready', status: 'True', reason, message };
}

function nothingActs(message: string): Said<'Ready'> {
  return { type: 'Ready', status: 'False', reason: 'NothingActsOnIt', message };
}
