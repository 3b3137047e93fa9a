import { clusterConditions } from './conditions.ts';
import { choice, integer, list, number, object, reportedQuantity, required, text } from './schema.ts';
import { availability, conditions, observedGeneration, unwrittenStatus, usage } from './status-fields.ts';
import * as words from './words.ts';

const count = (description: string) => integer(description, { minimum: 0 });
const percent = (description: string) => number(description, { minimum: 0 });

const failover = object('What HA admission control sees.', {
  policy: choice('The policy that is applied.', words.admissionPolicies),
  hostsTolerated: count('Hosts that may fail now without a VM staying down.'),
  slotCPUMHz: count('HostFailures: MHz of a slot.'),
  slotMemory: reportedQuantity('HostFailures: memory of a slot.'),
  slotSetBy: text('HostFailures: the VM whose reservation sets the slot, or the bound that does.'),
  slots: object('HostFailures: slots of the hosts that are left when the largest have failed.', {
    total: count('All slots.'),
    used: count('Taken by VMs.'),
    available: count('For further VMs.'),
  }),
  cpuPercent: percent('Percentage: CPU that is unreserved now.'),
  memoryPercent: percent('Percentage: memory that is unreserved now.'),
});

const rule = object('What became of a rule.', {
  name: required(text('Name of the rule.', { maxLength: 63 })),
  state: choice(
    'Active: kept. Violated: not kept now. Conflict: switched off, as it contradicts an earlier one. Disabled: by spec.',
    words.ruleStates,
  ),
  with: text('Conflict: the earlier rule.', { maxLength: 63 }),
  virtualMachines: list('Violated: the VMs that are in the wrong place.', text('Name of a VM.'), {
    type: 'set',
    maxItems: 10_000,
  }),
});

export const clusterStatus = object(
  'What is observed of the cluster.',
  {
    observedGeneration,
    conditions: conditions(clusterConditions),
    capacity: object('What its connected hosts have together.', {
      cpuMHz: count('Processor, in MHz.'),
      memory: reportedQuantity('Memory.'),
      storage: reportedQuantity('Capacity of the datastores that they reach.'),
      networkMbps: count('Speed of their uplinks, in megabits per second.'),
    }),
    demand: usage('What its VMs would use if nobody competed.'),
    reserved: usage('What its VMs and pools have reserved; memory with overhead.'),
    hosts: object('Its hosts.', {
      total: count('All that name it.'),
      on: count('On and connected.'),
      standby: count('Asleep.'),
      failed: count('On, but dead or out of reach; or not woken.'),
    }),
    state: choice(
      'Valid: every reservation can be met. Overcommitted: capacity fell below the reservations. Invalid: the pools contradict each other, or HA could not keep its promise.',
      words.clusterStates,
    ),
    imbalance: object('How unevenly the hosts are loaded: standard deviation of their normalised entitlement.', {
      current: number('Now; the larger of CPU and memory.', { minimum: 0 }),
      target: number('What DRS lets stand at its threshold.', { minimum: 0 }),
    }),
    haMaster: text('The host whose HA agent leads.'),
    power: object('Electric power of its hosts.', {
      watts: number('Drawn now.', { minimum: 0 }),
      kilowattHours: number('Drawn since it was created.', { minimum: 0 }),
    }),
    availability: availability('its VMs'),
    failover,
    rules: list('Its rules.', rule, { type: { keys: ['name'] }, maxItems: 100 }),
  },
  { default: unwrittenStatus },
);
