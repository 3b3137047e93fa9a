import { refusal } from '../refusal.ts';
import type { Site } from '../site.ts';
import type { Host } from './host.ts';

/** Who takes a recording. */
export interface Recorder {
  /** A decision of the host's scheduler, as `orrery schedule --trace` writes it. Must not throw. */
  decided(decision: object): void;
  /** The time is over, or the recording was ended. */
  ended(): void;
}

/**
 * Records every decision of a host's CPU scheduler for so many simulated ms; meanwhile all of its seconds are scheduled
 * slice by slice. Throws `WrongState` when the host is not on, not run by its scheduler, or recorded already.
 * @returns ends it early
 */
export function recordHost(site: Site, host: Host, ms: number, recorder: Recorder): () => void {
  const { cpu, name } = host;
  if (host.record.power !== 'On') throw refusal('WrongState', `${name} is ${host.record.power}: nothing runs there`);
  if (cpu.sampling === undefined) {
    throw refusal(
      'WrongState',
      `${name} is simulated by the entitlement formula, without slices: start the datacenter with --fidelity exact or sampled:N`,
    );
  }
  if (cpu.isRecorded) throw refusal('WrongState', `${name} is being recorded already: wait until that is over`);
  cpu.record((decision) => recorder.decided(decision));
  site.usageMoved(host);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    alarm.cancel();
    const isThere = site.hosts.get(name) === host && host.cpu === cpu;
    // What is decided until this instant comes before the end.
    cpu.record(undefined, () => recorder.ended());
    if (isThere) site.usageMoved(host);
    else recorder.ended();
  };
  const alarm = site.at(site.now + ms, end);
  return end;
}
