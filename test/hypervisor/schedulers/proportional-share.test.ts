import { noCosts } from '../../../src/hypervisor/schedulers/proportional-share/settings.ts';
import {
  ProportionalShareScheduler,
  type ShareVcpuUsage,
} from '../../../src/hypervisor/schedulers/proportional-share.ts';
import { MS, schedulerSuite } from './suite.ts';

schedulerSuite({
  name: 'proportional share',
  create: (topology) => new ProportionalShareScheduler(topology, { mhz: 2000, costs: noCosts }),
  share: (share) => ({ shares: 1000 * share, reservationMHz: 0, limitMHz: 0 }),
  limit: (percent) => ({ shares: 1000, reservationMHz: 0, limitMHz: 20 * percent }),
  limitSlack: 50 * MS,
  counted: (usage) => (usage as ShareVcpuUsage).used,
});
