import type { Condition, KubeObject } from '../../src/api/meta.ts';
import { parseManifests } from '../../src/cli/manifests/load.ts';
import { fidelityOf } from '../../src/hypervisor/host-models.ts';
import type { ApiImage } from '../../src/sim/disks.ts';
import { installedKinds } from '../../src/sim/image.ts';
import type { SimReport } from '../../src/sim/report.ts';
import { Simulation, type SimulationOptions } from '../../src/sim/simulation.ts';

let image: ApiImage | undefined;

/** An API server's disk with our kinds, made once for all worlds of a test file. */
export async function sharedImage(): Promise<ApiImage> {
  image ??= await installedKinds();
  return image;
}

/** What `orrery sim` reports of a YAML text. */
export async function simulate(
  yaml: string,
  { forSeconds, seed = 1, ...rest }: { forSeconds: number; seed?: number } & Partial<SimulationOptions>,
): Promise<SimReport> {
  const fidelity = fidelityOf('entitlement');
  if (typeof fidelity === 'string') throw new Error(fidelity);
  const refused: string[] = [];
  const simulation = new Simulation({
    manifests: { manifests: parseManifests(yaml, 'world.yaml'), files: ['world.yaml'], lineOf: ({ line }) => line },
    seed,
    forMs: forSeconds * 1000,
    fidelity,
    image: await sharedImage(),
    complain: (line) => refused.push(line),
    ...rest,
  });
  await simulation.run();
  return simulation.report();
}

export type AnyItem = KubeObject & {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };
};

export function itemOf({ objects }: SimReport, kind: string, name: string): AnyItem {
  const found = objects.items.find((item) => item.kind === kind && item.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as AnyItem;
}

export function conditionOf(item: AnyItem, type: string): Condition | undefined {
  return item.status.conditions?.find((condition) => condition.type === type);
}

/** `12.5 VMPoweredOn` of every event about the object, in order. */
export function eventsOf({ events }: SimReport, name: string): string[] {
  return events.filter((event) => event.name === name).map(({ atSeconds, reason }) => `${atSeconds} ${reason}`);
}

const header = '---\napiVersion: orrery.dev/v1alpha1\n';

/** An object in flow style. */
export function yamlOf(kind: string, name: string, spec = '', annotations = ''): string {
  return `${header}kind: ${kind}\nmetadata: {name: ${name}, annotations: {${annotations}}}\nspec: {${spec}}\n`;
}

/** 4 cores of 2 GHz, 16 GiB, on san1, and on lan for management and VMs. */
export function hostYaml(name: string, more = ''): string {
  const lan = '{name: lan, roles: [Management, VirtualMachine]}';
  const base = `cpu: {coresPerSocket: 4, mhz: 2000}, memory: {size: 16Gi}, datastores: [san1], networks: [${lan}]`;
  return yamlOf('Host', name, more === '' ? base : `${base}, ${more}`);
}

/** 1 vCPU, 1 GiB, a thin disk on san1, a nic on lan. */
export function vmYaml(name: string, more = '', annotations = ''): string {
  const base = 'disks: [{name: root, size: 10Gi, datastore: san1}], nics: [{network: lan}]';
  return yamlOf('VirtualMachine', name, more === '' ? base : `${base}, ${more}`, annotations);
}

export const sanYaml = yamlOf('Datastore', 'san1', 'capacity: 500Gi');
