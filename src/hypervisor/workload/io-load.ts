import type { GuestIo } from '../cpu/host-cpu.ts';
import type { Workload } from '../hardware.ts';

/** Bytes of a full packet and of a typical disk request. */
const PACKET = 1500;
const DISK_REQUEST = 65_536;

/** The I/O of a workload as packets and requests. A request over the network is a packet each way at least. */
export function ioOf({ disk, network }: Pick<Workload, 'disk' | 'network'>): GuestIo | undefined {
  const bytes = ((network.receiveMbps + network.transmitMbps) * 1e6) / 8;
  const packets = Math.max(bytes / PACKET, 2 * network.requestsPerSecond);
  const diskRequests = ((disk.readMBps + disk.writeMBps) * 1e6) / DISK_REQUEST;
  return packets === 0 && diskRequests === 0 ? undefined : { packets, diskRequests };
}
