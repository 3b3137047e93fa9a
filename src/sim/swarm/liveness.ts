/** What is Ready when nothing has gone wrong for a while: everything that can be. */
import { machineConfig } from '../../../controllers/power/machine-config.ts';
import type { Host } from '../../api/host.ts';
import { filledMachineSpec } from '../../api/machine-defaults.ts';
import type { Condition, KubeObject } from '../../api/meta.ts';
import * as resources from '../../api/resources.ts';
import type { VirtualMachine } from '../../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../api/virtual-machine-template.ts';
import { messageOf } from '../../base/errors.ts';
import { MINUTE } from '../../base/units.ts';
import { BackendError } from '../../hypervisor/backend.ts';
import { admit } from '../../hypervisor/host/admission.ts';
import type { Site } from '../../hypervisor/site.ts';
import { filesRunning, settledDisks } from '../../hypervisor/storage/machine-files.ts';
import { bucketOf, type Mirror } from '../invariants/mirror.ts';
import type { World } from '../world.ts';

/** So long after the last fault healed everything that can be Ready is: hosts have booted, guests too, retries were made. */
export const LIVE_MS = 8 * MINUTE;

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly phase?: string };
}

/** A sentence for each object that should be Ready, or gone, and is not. */
export function livenessBreaches(world: World, mirror: Mirror): string[] {
  const found: string[] = [];
  for (const { kind, object } of allOf(mirror)) {
    const site = world.physical?.datacenter.find(object.metadata.namespace ?? '')?.peek();
    if (site === undefined) {
      if (!unservedKinds.has(kind)) found.push(`${kind} ${object.metadata.name}: the datacenter has no such namespace`);
      continue;
    }
    const why = whyNotLive({ site, mirror }, object);
    if (why !== undefined) found.push(`${kind} ${object.metadata.name}: ${why}`);
  }
  for (const namespace of world.physical?.datacenter.namespaces ?? []) {
    const site = world.physical!.datacenter.find(namespace)!.peek();
    const uids = new Set(mirror.list(bucketOf(resources.virtualMachines)).map(({ metadata }) => metadata.uid));
    for (const machine of site.machines.values()) {
      if (!uids.has(machine.uid)) found.push(`the machine ${machine.name} (${machine.uid}) is left without an object`);
    }
    const isEmpty = racked.every(
      (type) => !mirror.list(bucketOf(type)).some((one) => one.metadata.namespace === namespace),
    );
    if (isEmpty) found.push(`the datacenter keeps the namespace ${namespace}, in which nothing is left`);
    for (const uid of site.strays.keys()) found.push(`an instance of ${uid} runs on without its lock`);
  }
  return found;
}

/** Kinds that a datacenter is made of. */
const racked = [
  resources.hosts,
  resources.datastores,
  resources.networks,
  resources.virtualMachines,
  resources.faults,
  resources.clocks,
];
/** Kinds that nothing acts on in this version, in part or at all: they say so, and are never Ready then. */
const unserved = [resources.clusters, resources.resourcePools, resources.virtualMachineTemplates];
const unservedKinds: ReadonlySet<string> = new Set(unserved.map(({ kind }) => kind));

function* allOf(mirror: Mirror): Iterable<{ kind: string; object: Conditioned }> {
  for (const type of [...racked, ...unserved])
    for (const object of mirror.list(bucketOf(type))) yield { kind: type.kind, object };
}

interface Place {
  readonly site: Site;
  readonly mirror: Mirror;
}

function whyNotLive({ site, mirror }: Place, object: Conditioned): string | undefined {
  const { metadata, kind } = object;
  if (metadata.deletionTimestamp !== undefined) {
    const host = site.hosts.get(metadata.name);
    const isHeld = kind === 'Host' && (host?.instances.size ?? 0) > 0;
    return isHeld ? undefined : 'is still being deleted';
  }
  const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  const said = `is not Ready: ${ready?.reason}: ${ready?.message}`;
  if (unservedKinds.has(kind)) return ready?.observedGeneration === metadata.generation ? undefined : said;
  if (kind === 'Host') return hostCannot(site, object as unknown as Host) ? undefined : said;
  if (kind === 'Datastore' || kind === 'Network') return isReached(site, kind, metadata.name) ? said : undefined;
  if (kind !== 'VirtualMachine') return said;
  const taker = takerOf({ site, mirror }, object as unknown as VirtualMachine);
  return taker === undefined ? undefined : `${said} (${taker})`;
}

function isReached(site: Site, kind: string, name: string): boolean {
  return [...site.hosts.values()].some((host) => {
    return kind === 'Datastore' ? host.reachesDatastore(name) : host.reachesNetwork(name);
  });
}

/** Whether machines on it are in the way of what its spec asks for: nothing moves them. */
function hostCannot(site: Site, { metadata, spec }: Host): boolean {
  const host = site.hosts.get(metadata.name);
  const asksToLeave = spec.maintenance === true || spec.power === 'Off' || spec.power === 'Standby';
  return asksToLeave && (host?.instances.size ?? 0) > 0;
}

/** Whether the host's object asks for it to be empty, or is about to go: it takes no new machine then. */
function isLeaving({ metadata, spec: { power = 'On', maintenance = false } }: Host): boolean {
  return metadata.deletionTimestamp !== undefined || power !== 'On' || maintenance;
}

/** Whether the VM's spec lets it run on the host; one that names no cluster and no host goes to standalone hosts. */
function isAllowed({ host, cluster }: VirtualMachine['spec'], { metadata, spec }: Host): boolean {
  if (cluster !== undefined && spec.cluster !== cluster) return false;
  return host === undefined ? spec.cluster === cluster : metadata.name === host;
}

function templateOf(mirror: Mirror, { spec, metadata }: VirtualMachine): VirtualMachineTemplate | undefined {
  const found = mirror.get(bucketOf(resources.virtualMachineTemplates), `${metadata.namespace}/${spec.template}`);
  return found as VirtualMachineTemplate | undefined;
}

/** Whether it names something that is not there. */
function danglingIn(mirror: Mirror, { spec, metadata }: VirtualMachine): boolean {
  const isMissing = (type: Parameters<typeof bucketOf>[0], name: string | undefined) =>
    name !== undefined && mirror.get(bucketOf(type), `${metadata.namespace}/${name}`) === undefined;
  return (
    isMissing(resources.clusters, spec.cluster) ||
    isMissing(resources.resourcePools, spec.resourcePool) ||
    isMissing(resources.virtualMachineTemplates, spec.template)
  );
}

/** Why the VM could be as it is wanted; undefined when it cannot. */
function takerOf({ site, mirror }: Place, vm: VirtualMachine): string | undefined {
  const { spec, metadata } = vm;
  const machine = site.machines.get(metadata.uid);
  const wanted = spec.power ?? 'On';
  if (wanted === 'Suspended' && (machine === undefined || machine.isOff)) return undefined; // only what runs can be
  const { guest } = filledMachineSpec(spec, templateOf(mirror, vm)?.spec);
  const hasTools = machine?.record.config.guest.tools ?? guest.tools !== 'None';
  const isDeaf = spec.powerOff?.mode === 'GuestShutdown' && !hasTools;
  if (wanted !== 'On') {
    if (isDeaf && wanted === 'Off') return undefined; // its guest cannot be asked
    // A machine on a host that cannot be told is nobody's to end.
    return machine?.instance === undefined || machine.instance.host.isManaged ? `${wanted} is possible` : undefined;
  }
  if (machine?.record.power === 'On') return undefined; // what it asks for beyond that was refused
  const template = templateOf(mirror, vm);
  if (danglingIn(mirror, vm)) return undefined;
  const asked = machineConfig(vm, template);
  const config = { ...asked, disks: settledDisks(asked, machine?.record.config) };
  // Where its host failed, it is HA that restarts it elsewhere.
  const isBound = ['HostFailed', 'LockLost'].includes(machine?.record.exit?.reason ?? '');
  for (const host of site.hosts.values()) {
    const object = mirror.get(bucketOf(resources.hosts), `${metadata.namespace}/${host.name}`) as Host | undefined;
    if (object === undefined || isLeaving(object)) continue;
    if (isBound ? host.name !== machine!.record.host : !isAllowed(spec, object)) continue;
    const { type } = host.hardware.hypervisor;
    const present = machine?.record.files ?? [];
    const files = filesRunning({ config, folder: machine?.record.folder ?? metadata.name, type, present });
    try {
      admit(site, host, { uid: metadata.uid, machine, config, files });
      return `${host.name} would take it`;
    } catch (error) {
      if (!(error instanceof BackendError)) throw new Error(messageOf(error), { cause: error });
    }
  }
  return undefined;
}
