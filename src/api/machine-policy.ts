/** How a virtual machine is to be treated: what its manifest and a template both describe, beside the hardware. */
import { machineDefaults } from './machine-defaults.ts';
import { onlyWhen } from './rules.ts';
import { boolean, choice, integer, object, type Rule } from './schema.ts';
import * as words from './words.ts';

const leftOut = (value: unknown) => `Left out: the template's, else ${String(value)}.`;

export const powerOff = object('How it is switched off when power becomes Off or it is deleted.', {
  mode: choice(
    `Hard: at once, as by pulling the plug. GuestShutdown: the guest is asked (its tools must be installed), and after timeoutSeconds the plug is pulled. ${leftOut(machineDefaults.powerOff.mode)}`,
    words.powerOffModes,
  ),
  timeoutSeconds: integer(
    `Simulated seconds that GuestShutdown waits for the guest. ${leftOut(machineDefaults.powerOff.timeoutSeconds)}`,
    { minimum: 0, maximum: 86400 },
  ),
});

export const restartPolicy = choice(
  `What follows when the guest shuts itself down. Always: it is started again. OnFailure: it stays off, healthy (Running=False with the reason GuestShutdown); only a failure starts it again. ${leftOut(machineDefaults.restartPolicy)}`,
  words.restartPolicies,
);

export const reclaimPolicy = choice(
  `What becomes of its files when it is deleted. Delete: their space is freed. Retain: they stay on the datastore, listed in its status as orphans. ${leftOut(machineDefaults.reclaimPolicy)}`,
  words.reclaimPolicies,
);

export const drs = object('Its part in load balancing.', {
  automation: choice(
    "Disabled: DRS never moves it, but counts it as load. Manual: recommends where to start and move it. PartiallyAutomated: starts it by itself, recommends moves. FullyAutomated: does both. Left out: the cluster's.",
    words.machineDrsAutomations,
  ),
});

/** Fields of a custom sensitivity, which the cluster has too. vSphere's defaults: 30, 120, 3, none. */
export const customSensitivity = {
  failureIntervalSeconds: integer(
    'With sensitivity Custom: simulated seconds without heartbeat after which the guest counts as failed. Left out: 30.',
    { minimum: 1, maximum: 86400 },
  ),
  minUpSeconds: integer(
    'With sensitivity Custom: simulated seconds after power-on before heartbeats are looked at. Left out: 120.',
    { minimum: 0, maximum: 86400 },
  ),
  maxFailures: integer('With sensitivity Custom: resets within the window; no more follow. Left out: 3.', {
    minimum: 1,
    maximum: 1000,
  }),
  windowSeconds: integer(
    'With sensitivity Custom: simulated seconds over which resets are counted; -1: since the VM was powered on. Left out: -1.',
    { minimum: -1, maximum: 31_622_400 },
  ),
};

/** @param path of the sensitivity beside them */
export function customSensitivityRules(path: string): Rule[] {
  return onlyWhen(
    "(has(self.sensitivity) && self.sensitivity == 'Custom')",
    Object.keys(customSensitivity),
    (name) => `${name} needs sensitivity Custom: set ${path}, or remove ${name}`,
  );
}

const monitoring = object(
  'Reset the guest when it hangs or crashes: no heartbeat from its tools, and no I/O either.',
  {
    mode: choice(
      "Disabled: never. VMOnly: watch the heartbeat of the tools. VMAndApplication: of an application inside too. Left out: the cluster's vmMonitoring.",
      words.monitoringModes,
    ),
    sensitivity: choice(
      "Seconds without heartbeat, after seconds of uptime, and at most 3 resets in a window. High: 30, 120, an hour. Medium: 60, 240, a day. Low: 120, 480, 7 days. Custom: the fields below. Left out: the cluster's.",
      words.sensitivities,
    ),
    ...customSensitivity,
  },
  { rules: customSensitivityRules('spec.ha.monitoring.sensitivity') },
);

export const ha = object('How high availability treats it.', {
  restartPriority: choice(
    "When its host fails: High before Medium before Low; Disabled: not restarted. Left out: the cluster's.",
    words.restartPriorities,
  ),
  isolationResponse: choice(
    "When its host is cut off from all others: LeavePoweredOn, PowerOff, or ShutDown (the guest is asked first). Left out: the cluster's.",
    words.isolationResponses,
  ),
  monitoring,
});

export const faultTolerance = object(
  'A second VM on another host that follows it in lockstep and takes over without loss.',
  {
    enabled: boolean(
      `Make and keep the secondary. Needs ESX, HA, one vCPU, EagerZeroedThick disks and no snapshot (else FaultToleranceUnsupported). ${leftOut(machineDefaults.faultTolerance.enabled)}`,
    ),
    suspended: boolean(
      `Keep the secondary, but let it rest: no protection meanwhile. ${leftOut(machineDefaults.faultTolerance.suspended)}`,
    ),
  },
  {
    rules: [
      {
        rule: '!has(self.suspended) || !self.suspended || (has(self.enabled) && self.enabled)',
        message: 'suspended needs spec.faultTolerance.enabled: true',
        fieldPath: '.suspended',
      },
    ],
  },
);

/** At the spec: what GuestShutdown needs. */
export const guestShutdownRule = {
  rule: `!has(self.powerOff) || !has(self.powerOff.mode) || self.powerOff.mode != 'GuestShutdown' || !has(self.guest) || !has(self.guest.tools) || self.guest.tools != 'None'`,
  message: 'GuestShutdown needs guest.tools Installed: without tools nobody can ask the guest',
  fieldPath: '.powerOff.mode',
} as const;
