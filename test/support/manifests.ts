import type { Condition, KubeObject } from '../../src/api/meta.ts';

const apiVersion = 'orrery.dev/v1alpha1';

/** A host of 8 cores at 2 GHz and 16 GiB on the network lan. */
export function hostManifest(name: string, spec: object = {}): object {
  return {
    apiVersion,
    kind: 'Host',
    metadata: { name },
    spec: { cpu: { coresPerSocket: 8, mhz: 2000 }, memory: { size: '16Gi' }, networks: [{ name: 'lan' }], ...spec },
  };
}

export function vmManifest(name: string, spec: object = {}): object {
  return { apiVersion, kind: 'VirtualMachine', metadata: { name }, spec: { nics: [{ network: 'lan' }], ...spec } };
}

/** The shape that every object of ours has, for reading one of any kind. */
export declare function customObject(): KubeObject & { readonly status: { readonly conditions: readonly Condition[] } };
