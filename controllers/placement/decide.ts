import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { count } from '../../src/base/units.ts';
import { type Choice, chooseHost } from '../../src/model/choice.ts';
import { refusalOf, type Surroundings, shortageOf } from '../../src/model/eligibility.ts';
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts';
import { type PowerState, type PowerWish, powerAct } from '../../src/model/power-intent.ts';
import { type HostRefusal, summarize } from '../../src/model/refusals.ts';
import { Room } from '../../src/model/room.ts';

/** A virtual machine and where it stands. */
export interface Candidate {
  readonly vm: VirtualMachine;
  /** What it asks for now. */
  readonly facts: MachineFacts;
  readonly generation: number;
  readonly wish: PowerWish;
  /** Undefined when the datacenter has no such machine. */
  readonly state: (PowerState & { readonly host: string }) | undefined;
  /** What it holds of its host; undefined while it is off or suspended. */
  readonly inEffect: MachineFacts | undefined;
  /** Placed=True, and where. */
  readonly placedOn: string | undefined;
  /** The condition Admitted as it stands. */
  readonly admitted: { readonly isTrue: boolean; readonly generation: number } | undefined;
  /** Names in the spec that nothing bears, as `spec.cluster: there is no Cluster "rack1" …`. */
  readonly dangling: readonly string[];
}

/** A machine that is not off, and where. */
export interface Holding {
  readonly host: string;
  readonly machine: MachineFacts;
}

export interface PlacementInput {
  /** In order of name: the first of equals is chosen. */
  readonly hosts: readonly HostFacts[];
  readonly around: Surroundings;
  readonly holdings: readonly Holding[];
  /** In the order in which they shall be served. */
  readonly candidates: readonly Candidate[];
}

export type Verdict =
  /** It is, or shall be, started on the host. */
  | {
      readonly kind: 'Place';
      readonly host: string;
      readonly message: string;
      /** Of the hosts that were asked and do not fit. */
      readonly refusals: readonly HostRefusal[];
    }
  /** It was placed and waits to be started; that still stands. */
  | { readonly kind: 'Keep'; readonly host: string }
  | { readonly kind: 'Refuse'; readonly reason: string; readonly message: string }
  /** It runs there, and what it now asks for is granted. */
  | { readonly kind: 'Grant'; readonly host: string; readonly message: string }
  /** It runs there; what it now asks for is not granted, so what it had stays. */
  | { readonly kind: 'Deny'; readonly host: string; readonly reason: string; readonly message: string }
  /** It is off, or suspended, and shall be: it holds nothing. */
  | { readonly kind: 'Rest'; readonly message: string };

export interface Decision {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
}

/**
 * Admits and places: every machine that is due to start gets the least loaded host that fits, in the order given, or
 * hears which check refused it on each host; every running machine hears whether what it now asks for fits.
 */
export function decide(input: PlacementInput): Decision[] {
  const rooms = new Map(input.hosts.map((host) => [host.name, new Room(host)]));
  for (const { host, machine } of input.holdings) rooms.get(host)?.take(machine);
  for (const candidate of input.candidates) {
    if (isPromised(candidate)) rooms.get(candidate.placedOn!)?.take(candidate.facts);
  }
  return input.candidates.map((candidate) => ({ candidate, verdict: verdictFor(candidate, rooms, input.around) }));
}

type Rooms = ReadonlyMap<string, Room>;

/** Placed, due to start, and not started yet: its room is spoken for. */
function isPromised({ wish, state, inEffect, placedOn }: Candidate): boolean {
  return placedOn !== undefined && inEffect === undefined && powerAct(wish, state).act === 'PowerOn';
}

function verdictFor(candidate: Candidate, rooms: Rooms, around: Surroundings): Verdict {
  const { wish, state } = candidate;
  const { act } = powerAct(wish, state);
  if (state !== undefined && state.power !== 'Off' && state.power !== 'Suspended') {
    return verdictForRunning(candidate, state.host, rooms, around);
  }
  if (act !== 'PowerOn') return { kind: 'Rest', message: restMessage(state) };
  if (candidate.dangling.length > 0) {
    if (isPromised(candidate)) rooms.get(candidate.placedOn!)?.release(candidate.facts);
    return { kind: 'Refuse', reason: 'ReferenceNotFound', message: candidate.dangling.join('; ') };
  }
  return verdictForStart(candidate, rooms, around);
}

function restMessage(state: Candidate['state']): string {
  if (state?.power === 'Suspended') return 'suspended: a host is chosen when it is resumed';
  return 'off: a host is chosen when it is powered on';
}

function verdictForStart(candidate: Candidate, rooms: Rooms, around: Surroundings): Verdict {
  const { facts } = candidate;
  // Placed before and not started yet: stands while it still fits, with its own promise set aside.
  const promised = isPromised(candidate) ? rooms.get(candidate.placedOn!) : undefined;
  if (promised !== undefined) {
    promised.release(facts);
    if (refusalOf(promised, facts, around) === undefined) {
      promised.take(facts);
      return { kind: 'Keep', host: promised.host.name };
    }
  }
  const { allowed, why } = candidatesFor(candidate, rooms);
  if (allowed.length === 0) return { kind: 'Refuse', reason: 'NoSuitableHost', message: why };
  const old = allowed.find(({ host }) => host.name === candidate.state?.host);
  if (old !== undefined && refusalOf(old, facts, around) === undefined) {
    old.take(facts);
    return { kind: 'Place', host: old.host.name, message: `${old.host.name}, where it ran last`, refusals: [] };
  }
  return place(candidate, chooseHost(allowed, facts, around));
}

function place({ facts }: Candidate, choice: Choice): Verdict {
  if (choice.room === undefined) return { kind: 'Refuse', ...summarize(choice.refusals) };
  const { room, cpu, memory, candidates, refusals } = choice;
  room.take(facts);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const load = `with it ${percent(cpu)} of its CPU and ${percent(memory)} of its memory are configured`;
  const { name } = room.host;
  if (facts.host === name) {
    return { kind: 'Place', host: name, message: `${name}, as spec.host asks; ${load}`, refusals };
  }
  const others = candidates === 1 ? 'the only host that fits' : `the least loaded of ${candidates} hosts that fit`;
  return { kind: 'Place', host: name, message: `${name}, ${others}: ${load}`, refusals };
}

/** The hosts that the spec allows, and what to say when there is none. */
function candidatesFor({ facts, state }: Candidate, rooms: Rooms): { allowed: Room[]; why: string } {
  const all = [...rooms.values()];
  // Its host failed and nobody restarts it elsewhere: that is what HA is for.
  if (state?.exit === 'HostFailed' || state?.exit === 'LockLost') {
    const allowed = all.filter(({ host }) => host.name === state.host);
    return {
      allowed,
      why: `its host ${state.host} failed and is gone; set power to "Off" and back to "On" to start it elsewhere`,
    };
  }
  if (state?.power === 'Suspended' && facts.datastores.length === 0) {
    const allowed = all.filter(({ host }) => host.name === state.host);
    return {
      allowed,
      why: `its memory is on the disk of ${state.host}, which is gone; set power to "Off" to give it up`,
    };
  }
  const inCluster = all.filter(({ host }) => facts.cluster === undefined || host.cluster === facts.cluster);
  if (facts.host !== undefined) {
    const allowed = inCluster.filter(({ host }) => host.name === facts.host);
    return { allowed, why: `spec.host: ${facts.host} does not belong to cluster ${facts.cluster}` };
  }
  if (facts.cluster !== undefined) {
    return { allowed: inCluster, why: `no Host has spec.cluster: ${facts.cluster}` };
  }
  const allowed = all.filter(({ host }) => host.cluster === undefined);
  const clustered = all.length - allowed.length;
  const why =
    clustered === 0
      ? 'there is no Host in this namespace'
      : `there is no standalone Host in this namespace; ${count(clustered, 'host')} in clusters: name one in spec.cluster`;
  return { allowed, why };
}

function verdictForRunning(candidate: Candidate, host: string, rooms: Rooms, around: Surroundings): Verdict {
  const { facts, admitted, generation, inEffect: holds } = candidate;
  const message = `runs on ${host}`;
  if (admitted?.isTrue === true && admitted.generation === generation) return { kind: 'Grant', host, message };
  const room = rooms.get(host);
  if (room === undefined || holds === undefined) return { kind: 'Grant', host, message };
  // What it has already is not refused, however little room there is.
  if (!asksForMore(facts, holds)) return { kind: 'Grant', host, message };
  room.release(holds);
  const refusal = shortageOf(room, facts, around);
  if (refusal === undefined) {
    room.take(facts);
    return { kind: 'Grant', host, message };
  }
  room.take(holds);
  const { reason, message: sum } = summarize([{ host, refusal }]);
  return { kind: 'Deny', host, reason, message: `${sum}; what it has stays in effect` };
}

function asksForMore(facts: MachineFacts, holds: MachineFacts): boolean {
  return (
    facts.cpu.count > holds.cpu.count ||
    facts.cpu.reservationMHz > holds.cpu.reservationMHz ||
    facts.memory.size > holds.memory.size ||
    facts.memory.reservation > holds.memory.reservation
  );
}
