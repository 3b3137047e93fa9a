import type { Site } from '../site.ts';
import type { StoredFile } from '../storage/machine-files.ts';
import type { Machine } from './machine.ts';
import { leaveBehind } from './strays.ts';

/** What outlives a machine that is destroyed with `Retain`. */
const lasting: ReadonlySet<StoredFile['kind']> = new Set(['Config', 'Disk', 'Snapshot', 'Log']);

/** Forgets a machine that is off: frees its files, or leaves them as orphans, and remembers that it was. */
export function forget(site: Site, machine: Machine): void {
  const { record } = machine;
  leaveBehind(site, machine);
  machine.disarm();
  const isRetained = record.config.reclaim === 'Retain';
  const orphans = isRetained ? record.files.filter(({ kind }) => lasting.has(kind)) : [];
  machine.setFiles([]);
  for (const file of orphans) site.datastores.get(file.datastore)?.record.orphans.push(file);
  if (orphans.length === 0) site.folders.delete(record.folder);
  site.addresses.drop(record.macs, record.ip);
  site.machines.delete(machine.uid);
  if (site.hints.delete(machine.uid)) site.drop('Hints', machine.uid);
  remember(site, machine.uid);
  site.enter({
    uid: machine.uid,
    epoch: record.epoch,
    host: record.host,
    act: 'Destroyed',
    cause: isRetained ? 'Retain' : 'Delete',
  });
  site.forget(machine);
}

/** So many destroyed machines are remembered; a repeat of a start that is later than so many others does not come. */
const MOST_REMEMBERED = 10_000;

function remember(site: Site, uid: string): void {
  site.destroyed.add(uid);
  site.keep('Destroyed', uid, { at: site.now });
  if (site.destroyed.size <= MOST_REMEMBERED) return;
  const [oldest] = site.destroyed;
  site.destroyed.delete(oldest!);
  site.drop('Destroyed', oldest!);
}
