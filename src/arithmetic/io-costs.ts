/**
 * What carrying I/O costs the hypervisor in processor time, in microseconds. Every figure can be set per host
 * (Host.spec.xen.ioCosts). Orders of magnitude: one 1-Gbit/s stream of full packets (83,000 a second) fills about one
 * processor of those years in Xen's driver domain, and emulating a network card or disk for an unmodified guest costs
 * some five times as much, since each request takes several exits and a switch to its qemu-dm process. No source gives
 * these figures: they are ours. That dom0's part is large, and what it is made of, is in Cherkasova and Gardner, USENIX
 * ATC 2005.
 */
export interface XenIoCosts {
  /** dom0's network backend, per packet of a PV guest or of an HVM guest with PV drivers. */
  readonly packetUs: number;
  /** dom0's block backend, per request. */
  readonly diskRequestUs: number;
  /** The qemu-dm process of an HVM guest without PV drivers: per packet, per request. */
  readonly emulatedPacketUs: number;
  readonly emulatedDiskRequestUs: number;
  /** Memory of one such process, in bytes; it lies within dom0's. */
  readonly deviceModelMemory: number;
}

export const usualXenIoCosts: XenIoCosts = {
  packetUs: 10,
  diskRequestUs: 30,
  emulatedPacketUs: 50,
  emulatedDiskRequestUs: 150,
  deviceModelMemory: 32 * 2 ** 20,
};

/** The VMkernel's work per packet and disk request on ESX, in microseconds: it shows as %SYS. */
export const vmkernelCosts = { packetUs: 3, diskRequestUs: 15 } as const;
