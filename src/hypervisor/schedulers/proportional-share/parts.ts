import type { Engine } from '../engine.ts';
import { DISTANCES } from './constants.ts';
import { Distances } from './distances.ts';
import { Hardware } from './hardware.ts';
import { HomeNodes } from './home-nodes.ts';
import { type Machine, ShareVcpus } from './machines.ts';
import { Placing } from './placing.ts';
import { Room } from './room.ts';
import type { ShareSettings } from './settings.ts';
import { ShareTree } from './share-tree.ts';
import { WaitingLists } from './waiting-lists.ts';

/** What the scheduler knows and asks, apart from what it decides. */
export interface Parts {
  readonly engine: Engine;
  readonly settings: ShareSettings;
  readonly tree: ShareTree;
  readonly vcpus: ShareVcpus;
  /** By node of the share tree. */
  readonly machines: (Machine | undefined)[];
  readonly machineOf: (vcpu: number) => Machine;
  readonly lists: WaitingLists;
  readonly distances: Distances;
  readonly homeNodes: HomeNodes;
  readonly hardware: Hardware;
  readonly room: Room;
  readonly placing: Placing;
}

export function assemble(engine: Engine, settings: ShareSettings): Parts {
  const { pcpus } = engine.topology;
  const { mechanisms } = settings;
  const tree = new ShareTree(settings.mhz, settings.tuning, engine);
  const vcpus = new ShareVcpus(pcpus, DISTANCES);
  const machines: (Machine | undefined)[] = [];
  const machineOf = (vcpu: number) => machines[vcpus.machine[vcpu]!]!;
  const lists = new WaitingLists(pcpus);
  const distances = new Distances(engine.topology);
  const homeNodes = new HomeNodes(engine.topology, vcpus, { mode: mechanisms.numa, tuning: settings.tuning.numa });
  const remotePart = (vcpu: number, cpu: number) => homeNodes.remotePart(vcpus.machine[vcpu]!, cpu);
  const hardware = new Hardware(engine, settings.costs, machineOf, remotePart);
  const room = new Room(engine, vcpus, machineOf, mechanisms.throttleFarMoves);
  const placing = new Placing(engine, { room, lists, hardware, distances, mechanisms, machineOf });
  return { engine, settings, tree, vcpus, machines, machineOf, lists, distances, homeNodes, hardware, room, placing };
}
