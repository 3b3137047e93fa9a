/** `orrery record`: what the CPU scheduler of a host in a running world decides, as `orrery schedule --trace` writes it. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, OrreryError } from '../base/errors.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { errorOf, RECORD } from '../hypervisor/transport/wire.ts';
import { DataFolder } from './data-folder.ts';
import { meetingPoint } from './meeting.ts';
import { dataFolderFlag } from './program-flags.ts';

const USUAL_SECONDS = 10;

const recordFlags = {
  'data-dir': dataFolderFlag,
  namespace: flag.withDefault(
    flag.text({ short: 'n', placeholder: 'NAME', about: 'The namespace that the host is in.' }),
    'default',
  ),
  for: flag.duration({ about: 'How long, in simulated time: 500ms, 10s, 5m.', otherwise: `${USUAL_SECONDS}s` }),
} as const;

export const record = defineCommand({
  name: 'record',
  summary: "write what a running host's CPU scheduler decides",
  description: [
    'Records every decision of the CPU scheduler of one host of a world that orrery up or orrery datacenter runs on this ' +
      'machine: a line of JSON each, as orrery schedule --trace writes them. While it is recorded, the host is scheduled ' +
      'slice by slice, whatever the fidelity (but for entitlement, which knows no slices).',
  ],
  flags: recordFlags,
  names: { usage: 'HOST', least: 1, most: 1 },
  examples: [
    { does: 'ten seconds of a host', type: 'orrery record rack1-h01 > decisions.jsonl' },
    {
      does: 'how often each vCPU was put on a processor in a minute',
      type: 'orrery record rack1-h01 --for 60s | jq -r .vcpu | sort | uniq -c | sort -rn',
    },
  ],
  run: (invocation) => run(invocation as Invocation<typeof recordFlags>),
});

async function run({ flags, names, terminal }: Invocation<typeof recordFlags>): Promise<number> {
  const folder = path.resolve(terminal.folder, flags['data-dir']);
  // Nothing is created here.
  const datacenter = fs.existsSync(folder) ? meetingPoint(DataFolder.open(folder)) : undefined;
  if (datacenter === undefined) {
    const what = `no datacenter runs on ${folder}: start one with orrery up, or name its --data-dir`;
    throw new OrreryError('BAD_USAGE', { what, command: 'record' });
  }
  const query = new URLSearchParams({
    namespace: flags.namespace,
    host: names[0]!,
    seconds: String(flags.for ?? USUAL_SECONDS),
  });
  const headers = { authorization: `Bearer ${datacenter.token}` };
  const response = await fetch(`${datacenter.url}${RECORD}?${query}`, { headers }).catch((error: unknown) => {
    const what = `the datacenter at ${datacenter.url} does not answer (${messageOf(error)}): is orrery up running?`;
    throw new OrreryError('BAD_USAGE', { what, command: 'record' }, { cause: error });
  });
  if (response.status !== 200) {
    const { message } = errorOf(response.status, await response.text());
    throw new OrreryError('RECORDING_REFUSED', { cause: message });
  }
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) terminal.out(decoder.decode(chunk as Uint8Array, { stream: true }));
  return 0;
}
