import type { MachineConfig } from '../backend.ts';

/** Whether a machine on Xen has emulated devices, that is a qemu-dm process in dom0. */
export function isEmulated({ guest }: MachineConfig): boolean {
  return guest.virtualization === 'HVM' && !guest.pvDrivers;
}
