import { machineDefaults } from '../../src/api/machine-defaults.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../src/api/virtual-machine-template.ts';
import type { MachineConfig, MachineReport } from '../../src/hypervisor/backend.ts';
import type { PowerInput } from './decide.ts';
import { machineConfig } from './machine-config.ts';

/** What this controller remembers of a machine; losing it costs a repeated order and nothing else. */
export interface Memory {
  /** The configuration given last, and to which start. */
  readonly given: { readonly config: MachineConfig; readonly epoch: number } | undefined;
  /** What the machines answered last, and to which generation of the spec. */
  readonly refusal: { readonly reason: string; readonly message: string; readonly generation: number } | undefined;
}

export interface Observation {
  readonly vm: VirtualMachine;
  readonly template: VirtualMachineTemplate | undefined;
  readonly report: MachineReport | undefined;
  readonly memory: Memory;
  readonly isHeard: boolean;
  /** Of the host in the report. */
  readonly hostConnection: string | undefined;
}

/** What `decide` needs of what was observed. */
export function powerInput({ vm, template, report, memory, isHeard, hostConnection }: Observation): PowerInput {
  const { spec, metadata, status } = vm;
  const admitted = status.conditions?.find(({ type }) => type === 'Admitted');
  const placed = status.conditions?.find(({ type }) => type === 'Placed');
  const isMissing = spec.template !== undefined && template === undefined;
  return {
    wish: {
      power: spec.power ?? machineDefaults.power,
      deleting: metadata.deletionTimestamp !== undefined,
      restartedAt: spec.restartedAt,
      restartPolicy: spec.restartPolicy ?? template?.spec.restartPolicy ?? machineDefaults.restartPolicy,
    },
    report,
    wanted: isMissing ? undefined : machineConfig(vm, template),
    admitted:
      admitted === undefined || admitted.observedGeneration !== metadata.generation
        ? undefined
        : { isTrue: admitted.status === 'True', reason: admitted.reason, message: admitted.message },
    placedOn: placed?.status === 'True' ? status.host : undefined,
    given: memory.given?.epoch === report?.epoch ? memory.given?.config : undefined,
    refusal: memory.refusal?.generation === metadata.generation ? memory.refusal : undefined,
    isHeard,
    hostConnection,
  };
}
