import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { machineFields, machineRules } from './machine-spec.ts';
import type { KubeObject } from './meta.ts';
import { virtualMachineTemplates } from './resources.ts';
import { nameAtMost } from './rules.ts';
import { integer, object, type TypeOf } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';

const spec = object(
  "What a machine made from the template has, unless its own manifest says otherwise. Objects go together field by field; a list or a workload that the machine gives takes the place of the template's whole.",
  machineFields,
  { rules: machineRules },
);

const status = object(
  'What is observed of the template.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    virtualMachines: integer('VMs that name the template.', { minimum: 0 }),
  },
  { default: unwrittenStatus },
);

export type VirtualMachineTemplateSpec = TypeOf<typeof spec>;
export type VirtualMachineTemplateStatus = TypeOf<typeof status>;

/** A machine to copy: its disks and settings. */
export interface VirtualMachineTemplate extends KubeObject {
  readonly spec: VirtualMachineTemplateSpec;
  readonly status: VirtualMachineTemplateStatus;
}

export const virtualMachineTemplateDefinition: Definition = {
  type: virtualMachineTemplates,
  shortNames: ['vmt'],
  description:
    'A machine to make others from. A VirtualMachine that names it in spec.template gets copies of its disks, and its settings where it has none of its own.',
  spec,
  specRequired: false,
  status,
  rules: [nameAtMost(63, 'it names folders on datastores')],
  columns: [
    readyColumn,
    reasonColumn,
    { name: 'OS', type: 'string', jsonPath: '.spec.guest.os', description: 'Operating system.' },
    { name: 'CPUs', type: 'integer', jsonPath: '.spec.cpu.count', description: 'vCPUs.' },
    { name: 'Memory', type: 'string', jsonPath: '.spec.memory.size', description: 'Memory.' },
    { name: 'VMs', type: 'integer', jsonPath: '.status.virtualMachines', description: 'Made from it.', priority: 1 },
    ageColumn,
  ],
};
