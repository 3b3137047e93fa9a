/** Queues carry keys, never objects: `namespace/name`, or `name` alone for cluster-scoped kinds. */
import type { ObjectName } from '../client/port.ts';

export type Key = string;

export function keyOf({ namespace, name }: ObjectName): Key {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

export function nameOf(key: Key): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** '' for cluster-scoped kinds. */
export function namespaceOf(key: Key): string {
  const slash = key.indexOf('/');
  return slash < 0 ? '' : key.slice(0, slash);
}
