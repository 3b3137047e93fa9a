import type { Host } from '../host/host.ts';
import type { Site } from '../site.ts';
import type { FaultOrder, FaultRecord, LossMode } from './fault.ts';

/** The part of a network in which the management and the storage arrays are. */
export const MAIN = '';
/** Two cables to every network, two paths to every datastore. */
const PATHS = 2;

/** How a host is connected to something that has several ways to it. */
interface Way {
  /** The part of the network that it is in; a part of its own where it is isolated. */
  readonly segment: string;
  /** What is left of the speed, 0 to 1. */
  readonly speed: number;
}

/** What ails a host now, beyond what is kept of it: a function of the faults that are active. */
export interface HostAilments {
  readonly hangs: boolean;
  /** Its hypervisor does not come up. */
  readonly crashes: boolean;
  readonly hasNoPower: boolean;
  readonly agentIsStopped: boolean;
  readonly failsToWake: boolean;
  readonly bmcIsSilent: boolean;
  readonly networks: Readonly<Record<string, Way>>;
  readonly datastores: Readonly<Record<string, { readonly loss: LossMode | undefined; readonly speed: number }>>;
}

export interface DatastoreAilments {
  readonly isFull: boolean;
  readonly speed: number;
  readonly loss: LossMode | undefined;
}

export const wellHost: HostAilments = {
  hangs: false,
  crashes: false,
  hasNoPower: false,
  agentIsStopped: false,
  failsToWake: false,
  bmcIsSilent: false,
  networks: {},
  datastores: {},
};

export const wellDatastore: DatastoreAilments = { isFull: false, speed: 1, loss: undefined };

/** @param active the orders of all active faults, in the order in which they struck */
export function hostAilments({ name, hardware }: Host, active: readonly FaultOrder[]): HostAilments {
  const own = active.filter(({ target }) => target.kind === 'Host' && target.name === name);
  const about = active.filter(({ target }) => target.kind === 'Network' || target.kind === 'Datastore');
  if (own.length === 0 && about.length === 0) return wellHost;
  const has = (...types: readonly FaultOrder['type'][]) => own.some(({ type }) => types.includes(type));
  const networks: Record<string, Way> = {};
  for (const { name: network, roles } of hardware.networks) {
    const isManagement = roles.includes('Management');
    const concerned = [
      ...own.filter((order) => concernsNetwork(order, network, isManagement)),
      ...about.filter(({ target }) => target.kind === 'Network' && target.name === network),
    ];
    if (concerned.length > 0) networks[network] = wayOf(name, concerned);
  }
  const datastores: Record<string, { loss: LossMode | undefined; speed: number }> = {};
  for (const datastore of hardware.datastores) {
    const concerned = [
      ...own.filter((order) => concernsDatastore(order, datastore)),
      ...about.filter(({ type, target }) => type === 'LoseDatastore' && target.name === datastore),
    ];
    if (concerned.length > 0) datastores[datastore] = { loss: lossOf(concerned), speed: pathsLeft(concerned) / PATHS };
  }
  return {
    hangs: has('Hang'),
    crashes: has('Crash', 'Dom0Crash'),
    hasNoPower: has('PowerCut'),
    agentIsStopped: has('StopAgent'),
    failsToWake: has('FailWake'),
    bmcIsSilent: has('BMCUnreachable', 'PowerCut'),
    networks,
    datastores,
  };
}

export function datastoreAilments(name: string, active: readonly FaultOrder[]): DatastoreAilments {
  const own = active.filter(({ target }) => target.kind === 'Datastore' && target.name === name);
  if (own.length === 0) return wellDatastore;
  return {
    isFull: own.some(({ type }) => type === 'DatastoreFull'),
    speed: speedLeft(own, 'SlowDisk'),
    loss: lossOf(own),
  };
}

const ofNetworks: ReadonlySet<string> = new Set(['IsolateNetwork', 'PartitionNetwork', 'SlowNetwork']);

function concernsNetwork({ type, network, datastore }: FaultOrder, name: string, isManagement: boolean): boolean {
  // The path of a PathLoss is to a datastore where one is named.
  if (type === 'PathLoss') return datastore === undefined && (network ?? (isManagement ? name : undefined)) === name;
  if (!ofNetworks.has(type)) return false;
  return network === undefined ? isManagement : network === name;
}

function concernsDatastore({ type, network, datastore }: FaultOrder, name: string): boolean {
  if (type === 'LoseDatastore') return datastore === undefined || datastore === name;
  return type === 'PathLoss' && network === undefined && datastore === name;
}

function wayOf(host: string, orders: readonly FaultOrder[]): Way {
  const left = pathsLeft(orders);
  const isIsolated = left === 0 || orders.some(({ type }) => type === 'IsolateNetwork');
  const partition = orders.findLast(({ type }) => type === 'PartitionNetwork');
  let segment = MAIN;
  // No name of a group begins like that.
  if (isIsolated) segment = `\u0000${host}`;
  else if (partition !== undefined) segment = `group ${partition.group}`;
  return { segment, speed: (speedLeft(orders, 'SlowNetwork') * left) / PATHS };
}

function pathsLeft(orders: readonly FaultOrder[]): number {
  return Math.max(0, PATHS - orders.filter(({ type }) => type === 'PathLoss').length);
}

/** The slowest counts. */
function speedLeft(orders: readonly FaultOrder[], of: FaultOrder['type']): number {
  return Math.min(1, ...orders.filter(({ type }) => type === of).map(({ percent }) => percent / 100));
}

/** What the array says is believed before silence. */
function lossOf(orders: readonly FaultOrder[]): LossMode | undefined {
  const modes = orders.filter(({ type }) => type === 'LoseDatastore').map(({ mode }) => mode);
  if (modes.includes('DeviceLoss')) return 'DeviceLoss';
  return modes.length > 0 || pathsLeft(orders) === 0 ? 'AllPathsDown' : undefined;
}

/** Whether a fault that cannot strike now may do so later: when what it is about is there, or cabled. */
export function mayStrikeLater({ hosts }: Pick<Site, 'hosts'>, { order }: FaultRecord): boolean {
  const { target, type } = order;
  if (target.kind === 'Management') return false;
  if (target.kind === 'Machine') return target.uid === undefined;
  const host = target.kind === 'Host' ? hosts.get(target.name) : undefined;
  return type !== 'Dom0Crash' || host === undefined || host.isXen;
}

/** Why a fault cannot strike now; undefined when it can. */
export function obstacleOf(site: Site, { order }: FaultRecord): string | undefined {
  const { target, type, network, datastore } = order;
  switch (target.kind) {
    case 'Host': {
      const host = site.hosts.get(target.name);
      if (host === undefined) return `there is no host ${target.name}`;
      return hostObstacle(host, { type, network, datastore });
    }
    case 'Network': {
      const isCabled = [...site.hosts.values()].some(({ hardware }) =>
        hardware.networks.some(({ name }) => name === target.name),
      );
      return site.networks.has(target.name) || isCabled ? undefined : `there is no network ${target.name}`;
    }
    case 'Datastore':
      return site.datastores.get(target.name)?.record.present === true
        ? undefined
        : `there is no datastore ${target.name}`;
    case 'Machine':
      if (target.uid === undefined) return `there is no virtual machine ${target.name}`;
      return type === 'FTTestFailover' ? `${target.name} has no secondary that could take over` : undefined;
    case 'Management':
      if (site.stopsPrograms) return undefined;
      return `this datacenter runs by itself, and cannot stop other programs: orrery up and orrery sim can`;
  }
}

interface Concern {
  readonly type: FaultOrder['type'];
  readonly network: string | undefined;
  readonly datastore: string | undefined;
}

function hostObstacle(host: Host, { type, network, datastore }: Concern): string | undefined {
  const { name, hardware, isXen } = host;
  if (type === 'Dom0Crash' && !isXen) return `${name} runs ESX, which has no dom0: use Crash`;
  if (network !== undefined && !hardware.networks.some((one) => one.name === network)) {
    return `${name} is not cabled to the network ${network}`;
  }
  if (datastore !== undefined && !hardware.datastores.includes(datastore)) {
    return `${name} is not cabled to the datastore ${datastore}`;
  }
  const needsNetwork = ofNetworks.has(type) || (type === 'PathLoss' && datastore === undefined);
  if (!needsNetwork || network !== undefined) return undefined;
  const isManaged = hardware.networks.some(({ roles }) => roles.includes('Management'));
  return isManaged ? undefined : `${name} has no network with the role Management: name a network`;
}
