/** What happens in one namespace of a world of the swarm, object by object. */
import { API_VERSION } from '../../api/resources.ts';
import type { Random } from '../../base/random.ts';
import type { Declared } from '../../cli/manifests/manifest.ts';
import { APPLY_AFTER, DELETE_AFTER } from '../annotations.ts';

type Spec = Readonly<Record<string, unknown>>;

/** What is drawn of a world before anything happens in it. */
export interface Ground {
  readonly random: Random;
  readonly hosts: readonly string[];
  readonly machines: readonly string[];
  readonly datastores: readonly string[];
  readonly clusters: readonly string[];
  /** Each lies in the cluster of its place in the list. */
  readonly pools: readonly string[];
  readonly templates: readonly string[];
  readonly isXen: boolean;
  readonly until: number;
}

/** One life of an object: what it is from when on, and when it goes. */
interface Life {
  readonly kind: string;
  readonly name: string;
  readonly at: number;
  spec: Spec;
  until?: number;
}

/** Objects over time. Edits are drawn in any order, so each is put where it belongs. */
export class Story {
  readonly #ground: Ground;
  readonly #lives: Life[] = [];
  /** Tenths of a second at which something happens already: nothing is declared twice at one time. */
  readonly #taken = new Set<number>();
  #faults = 0;
  /** A host of a name is always the same box: one that shrinks under its machines breaks every sum. */
  readonly #boxes = new Map<string, Spec>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  begin(): void {
    const { random, hosts, machines, datastores, clusters, pools, templates } = this.#ground;
    for (const name of datastores) this.#add('Datastore', name, 0, this.#datastore(name));
    this.#add('Network', 'lan', 0, { mbps: 1000 });
    for (const name of clusters) this.#add('Cluster', name, 0, this.#cluster());
    for (const name of pools) this.#add('ResourcePool', name, 0, this.#pool(name));
    for (const name of templates) this.#add('VirtualMachineTemplate', name, 0, this.#template());
    for (const name of hosts) this.#add('Host', name, random.chance(0.85) ? 0 : this.#time(), this.#host(name));
    for (const name of machines) {
      this.#add('VirtualMachine', name, random.chance(0.6) ? 0 : this.#time(), this.#machine());
    }
  }

  /** Somebody applies, patches or deletes something. */
  edit(): void {
    const { random } = this.#ground;
    const groups = this.#groups;
    if (random.chance(0.25)) this.#editHost(random.pick(this.#ground.hosts));
    else if (groups.length > 0 && random.chance(0.15)) this.#editGroup(random.pick(groups));
    else this.#editMachine(random.pick(this.#ground.machines));
  }

  fault(): void {
    const { random, hosts, machines, datastores, isXen } = this.#ground;
    const at = this.#time();
    const crash = isXen ? 'Dom0Crash' : 'Crash';
    const ofHost = ['Hang', 'PowerCut', crash, 'IsolateNetwork', 'PartitionNetwork', 'SlowNetwork', 'PathLoss'];
    ofHost.push('LoseDatastore', 'LoseDatastore', 'StopAgent', 'FailWake', 'BMCUnreachable');
    const draws: (() => Spec)[] = [
      () => this.#ofHost(random.pick(ofHost), random.pick(hosts)),
      () => this.#ofHost(random.pick(ofHost), random.pick(hosts)),
      () => this.#ofHost(random.pick(ofHost), random.pick(hosts)),
      () => ofKind('VirtualMachine', random.pick(machines), random.pick(['GuestHang', 'GuestCrash'])),
      () => ofKind('Datastore', random.pick(datastores), random.pick(['LoseDatastore', 'DatastoreFull', 'SlowDisk'])),
      () => ofKind('Management', random.pick(['controllers', 'apiserver', 'datacenter']), 'Crash'),
    ];
    const spec = random.pick(draws)();
    const isManagement = (spec['target'] as { kind: string }).kind === 'Management';
    const lasts = isManagement || random.chance(0.6) ? { durationSeconds: random.between(5, 90) } : {};
    this.#add('Fault', `f${++this.#faults}`, 0, { ...spec, afterSeconds: at, ...lasts });
    // Somebody sees it, and tries to help.
    const isDeath = ['Crash', 'Dom0Crash', 'PowerCut'].includes(spec['type'] as string) && !isManagement;
    const helped = isDeath ? random.between(0, machines.length) : random.between(-3, 1);
    for (const name of random.shuffle(machines).slice(0, Math.max(0, helped))) this.#restart(name, at);
  }

  /** Off and on again, within seconds. */
  #restart(name: string, at: number): void {
    let later = at;
    for (const power of ['Off', 'On']) {
      later = this.#after(later + this.#ground.random.between(1, 4));
      const life = this.#lifeAt('VirtualMachine', name, later);
      if (life === undefined || later >= this.#ground.until) return;
      this.#change(life, later, { ...life.spec, power });
    }
  }

  /** Time goes at another speed, and stands still for a while. */
  clock(): void {
    const { random, until } = this.#ground;
    const speed = random.pick([1, 2, 10]);
    this.#add('Clock', 'default', 0, { speed });
    if (random.chance(0.5)) {
      const at = this.#time();
      this.#add('Clock', 'default', at, { speed, paused: true });
      this.#add('Clock', 'default', Math.min(until - 0.1, at + random.between(5, 60)), { speed, paused: false });
    }
  }

  manifests(): Declared[] {
    const { until } = this.#ground;
    const lives = [...this.#lives].sort((a, b) => a.at - b.at);
    return lives.map(({ kind, name, at, spec, until: end }): Declared => {
      const goes = kind === 'Fault' ? until : end;
      const annotations = {
        ...(at === 0 ? {} : { [APPLY_AFTER]: String(at) }),
        ...(goes === undefined ? {} : { [DELETE_AFTER]: String(goes) }),
      };
      return { apiVersion: API_VERSION, kind, metadata: { name, annotations }, spec };
    });
  }

  #add(kind: string, name: string, at: number, spec: Spec): void {
    this.#lives.push({ kind, name, at, spec });
  }

  /** A time in tenths of a second that nothing else has; often close to another. */
  #time(): number {
    const { random, until } = this.#ground;
    const near = random.chance(0.4) ? [...this.#taken] : [];
    const drawn = near.length === 0 ? random.between(1, until * 10 - 10) : random.pick(near) + random.between(1, 40);
    let tenths = Math.min(drawn, until * 10 - 2);
    while (this.#taken.has(tenths)) tenths--;
    this.#taken.add(tenths);
    return tenths / 10;
  }

  /** What the object is at that time; undefined when it is not there, or goes before the edit could matter. */
  #lifeAt(kind: string, name: string, at: number): Life | undefined {
    const lives = this.#lives.filter((life) => life.kind === kind && life.name === name && life.at < at);
    const last = lives.sort((a, b) => a.at - b.at).at(-1);
    return last?.until !== undefined && last.until <= at ? undefined : last;
  }

  #editHost(name: string): void {
    const { random } = this.#ground;
    const at = this.#time();
    const life = this.#lifeAt('Host', name, at);
    if (life === undefined) {
      this.#add('Host', name, at, this.#host(name));
      return;
    }
    const draws: (() => Spec | undefined)[] = [
      () => ({ ...life.spec, maintenance: life.spec['maintenance'] !== true }),
      () => ({ ...life.spec, power: random.pick(['On', 'Off', 'Standby']) }),
      () => without(life.spec, 'power'),
      () => undefined,
    ];
    this.#change(life, at, random.pick(draws)());
  }

  /** What machines name in their specs, and nothing runs on. */
  get #groups(): readonly { readonly kind: string; readonly name: string }[] {
    const { clusters, pools, templates } = this.#ground;
    const of = (kind: string, names: readonly string[]) => names.map((name) => ({ kind, name }));
    return [...of('Cluster', clusters), ...of('ResourcePool', pools), ...of('VirtualMachineTemplate', templates)];
  }

  #editGroup({ kind, name }: { readonly kind: string; readonly name: string }): void {
    const draw = () =>
      kind === 'Cluster' ? this.#cluster() : kind === 'ResourcePool' ? this.#pool(name) : this.#template();
    const at = this.#time();
    const life = this.#lifeAt(kind, name, at);
    if (life === undefined) this.#add(kind, name, at, draw());
    else this.#change(life, at, this.#ground.random.chance(0.6) ? draw() : undefined);
  }

  #editMachine(name: string): void {
    const { random } = this.#ground;
    const at = this.#time();
    const life = this.#lifeAt('VirtualMachine', name, at);
    if (life === undefined) {
      this.#add('VirtualMachine', name, at, this.#machine());
      return;
    }
    const { spec } = life;
    const memory = (spec['memory'] ?? {}) as Spec;
    const cpu = (spec['cpu'] ?? {}) as Spec;
    const draws: (() => Spec | undefined)[] = [
      () => ({ ...spec, power: random.pick(['On', 'Off', 'Suspended']) }),
      () => ({ ...spec, power: spec['power'] === 'Off' ? 'On' : 'Off' }),
      () => ({ ...spec, restartedAt: `2010-11-01T00:${String(random.between(10, 59))}:00Z` }),
      () => ({ ...spec, memory: { ...memory, reservation: `${64 * random.between(0, 16)}Mi` } }),
      () => ({ ...spec, memory: { ...memory, size: `${256 * random.between(1, 16)}Mi` } }),
      () => ({ ...spec, cpu: { ...cpu, shares: random.pick(['Low', 'Normal', 'High']) } }),
      () => ({ ...spec, cpu: { ...cpu, count: random.between(1, 4) } }),
      () => ({ ...spec, workload: this.#workload() }),
      () => undefined,
      () => undefined,
    ];
    this.#change(life, at, random.pick(draws)());
  }

  /** Undefined: it is deleted, and sometimes made anew a moment later. */
  #change({ kind, name, until }: Life, at: number, spec: Spec | undefined): void {
    const { random } = this.#ground;
    const life = this.#lifeAt(kind, name, at)!;
    if (spec !== undefined) {
      this.#lives.push({ kind, name, at, spec, ...(until === undefined ? {} : { until }) });
      delete life.until;
      return;
    }
    life.until = at;
    if (random.chance(0.5)) this.#add(kind, name, this.#after(at), life.spec);
  }

  #after(at: number): number {
    let tenths = Math.round(at * 10) + this.#ground.random.pick([1, 2, 5, 30]);
    while (this.#taken.has(tenths)) tenths++;
    this.#taken.add(tenths);
    return tenths / 10;
  }

  #cluster(): Spec {
    const { random } = this.#ground;
    return random.chance(0.3) ? { drs: { enabled: true }, ha: { enabled: random.chance(0.5) } } : {};
  }

  #pool(name: string): Spec {
    const { random } = this.#ground;
    const cluster = name.replace('pool-of-', '');
    return random.chance(0.5) ? { cluster, memory: { reservation: `${random.between(0, 4)}Gi` } } : { cluster };
  }

  #template(): Spec {
    const { cpu, memory, guest, disks, nics, workload } = this.#machineAlone();
    return { cpu, memory, guest, disks, nics, workload };
  }

  #datastore(name: string): Spec {
    const { random } = this.#ground;
    const capacity = random.chance(0.15) ? '40Gi' : '500Gi';
    const lockTimeoutSeconds = random.pick([5, 16]);
    return name.startsWith('nfs') ? { type: 'NFS', capacity, lockTimeoutSeconds } : { capacity, lockTimeoutSeconds };
  }

  #host(name: string): Spec {
    const box = this.#boxes.get(name) ?? this.#box();
    this.#boxes.set(name, box);
    return box;
  }

  #box(): Spec {
    const { random, datastores, clusters, isXen } = this.#ground;
    const cluster = clusters.length > 0 && random.chance(0.7) ? { cluster: random.pick(clusters) } : {};
    const networks: Spec[] = [{ name: 'lan', roles: ['Management', 'VirtualMachine'] }];
    if (random.chance(0.3)) networks.push({ name: 'storage', roles: ['Storage'] });
    return {
      ...cluster,
      ...(isXen ? { hypervisor: { type: 'Xen' } } : random.chance(0.2) ? { hypervisor: { version: '4.1' } } : {}),
      cpu: { coresPerSocket: random.pick([2, 4, 8]), mhz: 2000 },
      memory: { size: `${random.pick([6, 8, 16])}Gi` },
      datastores: random.chance(0.8) ? [...datastores] : [random.pick(datastores)],
      networks,
      bmc: { bootSeconds: random.between(20, 180), standbySeconds: random.between(5, 60) },
    };
  }

  /** Where it belongs, and what of it a template says. */
  #machine(): Spec {
    const { random, clusters, pools, templates } = this.#ground;
    const alone = this.#machineAlone();
    const cluster = clusters.length > 0 && random.chance(0.6) ? random.pick(clusters) : undefined;
    const pool = pools.find((name) => name === `pool-of-${cluster}`);
    const member = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(pool !== undefined && random.chance(0.6) ? { resourcePool: pool } : {}),
    };
    if (templates.length === 0 || !random.chance(0.4)) return { ...alone, ...member };
    const { host, power, powerOff, restartPolicy, reclaimPolicy, memory } = alone;
    const own = { host, power, powerOff, restartPolicy, reclaimPolicy, ...(random.chance(0.5) ? { memory } : {}) };
    const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return { ...said, ...member, template: random.pick(templates) };
  }

  #machineAlone(): Spec {
    const { random, hosts, datastores } = this.#ground;
    const size = random.pick([256, 512, 1024, 2048, 4096]);
    const reservation = random.chance(0.4) ? { reservation: `${Math.floor(size / random.pick([1, 2, 4]))}Mi` } : {};
    const disk = { name: 'root', size: `${random.between(1, 10)}Gi`, datastore: random.pick(datastores) };
    return {
      ...(random.chance(0.15) ? { host: random.pick(hosts) } : {}),
      ...(random.chance(0.15) ? { power: random.pick(['Off', 'Suspended']) } : {}),
      cpu: { count: random.between(1, 2), hotAdd: random.chance(0.3) },
      memory: { size: `${size}Mi`, hotAdd: random.chance(0.3), ...reservation },
      guest: {
        bootSeconds: random.between(5, 60),
        shutdownSeconds: random.between(1, 30),
        tools: random.chance(0.9) ? 'Installed' : 'None',
      },
      powerOff: { mode: random.pick(['Hard', 'GuestShutdown']), timeoutSeconds: random.between(1, 60) },
      restartPolicy: random.pick(['Always', 'OnFailure']),
      reclaimPolicy: random.pick(['Delete', 'Delete', 'Retain']),
      disks: random.chance(0.9) ? [disk] : [],
      nics: random.chance(0.9) ? [{ network: 'lan' }] : [],
      workload: this.#workload(),
    };
  }

  #workload(): Spec {
    const { random } = this.#ground;
    const memory = random.chance(0.3) ? { memory: { active: `${random.between(1, 8) * 32}Mi` } } : {};
    const draws: Spec[] = [
      { idle: {} },
      { constant: { cpuPercent: random.between(0, 100) } },
      { diurnal: { minPercent: 5, maxPercent: 90, periodHours: 1 } },
      { periodic: { runMicroseconds: 20_000, sleepMicroseconds: 30_000 } },
      { steps: [{ atSeconds: random.between(0, 300), cpuPercent: random.between(0, 100) }] },
    ];
    return { ...random.pick(draws), ...memory };
  }

  #ofHost(type: string, name: string): Spec {
    const { random } = this.#ground;
    const spec = ofKind('Host', name, type);
    if (type === 'LoseDatastore') return { ...spec, mode: random.pick(['AllPathsDown', 'DeviceLoss']) };
    if (type === 'PartitionNetwork') return { ...spec, group: random.pick(['left', 'right']) };
    return spec;
  }
}

const ofKind = (kind: string, name: string, type: string): Spec => ({ target: { kind, name }, type });

function without(spec: Spec, field: string): Spec {
  const { [field]: _, ...rest } = spec;
  return rest;
}
