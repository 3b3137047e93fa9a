import type { Host } from '../../src/api/host.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { HostReport, MachineReport } from '../../src/hypervisor/backend.ts';
import type { HostInput } from './decide.ts';

/** Held while machines are on the host, so that deleting it says what holds it instead of killing them. */
export const FINALIZER = 'orrery.dev/host';

export interface Observation {
  readonly host: Host;
  readonly report: HostReport | undefined;
  /** Machines that run on it, or ran on it last. */
  readonly machines: readonly MachineReport[];
  /** Virtual machines whose status names it. */
  readonly residents: readonly VirtualMachine[];
  /** Undefined: the object is gone. */
  vmOf(machine: MachineReport): VirtualMachine | undefined;
  readonly isHeard: boolean;
}

/** What `decide` needs of what was observed. */
export function hostInput(seen: Observation): HostInput {
  const { host, report, isHeard } = seen;
  const { spec, metadata } = host;
  const isSame = report?.uid === metadata.uid;
  return {
    wantedPower: spec.power,
    wantedMaintenance: spec.maintenance === true,
    deleting: metadata.deletionTimestamp !== undefined,
    hasFinalizer: metadata.finalizers?.includes(FINALIZER) === true,
    report: isSame
      ? {
          power: report.power,
          lostPower: report.lostPower === true,
          connection: report.connection,
          maintenance: report.maintenance,
        }
      : undefined,
    isHeard,
    guests: inOrder(isHeard ? reportedGuests(seen) : knownGuests(seen)),
  };
}

function inOrder(guests: HostInput['guests']): HostInput['guests'] {
  return [...guests].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function reportedGuests({ machines, vmOf }: Observation): HostInput['guests'] {
  return machines
    .filter(({ power }) => power !== 'Off' && power !== 'Suspended')
    .map((machine) => {
      const vm = vmOf(machine);
      return { name: machine.name, deleting: vm === undefined || vm.metadata.deletionTimestamp !== undefined };
    });
}

/** What status said last, for as long as nothing is heard. */
function knownGuests({ residents }: Observation): HostInput['guests'] {
  return residents
    .filter(({ status }) => status.power !== undefined && status.power !== 'Off' && status.power !== 'Suspended')
    .map(({ metadata }) => ({ name: metadata.name, deleting: metadata.deletionTimestamp !== undefined }));
}
