/** Known faults that can be planted in the code under test, to see whether the swarm finds them. */
export interface Mutation {
  readonly name: string;
  /** What is wrong with it. */
  readonly about: string;
  /** From the root of the checkout. */
  readonly file: string;
  /** Text that is in the file exactly once, and what stands in its place. */
  readonly find: string;
  readonly replace: string;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'ignored-lock',
    about: 'a host starts a machine whose lock another holds',
    file: 'src/hypervisor/host/admission.ts',
    find: 'if (machine === undefined || holder === undefined || holder === host.name) return;',
    replace: 'if (site !== undefined) return;',
  },
  {
    name: 'uncounted-start',
    about: 'two starts of a machine bear the same number',
    file: 'src/hypervisor/machine/power.ts',
    find: '  record.epoch++;',
    replace: '  record.epoch ||= 1;',
  },
  {
    name: 'double-start',
    about: 'an order to start that comes twice is carried out twice',
    file: 'src/hypervisor/orders.ts',
    find: '  if (isRepeat(site, machine, request)) return { epoch: machine!.record.epoch };',
    replace: `  if (isRepeat(site, machine, request)) {
    const { config, files } = machine!.record;
    start(site, machine!, { host: hostOf(site, request.host), config, files, restartToken: undefined });
    return { epoch: machine!.record.epoch };
  }`,
  },
  {
    name: 'survivors',
    about: 'what ran on a host that crashed runs on',
    file: 'src/hypervisor/host/host-mishaps.ts',
    find: "  endEverything(site, host, 'HostFailed');\n  site.changed(host);",
    replace: '  site.changed(host);',
  },
  {
    name: 'stale-not-told',
    about: 'an instance that lost its lock is not told of',
    file: 'src/hypervisor/machine/machine.ts',
    find: '      names.push(this.instance.host.name);',
    replace: '',
  },
  {
    name: 'leaked-space',
    about: 'what is freed on a datastore stays in use',
    file: 'src/hypervisor/machine/machine.ts',
    find: '      datastore.take(bytes);',
    replace: '      datastore.take(Math.max(0, bytes));',
  },
  {
    name: 'half-saved-turn',
    about: 'a machine is missing in what the datacenter saves',
    file: 'src/hypervisor/world.ts',
    find: '...harvest.changed.map((noun) => rowOf(this.#site, noun))]',
    replace: '...harvest.changed.slice(1).map((noun) => rowOf(this.#site, noun))]',
  },
  {
    name: 'lost-status-write',
    about: 'a small change of status is taken for written',
    file: 'src/runtime/status-writer.ts',
    find: 'if (operations.length === 0) {',
    replace: 'if (operations.length <= 2) {',
  },
  {
    name: 'skipped-watch-event',
    about: 'a cache overhears an event now and then',
    file: 'src/informer/reflector.ts',
    find: "if (event.type !== 'bookmark') events.push(event);",
    replace: "if (event.type !== 'bookmark' && Number(at) % 29 !== 0) events.push(event);",
  },
  {
    name: 'skipped-history',
    about: 'a watch that resumes misses the first event after its version',
    file: 'src/apiserver/store/event-log.ts',
    find: 'return this.#events.slice(low) as LogEvent[];',
    replace: 'return this.#events.slice(low + 1) as LogEvent[];',
  },
  {
    name: 'no-retry',
    about: 'what failed is not tried again',
    file: 'src/runtime/controller.ts',
    find: 'this.#queue.addRateLimited(key, atLeastMs, isNoAnswer(error) ? MOST_UNANSWERED_MS : undefined);',
    replace: '',
  },
  {
    name: 'generation-ahead',
    about: 'a status claims to have seen a generation that is not there yet',
    file: 'controllers/power/controller.ts',
    find: '        draft.observedGeneration = observedGeneration;',
    replace: '        draft.observedGeneration = observedGeneration + 1;',
  },
  {
    name: 'written-spec',
    about: 'a controller writes into a spec of the user',
    file: 'src/runtime/finalizers.ts',
    find: 'const body = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } };',
    replace: 'const body = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] }, spec: {} };',
  },
  {
    name: 'left-machine',
    about: 'the machine of a VM that is gone is not ended',
    file: 'controllers/power/controller.ts',
    find: '      await backend.destroy({ namespace, uid });',
    replace: '',
  },
  {
    name: 'unhealed-fault',
    about: 'a Fault that is deleted does not heal',
    file: 'src/racking/faults.ts',
    find: 'for (const id of world.faults()) if (!present.has(id)) world.removeFault(id);',
    replace: '',
  },
  {
    name: 'stale-reach',
    about: 'a Datastore does not say which hosts reach it',
    file: 'src/agent/storage-agent.ts',
    find: '    hosts: [...report.hosts],',
    replace: '    hosts: [],',
  },
  {
    name: 'wrong-time',
    about: 'a Clock says that time was set at another moment',
    file: 'src/racking/racking.ts',
    find: '      anchorSim: rfc3339Milli(anchorSim),',
    replace: '      anchorSim: rfc3339Milli(0),',
  },
  {
    name: 'left-namespace',
    about: 'the datacenter keeps a namespace that is gone',
    file: 'src/racking/racking.ts',
    find: '    datacenter.remove(namespace);',
    replace: '',
  },
];
