import { CpuSet } from './cpu-set.ts';

export interface TopologyShape {
  readonly pcpus: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
  /** NUMA nodes of the whole machine: sockets are dealt to them in order. */
  readonly nodes: number;
  /** Last-level caches of a socket: its cores are dealt to them in order. */
  readonly cachesPerSocket: number;
}

/**
 * Which pCPUs share what. Threads of a core have adjacent numbers, cores of a socket too. The last socket may be
 * partly filled.
 */
export class Topology {
  readonly pcpus: number;
  readonly sockets: number;
  readonly nodes: number;
  /** By pCPU. */
  readonly coreOf: Int32Array;
  readonly cacheOf: Int32Array;
  readonly socketOf: Int32Array;
  readonly nodeOf: Int32Array;
  /** By core, cache, socket, node. */
  readonly coreSets: readonly CpuSet[];
  readonly cacheSets: readonly CpuSet[];
  readonly socketSets: readonly CpuSet[];
  readonly nodeSets: readonly CpuSet[];

  constructor(shape: TopologyShape) {
    const { pcpus, coresPerSocket, threadsPerCore, cachesPerSocket } = shape;
    const perSocket = coresPerSocket * threadsPerCore;
    this.pcpus = pcpus;
    this.sockets = Math.ceil(pcpus / perSocket);
    this.nodes = Math.min(shape.nodes, this.sockets);
    const number = (of: (cpu: number) => number) => Int32Array.from({ length: pcpus }, (_, cpu) => of(cpu));
    this.coreOf = number((cpu) => Math.floor(cpu / threadsPerCore));
    this.socketOf = number((cpu) => Math.floor(cpu / perSocket));
    this.nodeOf = number((cpu) => Math.floor((this.socketOf[cpu]! * this.nodes) / this.sockets));
    this.cacheOf = number((cpu) => {
      const coreInSocket = this.coreOf[cpu]! - this.socketOf[cpu]! * coresPerSocket;
      return this.socketOf[cpu]! * cachesPerSocket + Math.floor((coreInSocket * cachesPerSocket) / coresPerSocket);
    });
    this.coreSets = groups(this.coreOf);
    this.cacheSets = groups(this.cacheOf);
    this.socketSets = groups(this.socketOf);
    this.nodeSets = groups(this.nodeOf);
  }
}

function groups(groupOf: Int32Array): CpuSet[] {
  const count = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  const sets = Array.from({ length: count }, () => new CpuSet(groupOf.length));
  for (const [cpu, group] of groupOf.entries()) sets[group]!.add(cpu);
  return sets;
}
