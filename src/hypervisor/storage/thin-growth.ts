import { MB, MiB } from '../../base/units.ts';
import type { Machine } from '../machine/machine.ts';
import type { Site } from '../site.ts';
import { storageMbps } from './speed.ts';

/**
 * A guest's writes go to its first thin disk, and one byte in ten to a block that was never written before (an
 * assumption; the rest rewrites). The disk's file grows by steps of 256 MiB, as its file system hands out space.
 */
const FRESH_PART = 0.1;
const STEP = 256 * MiB;

/** Sets the machine's next step of growth, or none while nothing new is written. */
export function reviewGrowth(site: Site, machine: Machine): void {
  machine.growth?.cancel();
  machine.growth = undefined;
  const { record, instance } = machine;
  const wanted = machine.hints?.workload.disk.writeMBps ?? 0;
  const home = site.datastores.get(machine.home ?? '');
  const fastest = home === undefined ? 0 : storageMbps(instance?.host, home) / 8;
  // What it gets of the datastore now; while it gets nothing, it tries.
  const served = instance === undefined ? 0 : (site.disks.of(instance)?.writeMBps ?? 0);
  const writes = (served > 0 ? served : Math.min(wanted, fastest)) * MB * FRESH_PART;
  if (record.guest !== 'Running' || !instance?.host.isWorking || writes <= 0) return;
  if (growingDisk(machine) === undefined) return;
  machine.growth = site.at(site.now + (1000 * STEP) / writes, () => grow(site, machine));
}

/** The first thin disk that is not yet as large as it was promised, as its place among the files. */
function growingDisk({ record }: Machine): { place: number; left: number } | undefined {
  for (const disk of record.config.disks) {
    if (disk.provisioning !== 'Thin') continue;
    const place = record.files.findIndex((file) => file.disk === disk.name);
    const left = disk.size - (record.files[place]?.size ?? disk.size);
    if (left > 0) return { place, left };
  }
  return undefined;
}

function grow(site: Site, machine: Machine): void {
  const disk = growingDisk(machine);
  if (disk === undefined) return;
  const file = machine.record.files[disk.place]!;
  const datastore = site.datastores.get(file.datastore);
  const bytes = Math.min(STEP, disk.left, datastore?.free ?? 0);
  // Where there is no space the guest's writes wait, and are tried again.
  if (bytes > 0 && machine.instance?.host.reachesDatastore(file.datastore)) {
    machine.setFiles(machine.record.files.with(disk.place, { ...file, size: file.size + bytes }));
    site.changed(machine);
  }
  reviewGrowth(site, machine);
}
