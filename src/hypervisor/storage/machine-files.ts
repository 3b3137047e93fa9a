import { CONFIG_SIZE, keptDiskSize, LOG_SIZE, newDiskSize } from '../../arithmetic/file-sizes.ts';
import { swapFileSize } from '../../arithmetic/machine-memory.ts';
import type { MachineConfig, MachineFile } from '../backend.ts';
import type { HypervisorType } from '../hardware.ts';

/** A file on a datastore. `size` is what it takes there: of a thin disk, what has been written. */
export interface StoredFile {
  readonly datastore: string;
  readonly folder: string;
  readonly name: string;
  readonly kind: MachineFile['kind'];
  readonly size: number;
  /** Of a disk: its name in the configuration. */
  readonly disk?: string;
}

/** The datastore of a machine's first disk, where its configuration, log, swap file and lock are; none without disks. */
export function homeOf(config: MachineConfig): string | undefined {
  return config.disks[0]?.datastore;
}

export function reported(file: StoredFile): MachineFile {
  return { path: pathOf(file), kind: file.kind, size: file.size };
}

export function pathOf({ datastore, folder, name }: StoredFile): string {
  return `[${datastore}] ${folder}/${name}`;
}

/** Bytes that one set of files takes beyond another, by datastore; negative where it takes less. */
export function growth(before: readonly StoredFile[], after: readonly StoredFile[]): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { datastore, size } of after) bytes.set(datastore, (bytes.get(datastore) ?? 0) + size);
  for (const { datastore, size } of before) bytes.set(datastore, (bytes.get(datastore) ?? 0) - size);
  return bytes;
}

/** Which files a machine has. */
export interface Layout {
  readonly config: MachineConfig;
  readonly folder: string;
  readonly type: HypervisorType;
  /** Those it has now; disks keep what has been written to them. */
  readonly present: readonly StoredFile[];
}

/** The files of a machine that is off: configuration, disks, log. A machine without disks has none at all. */
export function filesAtRest({ config, folder, type, present }: Layout): StoredFile[] {
  const home = homeOf(config);
  if (home === undefined) return [];
  const at = { datastore: home, folder };
  const disks = config.disks.map((disk, index): StoredFile => {
    const old = present.find((file) => file.disk === disk.name);
    return {
      datastore: disk.datastore,
      folder,
      name: old?.name ?? diskFileName(folder, index, present),
      kind: 'Disk',
      size:
        old === undefined
          ? newDiskSize(disk.provisioning, disk.size)
          : keptDiskSize(disk.provisioning, disk.size, old.size),
      disk: disk.name,
    };
  });
  const suffix = type === 'ESX' ? 'vmx' : 'cfg';
  return [
    { ...at, name: `${folder}.${suffix}`, kind: 'Config', size: CONFIG_SIZE },
    ...disks,
    { ...at, name: type === 'ESX' ? 'vmware.log' : 'xend.log', kind: 'Log', size: LOG_SIZE },
  ];
}

/** The files of a machine that runs: on ESX with a swap file for what is not reserved. */
export function filesRunning(layout: Layout): StoredFile[] {
  const rest = filesAtRest(layout);
  const { config, folder, type } = layout;
  const home = homeOf(config);
  const swap = swapFileSize(config.memory.size, config.memory.reservation);
  if (home === undefined || type === 'Xen' || swap === 0) return rest;
  return [...rest, { datastore: home, folder, name: `${folder}.vswp`, kind: 'Swap', size: swap }];
}

/** The file that a machine's memory is written to. */
export function suspendFile(config: MachineConfig, folder: string): StoredFile | undefined {
  const home = homeOf(config);
  if (home === undefined) return undefined;
  return { datastore: home, folder, name: `${folder}.vmss`, kind: 'Suspend', size: config.memory.size };
}

/**
 * The disks of a configuration where they really are: a disk that exists stays on its datastore (only a migration
 * moves it) and never shrinks.
 */
export function settledDisks(wanted: MachineConfig, running: MachineConfig | undefined): MachineConfig['disks'] {
  if (running === undefined) return wanted.disks;
  return wanted.disks.map((disk) => {
    const old = running.disks.find(({ name }) => name === disk.name);
    if (old === undefined) return disk;
    return {
      ...disk,
      size: Math.max(disk.size, old.size),
      datastore: old.datastore,
      provisioning: old.provisioning,
    };
  });
}

function diskFileName(folder: string, index: number, present: readonly StoredFile[]): string {
  let number = index;
  const nameOf = () => (number === 0 ? `${folder}.vmdk` : `${folder}_${number}.vmdk`);
  while (present.some(({ name }) => name === nameOf())) number++;
  return nameOf();
}
