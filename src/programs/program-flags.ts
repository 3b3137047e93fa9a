/** The flags that several programs share, so that they are called and explained alike. */
import * as flag from '../cli/flags.ts';
import { readFidelityName } from '../hypervisor/cpu/fidelity-name.ts';

/** Where the embedded API server listens unless it is told, or the port is taken. */
export const DEFAULT_PORT = 16_443;

export const dataFolderFlag = flag.withDefault(
  flag.text({ placeholder: 'DIR', about: 'Where everything is kept; created where it is missing.' }),
  '.orrery',
);

export const portFlag = flag.whole({
  least: 0,
  most: 65_535,
  noun: 'port',
  placeholder: 'PORT',
  about: 'Port of the API server on 127.0.0.1; 0: any free one.',
  otherwise: `the one of last time, else ${DEFAULT_PORT}, else the next free one`,
});

export const namespacesFlag = flag.list({
  placeholder: 'NS,…',
  about: 'Only these namespaces; give the same to controllers and datacenter.',
  otherwise: 'all',
});

/** Faster than this a simulated second passes within 20 ms, and the programs cannot follow one another. */
export const FASTEST = 50;

export const speedFlag = flag.withDefault(
  flag.positive({ most: 1_000_000, about: 'Simulated seconds per second, where no Clock object says otherwise.' }),
  1,
);

export const readyOutputFlag = flag.choice(['json'], {
  short: 'o',
  about: 'json: where it serves, as one object, when it is ready.',
});

/** What `up` and `datacenter` do without being told. */
export const USUAL_FIDELITY = 'sampled:20';

/** How closely hosts are simulated; the value is the name. */
export function fidelityFlag(otherwise: string) {
  return flag.value(
    {
      placeholder: 'HOW',
      about: 'How hosts are simulated: exact (every slice), sampled:N (one second in N), or entitlement (the formula).',
      otherwise,
    },
    (text) => {
      const read = readFidelityName(text);
      if (typeof read === 'string') throw new flag.FlagError(read);
      return text;
    },
  );
}
