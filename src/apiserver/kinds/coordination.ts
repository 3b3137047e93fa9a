/** coordination.k8s.io/v1 */
import { kind } from './meta.ts';
import { field, int32, microTime, string, struct } from './type.ts';

const GROUP = 'io.k8s.api.coordination.v1';

export const lease = kind(`${GROUP}.Lease`, 'Lease says who holds something, and for how long.', {
  spec: field(
    struct(`${GROUP}.LeaseSpec`, 'LeaseSpec is the lease.', {
      holderIdentity: field(string, 'Who holds it.', { empty: 'pointer' }),
      leaseDurationSeconds: field(int32, 'How many seconds after renewTime others have to wait.', { empty: 'pointer' }),
      acquireTime: field(microTime, 'When the present holder took it.', { empty: 'pointer' }),
      renewTime: field(microTime, 'When the present holder last renewed it.', { empty: 'pointer' }),
      leaseTransitions: field(int32, 'How often it went from one holder to another.', { empty: 'pointer' }),
      strategy: field(string, 'How the next holder is chosen when several want it.', { empty: 'pointer' }),
      preferredHolder: field(string, 'To whom the present holder should hand it over.', { empty: 'pointer' }),
    }),
    'The lease.',
  ),
});
