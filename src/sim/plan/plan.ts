/** `orrery plan`: what the controllers would do with a world, as it stands; nothing is carried out. */

import type { HostSpec } from '../../api/host.ts';
import { filledMachineSpec } from '../../api/machine-defaults.ts';
import type { KubeObject } from '../../api/meta.ts';
import { API_VERSION, hosts } from '../../api/resources.ts';
import type { VirtualMachine } from '../../api/virtual-machine.ts';
import { SECOND } from '../../base/units.ts';
import type { Manifests } from '../../cli/manifests/load.ts';
import type { Declared, Manifest } from '../../cli/manifests/manifest.ts';
import { DirectBackend } from '../../hypervisor/transport/direct.ts';
import { withoutManagedFields } from '../../informer/informer.ts';
import type { Remark } from '../../runtime/plan-step.ts';
import { annotationOf, HOST, namespaceOf } from '../annotations.ts';
import type { ApiImage } from '../disks.ts';
import { checkDeclarations } from '../scenario.ts';
import { User } from '../user.ts';
import { World } from '../world.ts';
import { planSteps } from './steps.ts';
import { NamespaceView } from './view.ts';

export interface PlanOptions {
  readonly manifests: Manifests;
  readonly image?: ApiImage;
  /** A file that a manifest names, as text. */
  readonly readFile?: (path: string) => string;
  /** Told of what is refused, a line each, in the order of the files, but for the last, which is the error. */
  readonly complain: (line: string) => void;
}

export interface Plan {
  /** Every object given, with its status; then what the controllers would create. */
  readonly items: readonly KubeObject[];
  readonly remarks: readonly (Remark & { readonly namespace: string })[];
}

/** What takes effect in time, of which a plan has none. */
const timely: ReadonlySet<string> = new Set(['Fault', 'Clock']);
/** The hypervisor needs a moment to start a machine, before its guest boots. */
const START_MS = SECOND;

/** Rejects with `OrreryError` MANIFEST_REFUSED or MANIFEST_INVALID. */
export async function plan(options: PlanOptions): Promise<Plan> {
  const { manifests, image, readFile, complain } = options;
  checkDeclarations(manifests);
  const world = await World.start({
    seed: 'plan',
    ...(image === undefined ? {} : { image }),
    ...(readFile === undefined ? {} : { readFile }),
  });
  // The machines of this world are real; nobody manages them.
  world.crash('controllers', Number.POSITIVE_INFINITY);
  const user = new User({ world, manifests, complain });
  const given = latest(manifests.manifests);
  const [timeless, timed] = [given.filter((one) => !isTimely(one.object)), given.filter((one) => isTimely(one.object))];
  await user.begin([{ at: 0, applied: timeless, deleted: [] }], timed);
  await closeHosts(world, given);
  await world.pass(START_MS + bootMs(user, given));
  const views = new Map<string, NamespaceView>();
  const objects = given.map((manifest) => user.find(manifest) ?? (manifest.object as unknown as KubeObject));
  const inNamespaces = Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? '');
  for (const [namespace, members] of inNamespaces) {
    const inner = world.physical!.datacenter.find(namespace);
    const known = members.filter(({ metadata }) => metadata.uid !== undefined);
    const view = new NamespaceView(namespace, world.clock.now(), known, inner?.snapshot() ?? []);
    for (const step of planSteps) step.run(view);
    views.set(namespace, view);
  }
  world.close();
  const viewOf = ({ metadata }: KubeObject) => views.get(metadata.namespace ?? '')!;
  return {
    items: [
      ...objects.map((object) => withoutManagedFields(viewOf(object).find(object.metadata.uid) ?? object)),
      ...[...views.values()].flatMap(({ created }) => created),
    ],
    remarks: [...views.values()].flatMap(({ namespace, remarks }) => remarks.map((one) => ({ ...one, namespace }))),
  };
}

/** Hosts that shall be in maintenance have been for long. */
async function closeHosts(world: World, given: readonly Manifest[]): Promise<void> {
  const backend = new DirectBackend(world.physical!.datacenter);
  for (const manifest of given) {
    const { kind, metadata, spec } = manifest.object as Declared & { readonly spec?: Partial<HostSpec> };
    if (kind !== hosts.kind || spec?.maintenance !== true) continue;
    await world.settle(backend.setHostMaintenance({ namespace: namespaceOf(manifest), name: metadata.name }, true));
  }
}

const isTimely = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
  apiVersion === API_VERSION && timely.has(kind);

/** Of an object declared again, what it is in the end; in the place where it came first. */
function latest(manifests: readonly Manifest[]): Manifest[] {
  const last = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { kind, metadata } = manifest.object;
    last.set(`${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`, manifest);
  }
  return [...last.values()];
}

/** How long the slowest guest takes that runs now, and so has booted long ago. */
function bootMs(user: User, given: readonly Manifest[]): number {
  let longest = 0;
  for (const manifest of given) {
    if (annotationOf(manifest, HOST) === undefined) continue;
    const vm = user.find(manifest) as VirtualMachine | undefined;
    if (vm?.kind !== 'VirtualMachine') continue;
    const template = user.templateOf(vm);
    longest = Math.max(longest, filledMachineSpec(vm.spec, template?.spec).guest.bootSeconds * SECOND);
  }
  return longest;
}
