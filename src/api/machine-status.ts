/** Status of a VirtualMachine. Percentages are means per vCPU over the last interval, 0 to 100. */
import { virtualMachineConditions } from './conditions.ts';
import { choice, integer, list, number, object, reportedQuantity, required, text, time } from './schema.ts';
import { availability, conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

// No maximum: a mean that rounding took over 100 must not make a server refuse the whole status.
const percent = (description: string) => number(description, { minimum: 0 });
const mhz = (description: string) => integer(description, { minimum: 0 });

const cpu = object('What its vCPUs do. Times are percent of the interval, mean per vCPU.', {
  usedMHz: mhz('MHz used, over all vCPUs.'),
  demandMHz: mhz('MHz that it would use if nobody competed.'),
  entitlementMHz: mhz('MHz due to it by reservation, limit, shares and what the others want.'),
  features: list(
    'What its processors were shown to have at power-on: the next host must have it too.',
    text('Name of a feature.', { maxLength: 32 }),
    { type: 'set', maxItems: 128 },
  ),
  numa: list(
    'Its home nodes.',
    object('A node.', {
      node: required(integer('Number of the node.', { minimum: 0 })),
      vcpus: integer('How many vCPUs live there.', { minimum: 0 }),
    }),
    { type: { keys: ['node'] }, maxItems: 64 },
  ),
  runPercent: percent('On a processor (esxtop %RUN).'),
  usedPercent: number('The same, corrected for threads shared and for work done on its behalf (%USED).', {
    minimum: 0,
  }),
  readyPercent: percent('Ready to run, waiting for a processor (%RDY, limitedPercent included). From 5 on it hurts.'),
  coStopPercent: percent('Stopped because a sibling lagged (%CSTP). From 3 on it hurts.'),
  limitedPercent: percent('Ready, but held back by its limit or cap (%MLMTD).'),
  systemPercent: percent('Work that the hypervisor did on its behalf (%SYS).'),
  waitPercent: percent('Blocked or idle (%WAIT). Run, ready, co-stop and wait add up to 100.'),
  swapWaitPercent: percent('Waiting for memory that was swapped out (%SWPWT). From 5 on it hurts.'),
  idlePercent: percent('Idle (%IDLE).'),
  progressPercent: percent('Useful work done, of what the time on the processor could have given.'),
});

const memory = object('What its memory does.', {
  granted: reportedQuantity('Memory that the guest has touched and been given.'),
  entitlement: reportedQuantity('Physical memory due to it.'),
  consumed: reportedQuantity('Physical memory that it takes, after sharing.'),
  active: reportedQuantity('Memory in use lately, as sampled.'),
  overhead: reportedQuantity('Physical memory that the hypervisor needs to run it.'),
  target: reportedQuantity('Where the hypervisor wants its consumption to be.'),
  ballooned: reportedQuantity('Memory that the balloon took from the guest.'),
  shared: reportedQuantity('Memory whose pages it shares with others.'),
  sharedSaved: reportedQuantity('Physical memory that sharing saves.'),
  zeroed: reportedQuantity('Memory that holds only zeros.'),
  compressed: reportedQuantity('Memory that is compressed.'),
  swapped: reportedQuantity('Memory that is in the swap file.'),
  swapInKBps: number('KB (10^3 bytes) per second swapped in: the guest waits for these.', { minimum: 0 }),
  swapOutKBps: number('KB (10^3 bytes) per second swapped out.', { minimum: 0 }),
});

const file = object('A file.', {
  path: required(text('Where it is, as "[san1] web-1/web-1.vmdk".', { maxLength: 512 })),
  kind: choice('What it is for.', words.fileKinds),
  size: reportedQuantity('Space that it takes.'),
});

const faultTolerance = object('Lockstep with the secondary.', {
  state: choice(
    'NotConfigured, Disabled (suspended), Enabled (it is off), NeedSecondary (no host for one), Starting, or Running: protected.',
    words.faultToleranceStates,
  ),
  secondary: text('Name of the secondary VM.'),
  secondaryHost: text('The host that it is on.'),
  lagMilliseconds: number('How far it is behind. Over a second, the primary is slowed down.', { minimum: 0 }),
  logMbps: number('Megabits per second of log sent to it.', { minimum: 0 }),
});

export const machineStatus = object(
  'What is observed of the VM.',
  {
    observedGeneration,
    conditions: conditions(virtualMachineConditions),
    power: choice('What its power does now.', words.machinePowerStates),
    phase: choice(
      'Where it is in its life, in one word for people; programs look at the conditions. Inaccessible: its files cannot be reached. Orphaned: its host is gone.',
      words.machinePhases,
      // Of a VM that nobody has looked at yet, that is as much as can be said.
      { default: 'Pending' },
    ),
    host: text('The host that it is on, or is being started on.'),
    ip: text('Address of the guest; needs tools and a nic.', { maxLength: 45 }),
    macs: list('Addresses of its nics, in their order.', text('MAC address.', { maxLength: 17 }), {
      type: 'atomic',
      maxItems: 10,
    }),
    uuid: text('Identity of the machine on the hypervisor.', { maxLength: 36 }),
    restarts: integer('Times that it was started again or reset after the first start; being resumed is none.', {
      minimum: 0,
    }),
    lastMigration: text('Name of the Migration that last moved it.'),
    restartedAt: time('The value of spec.restartedAt that has been carried out.'),
    staleInstances: list(
      'Hosts on which an instance without the lock still runs in memory, cut off from its storage; powered off as soon as the host sees the datastore again (VMLockLost).',
      text('Name of a host.'),
      { type: 'set', maxItems: 64 },
    ),
    files: list('Its files.', file, { type: { keys: ['path'] }, maxItems: 2000 }),
    guest: object('The guest inside.', {
      state: choice(
        'Booting for bootSeconds after power-on. Hung: no heartbeat, no I/O. Crashed: the same, and it shows a blue screen.',
        words.guestStates,
      ),
      heartbeat: choice('Green: the tools answer. Red: they do not. Gray: there are none.', words.heartbeats),
    }),
    shares: object('Shares as numbers, for the whole VM.', {
      cpu: integer('CPU shares.', { minimum: 0 }),
      memory: integer('Memory shares.', { minimum: 0 }),
    }),
    cpu,
    memory,
    availability: availability('the VM'),
    faultTolerance,
  },
  { default: unwrittenStatus },
);
