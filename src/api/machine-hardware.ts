/** The hardware and allocation of a virtual machine: what its manifest and a template both describe. */
import { deviceDefaults, diskDefaults, machineDefaults, nicDefaults } from './machine-defaults.ts';
import { atMost, bytes, cheapBytes, MAX_SHARES, noZeroLimit, quantityAtMost, sharesRules } from './rules.ts';
import { boolean, choice, integer, list, nameOf, object, quantity, required, text, wordOrNumber } from './schema.ts';
import * as words from './words.ts';

const { guest: guestDefaults, cpu: cpuDefaults, memory: memoryDefaults } = machineDefaults;
const leftOut = (value: unknown) => `Left out: the template's, else ${String(value)}.`;

export const guest = object('The operating system inside.', {
  os: text(
    `The operating system, as linux or windows. Guests of the same one have pages in common that ESX shares. ${leftOut(guestDefaults.os)}`,
    { maxLength: 40, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' },
  ),
  virtualization: choice(
    `HVM: an unmodified system; on Xen it needs VT-x or AMD-V. PV: a system that knows Xen; runs nowhere else. ${leftOut(guestDefaults.virtualization)}`,
    words.guestVirtualizations,
  ),
  pvDrivers: boolean(
    `An HVM guest on Xen does its I/O by paravirtual drivers instead of an emulated device: far cheaper for dom0. ${leftOut(guestDefaults.pvDrivers)}`,
  ),
  tools: choice(
    `Whether the hypervisor's tools run inside. Without them: no guest heartbeat (so no VM monitoring and no waitForGuest), no balloon (swap instead), no IP address, and GuestShutdown is refused. ${leftOut(guestDefaults.tools)}`,
    words.guestTools,
  ),
  bootSeconds: integer(
    `Simulated seconds from power-on until the guest is up; the VM counts as running from the start. ${leftOut(guestDefaults.bootSeconds)}`,
    { minimum: 0, maximum: 86400 },
  ),
  shutdownSeconds: integer(`Simulated seconds of an orderly shutdown. ${leftOut(guestDefaults.shutdownSeconds)}`, {
    minimum: 0,
    maximum: 86400,
  }),
});

const pcpus = (description: string) =>
  list(description, integer('Number of a processor, from 0.', { minimum: 0, maximum: 4095 }), {
    type: 'set',
    maxItems: 512,
  });

export const cpu = object(
  'Virtual processors, and how much of the physical ones they get.',
  {
    count: integer(
      `Number of vCPUs; at most the hardware threads of a host. While it runs, raising it needs hotAdd, else it waits for the next power-on (RestartRequired). ${leftOut(cpuDefaults.count)}`,
      { minimum: 1, maximum: 256 },
    ),
    shares: wordOrNumber(
      `How much it gets of a contended processor, relative to its siblings (the VMs and pools with the same parent): twice the shares, twice the time. Low, Normal and High are 500, 1000 and 2000 for each vCPU; a whole number is for the whole VM. Shares count only between the reservation and the limit, and only while several compete: an idle VM's part goes to the others. Takes effect at once. ${leftOut(cpuDefaults.shares)}`,
      words.shareLevels,
      { maximum: MAX_SHARES, rules: sharesRules },
    ),
    reservationMHz: integer(
      `MHz that it is sure of whenever it wants them; admission refuses the VM where so much is not unreserved (InsufficientReservation). What it does not use is lent out. Takes effect at once. ${leftOut(cpuDefaults.reservationMHz)}`,
      { minimum: 0, maximum: 10_000_000 },
    ),
    limitMHz: integer(
      "MHz that it never exceeds, for the whole VM, even on an idle host. Takes effect at once. Left out: the template's, else no limit.",
      { minimum: 0, maximum: 10_000_000, rules: noZeroLimit('limitMHz') },
    ),
    maxSkew: choice(
      `How ESX keeps the vCPUs together. Strict (ESX 2): when one lags, all stop, and start together. Relaxed (ESX 3): those that lag start together. Individual (ESX 4): only the one that is too far ahead stops. ${leftOut(cpuDefaults.maxSkew)}`,
      words.maxSkews,
    ),
    affinity: pcpus(
      'Numbers of the physical processors that it may use; such a VM is not migrated by DRS. Left out or empty: all.',
    ),
    htSharing: choice(
      `Who may use the other thread of a core that one of its vCPUs is on. Any: everybody. Internal: its own vCPUs. None: nobody. ${leftOut(cpuDefaults.htSharing)}`,
      words.htSharings,
    ),
    numaNodeAffinity: list(
      'Numbers of the memory nodes that it may live on. Left out or empty: all.',
      integer('Number of a node, from 0.', { minimum: 0, maximum: 63 }),
      { type: 'set', maxItems: 64 },
    ),
    vsmpConsolidate: boolean(
      `Pack the vCPUs into one last-level cache instead of spreading them: better when they share data. ${leftOut(cpuDefaults.vsmpConsolidate)}`,
    ),
    model: text(
      "Show the guest no more than processors of this generation have (as Penryn), so that it can move to older hosts. Changes at the next power-on. Left out or empty: the cluster's evc mode, else what the host has.",
      { maxLength: 40, pattern: '^([A-Za-z0-9][A-Za-z0-9 ._-]*)?$' },
    ),
    hotAdd: boolean(`The guest takes more vCPUs while it runs. ${leftOut(cpuDefaults.hotAdd)}`),
  },
  {
    rules: [
      atMost(
        'reservationMHz',
        'limitMHz',
        'reservationMHz must not exceed limitMHz: lower reservationMHz or raise limitMHz',
      ),
    ],
  },
);

export const memory = object(
  'Memory, and how much of it is sure to be physical.',
  {
    size: quantity(
      `Memory that the guest sees. On ESX it refuses no admission (the sum over the VMs of a host may exceed its memory); on Xen all of it must be free. While it runs, raising it needs hotAdd, else it waits for the next power-on. ${leftOut(memoryDefaults.size)}`,
      { rules: bytes('4Mi', '4Gi') },
    ),
    shares: wordOrNumber(
      `How much it keeps when memory is short, relative to its siblings. Low, Normal and High are 5, 10 and 20 for each MiB of size; a whole number is for the whole VM. Idle memory is taxed, so an idle VM gives before a busy one. Takes effect at once. ${leftOut(memoryDefaults.shares)}`,
      words.shareLevels,
      { maximum: MAX_SHARES, rules: sharesRules },
    ),
    reservation: quantity(
      `Physical memory that it is sure of. Admission needs this and the overhead of the hypervisor unreserved on the host, and size − reservation of space for the swap file. Takes effect at once. ${leftOut(memoryDefaults.reservation)}`,
      { rules: bytes('1Mi', '1Gi', { zero: true }) },
    ),
    limit: quantity(
      "Physical memory that it never exceeds; the rest of size is ballooned or swapped. ESX only: Xen gives a guest all of size, and a limit below it is refused there. Takes effect at once. Left out: the template's, else no limit.",
      {
        rules: bytes('1Mi', '4Gi', { hint: '; leave limit out for no limit' }),
      },
    ),
    hotAdd: boolean(`The guest takes more memory while it runs. ${leftOut(memoryDefaults.hotAdd)}`),
  },
  {
    rules: [
      quantityAtMost('reservation', 'limit', 'reservation must not exceed limit: lower reservation or raise limit'),
      quantityAtMost('reservation', 'size', 'reservation must not exceed size: lower reservation or raise size'),
    ],
  },
);

export const xen = object('Scheduling on a Xen host, where it shall not follow from shares and limit.', {
  weight: integer(
    'Weight against other domains: twice the weight, twice the time. Takes effect at once. Left out: 256 × CPU shares per vCPU ÷ 1000.',
    { minimum: 1, maximum: 65535 },
  ),
  cap: integer(
    'Most that it gets, in percent of one physical processor (150: one and a half), even on an idle host; 0: no cap. Takes effect at once. Left out: 100 × limitMHz ÷ MHz of the host, rounded up.',
    { minimum: 0, maximum: 25600 },
  ),
  vcpuPin: list(
    'For each vCPU in order, the physical processors it may use. Left out or an empty item: all.',
    pcpus('Processors for one vCPU.'),
    { type: 'atomic', maxItems: 256 },
  ),
});

export const disks = list(
  'Virtual disks, by name. They grow live and never shrink; a new one is there at the next power-on.',
  object('One disk.', {
    name: required(
      text('Name of the disk among those of the VM, and of its file.', {
        maxLength: 40,
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      }),
    ),
    size: required(quantity('Capacity that the guest sees.', { rules: cheapBytes('20Gi') })),
    datastore: required(
      nameOf("Name of the Datastore that holds its file. The first disk's holds the VM's other files too."),
    ),
    provisioning: choice(
      `Thin: takes space as it is written. Thick: takes it at once. EagerZeroedThick: takes and zeroes it, as fault tolerance needs. Left out: ${diskDefaults.provisioning}.`,
      words.diskProvisionings,
    ),
    shares: wordOrNumber(
      `How much it gets of a contended datastore, relative to other disks there. Low, Normal and High are 500, 1000 and 2000. Left out: ${diskDefaults.shares}.`,
      words.shareLevels,
      { maximum: MAX_SHARES },
    ),
    limitIOPS: integer('I/O operations per second that it never exceeds. Left out or 0: no limit.', {
      minimum: 0,
      maximum: 100_000_000,
    }),
  }),
  { type: { keys: ['name'] }, maxItems: 30 },
);

/** Two nics on one network are real, and need names; two unnamed ones are a slip. */
export const nics = list(
  'Network cards. The VM can run only on hosts that list every network here. Addresses are made once and kept in status.macs.',
  object('One card.', {
    name: text('Needed only where several cards are on one network: tells them apart.', {
      maxLength: 40,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    }),
    network: required(nameOf('Name of the Network.')),
    shares: wordOrNumber(
      `How much it gets of a contended uplink, relative to other cards there. Low, Normal and High are 25, 50 and 100. Left out: ${nicDefaults.shares}.`,
      words.shareLevels,
      { maximum: MAX_SHARES },
    ),
    limitMbps: integer(
      `Megabits (10^6 bits) per second, in each direction, that it never exceeds. Left out or ${nicDefaults.limitMbps}: no limit.`,
      { minimum: 0, maximum: 1_000_000 },
    ),
  }),
  {
    type: 'atomic',
    maxItems: 10,
    rules: [
      {
        rule: `self.all(a, self.exists_one(b, a.network == b.network && (has(a.name) ? a.name : '') == (has(b.name) ? b.name : '')))`,
        message: 'two nics on the same network: remove one, or give each its own name',
      },
    ],
  },
);

export const devices = list(
  'Other devices. One backed by the host keeps the VM from migrating (HostDevice).',
  object('One device.', {
    type: required(choice('What the guest sees.', words.deviceTypes)),
    backing: choice(
      `Host: hardware of the host it runs on. Client: the console of whoever looks at it. Datastore: a file. Left out: ${deviceDefaults.backing}.`,
      words.deviceBackings,
    ),
  }),
  { type: 'atomic', maxItems: 32 },
);
