/** Everything that can go wrong in a way a person can mend: a stable code, what happened, and what to do. */
const table = {
  BAD_USAGE: { message: '{what}', fix: 'see: orrery {command} --help', exitCode: 2 },
  UNKNOWN_COMMAND: { message: '{what}', fix: 'see: orrery --help', exitCode: 2 },
  PORT_IN_USE: {
    message: 'port {port} on {address} is in use',
    fix: 'stop what listens there, or choose another with --port',
  },
  DATA_DIR_IN_USE: {
    message: 'another orrery ({holder}) is running on the data directory {directory}',
    fix: 'stop it, or choose another with --data-dir',
  },
  DATA_DIR_UNWRITABLE: {
    message: 'cannot write to the data directory {directory}: {cause}',
    fix: 'make it writable, or choose another with --data-dir',
  },
  DISK_FULL: {
    message: 'no space left for {file}',
    fix: 'free some space and try again; nothing that was acknowledged is lost',
  },
  DATABASE_CORRUPT: {
    message: 'the database {file} cannot be read: {cause}',
    fix: 'restore it from a backup, or move it away to start empty',
  },
  DATABASE_FOREIGN: { message: '{file} is not an Orrery database: {cause}', fix: 'choose another with --data-dir' },
  DATABASE_NEWER: {
    message: '{file} was written by a later version of Orrery (format {found}, this one reads {known})',
    fix: 'run the later version, or choose another with --data-dir',
  },
  DATABASE_ABSENT: {
    message: 'there is no database in {directory}',
    fix: 'name the data directory with --data-dir; orrery apiserver starts a new one',
  },
  TOKEN_NOT_TAKEN: {
    message: 'the running API server has not taken the new token in {file}',
    fix: 'give the --token-file that it was started with, or start it again',
  },
  KUBECONFIG_UNREADABLE: {
    message: 'cannot use the kubeconfig {file}: {cause}',
    fix: 'check the path given with --kubeconfig',
  },
  API_UNREACHABLE: {
    message: 'cannot reach the API server {server}: {cause}',
    fix: 'check that it runs and that --kubeconfig names it',
  },
  API_UNAUTHORIZED: {
    message: 'the API server {server} refused the credentials of {file}',
    fix: 'the token or certificate is not one of this server: use the kubeconfig that it wrote',
  },
  KINDS_MISSING: {
    message: 'the API server {server} does not serve {kinds}',
    fix: 'apply the definitions first: orrery crds | kubectl apply -f -',
  },
  KIND_NOT_SERVED: {
    message: 'the API server has the definition {name} and does not come to serve it',
    fix: 'make sure that its disk has space left, and start again',
  },
  BACKEND_UNREACHABLE: {
    message: 'cannot reach the datacenter at {url}: {cause}',
    fix: 'start it with: orrery datacenter',
  },
  BACKEND_UNAUTHORIZED: {
    message: 'the datacenter at {url} refused the token',
    fix: 'give the file that it wrote with --backend-token-file',
  },
  FILE_UNREADABLE: { message: 'cannot read {file}: {cause}', fix: 'check the path' },
  FILE_UNWRITABLE: { message: 'cannot write {file}: {cause}', fix: 'check the path' },
  RECORDING_REFUSED: {
    message: '{cause}',
    fix: 'name a host that is on, and its namespace with -n: kubectl get hosts -A lists all',
  },
  SCENARIO_INVALID: {
    message: 'the scenario cannot be run: {problems}',
    fix: 'correct what is named; for the format see: orrery schedule --help',
  },
  MANIFEST_INVALID: { message: '{file}:{line}: {cause}', fix: 'correct the manifest and try again' },
  MANIFEST_REFUSED: { message: '{complaint}', fix: 'correct the manifest and try again' },
  PROGRAM_DIED: { message: '{program} ended during start: {cause}', fix: 'its last lines are above' },
} as const satisfies Record<string, { message: string; fix: string; exitCode?: number }>;

export type ErrorCode = keyof typeof table;

/** The table, for the test that holds `docs/errors.md` to it. */
export const errorTable: Readonly<Record<ErrorCode, { message: string; fix: string; exitCode?: number }>> = table;

/** An error of the table. `message` is one line that says what happened and what to do. */
export class OrreryError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;
  readonly exitCode: number;

  /** @param values what stands in the braces of the table's texts */
  constructor(code: ErrorCode, values: Readonly<Record<string, string | number>>, options?: { cause?: unknown }) {
    const entry = errorTable[code];
    // One line, however many a parser or the system took to say it.
    const line = (value: string | number) => String(value).split('\n')[0]!.replace(/:\s*$/, '');
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, key) => line(values[key] ?? whole));
    const fix = fill(entry.fix);
    super(`${fill(entry.message)} (${fix})`, options);
    this.name = 'OrreryError';
    this.code = code;
    this.fix = fix;
    this.exitCode = entry.exitCode ?? 1;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
