import * as hardware from './machine-hardware.ts';
import * as policy from './machine-policy.ts';
import { workload } from './workload.ts';

/** The fields that a VirtualMachine and a VirtualMachineTemplate share. */
export const machineFields = {
  guest: hardware.guest,
  cpu: hardware.cpu,
  memory: hardware.memory,
  xen: hardware.xen,
  disks: hardware.disks,
  nics: hardware.nics,
  devices: hardware.devices,
  workload,
  powerOff: policy.powerOff,
  restartPolicy: policy.restartPolicy,
  reclaimPolicy: policy.reclaimPolicy,
  drs: policy.drs,
  ha: policy.ha,
  faultTolerance: policy.faultTolerance,
};

/** The rules over several of them. */
export const machineRules = [policy.guestShutdownRule];
