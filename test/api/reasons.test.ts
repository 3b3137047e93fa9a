import { describe, expect, expectTypeOf, it } from 'vitest';
import { eventReasons, type Refusal, refusals } from '../../src/api/reasons.ts';
import type { RefusalReason } from '../../src/hypervisor/backend.ts';

/** api.md, "Words that tests rely on". */
const wanted = {
  refusals: `InsufficientReservation InsufficientFailoverResources PoolReservationExceeded PoolLimitExceeded IncompatibleCPU
    DatastoreNotAccessible NetworkNotAccessible AffinityRule AntiAffinityRule HostRule NoSuitableHost
    FaultToleranceUnsupported LimitPerHost HostInMaintenance HostNotConnected TooManyVCPUs InsufficientDatastoreSpace
    GuestUnsupported FileLocked UnsupportedByHypervisor IncompatibleHypervisor HostDevice LocalDatastore`,
  events: `HAMasterElected HostUnreachable HostDead HostIsolated HostPartitioned HostRecovered VMPlaced VMPoweredOn
    VMPoweredOff VMSuspended VMRestarting VMRestarted VMRestartFailed VMReset VMLockLost HostEnteringStandby HostStandby
    HostExitingStandby HostOn HostWakeFailed MigrationStarted MigrationSucceeded MigrationFailed MigrationCancelled
    FTSecondaryStarted FTProtected FTFailover FTUnprotected ApplianceStarted ApplianceStopped ApplianceFailed`,
};

describe('the words of api.md', () => {
  it('are all refusals', () => {
    expect([...refusals].sort()).toEqual(wanted.refusals.split(/\s+/).sort());
  });

  it('are all event reasons, each under the kind that it is about', () => {
    expect(Object.values(eventReasons).flat().sort()).toEqual(wanted.events.split(/\s+/).sort());
    const prefixes = {
      Cluster: 'HA',
      Host: 'Host',
      VirtualMachine: 'VM|FT',
      Migration: 'Migration',
      VirtualAppliance: 'Appliance',
    };
    for (const [kind, prefix] of Object.entries(prefixes)) {
      for (const reason of eventReasons[kind as keyof typeof eventReasons])
        expect(reason).toMatch(new RegExp(`^(${prefix})`));
    }
  });

  it('contain every word with which a machine refuses', () => {
    expectTypeOf<RefusalReason>().toExtend<Refusal>();
    expect(refusals).toContain('FileLocked' satisfies RefusalReason);
  });
});
