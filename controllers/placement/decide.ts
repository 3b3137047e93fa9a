import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { count } from '../../src/base/units.ts';
import { type Chosen, chooseHost } from '../../src/model/choice.ts';
import { refusalOf, refusalOnceHeard, type Surroundings, shortageOf } from '../../src/model/eligibility.ts';
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts';
import { type PowerState, type PowerWish, powerAct } from '../../src/model/power-intent.ts';
import { type HostRefusal, inPassing, summarize } from '../../src/model/refusals.ts';
import { Room } from '../../src/model/room.ts';
import { Storage } from '../../src/model/storage.ts';
import { tooLarge } from '../../src/model/too-large.ts';

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
  /** Of one that is on: what it asks for from its next power-on, where that is more than can change now. */
  readonly atNextStart?: MachineFacts | undefined;
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
      /** What spoke for it, as `the least loaded of 8 hosts that fit`. */
      readonly why: string;
      /** Shares of its CPU and memory that are configured with it; undefined where the load did not matter. */
      readonly load: { readonly cpu: number; readonly memory: number } | undefined;
      /** In short, what spoke against those that were asked and do not fit, as `h3 lacks 2.10 GiB`; else empty. */
      readonly against: string;
    }
  /** It was placed and waits to be started; that still stands. */
  | { readonly kind: 'Keep'; readonly host: string }
  | { readonly kind: 'Refuse'; readonly reason: string; readonly message: string }
  /** A host that may suit it better is heard of in a moment; it has been known for `knownMs`. */
  | { readonly kind: 'Wait'; readonly host: string; readonly knownMs: number }
  /** It runs there, and what it now asks for is granted. */
  | {
      readonly kind: 'Grant';
      readonly host: string;
      /** What waits for its next power-on would be refused there, as things stand. */
      readonly later: { readonly reason: string; readonly message: string } | undefined;
    }
  /** It runs there; what it now asks for is not granted, so what it had stays. */
  | { readonly kind: 'Deny'; readonly host: string; readonly reason: string; readonly message: string }
  /** It is off, or suspended, and shall be: it holds nothing. */
  | { readonly kind: 'Rest'; readonly message: string };

export interface Decision {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
}

/** Hosts and datastores with what is promised on them. */
interface Ledger {
  readonly rooms: ReadonlyMap<string, Room>;
  readonly storage: Storage;
}

/** What was decided, and what of the hosts it leaves. */
export interface Outlook {
  readonly decisions: readonly Decision[];
  /** By name of the host, with everything that runs or shall run there. */
  readonly rooms: ReadonlyMap<string, Room>;
}

/**
 * Admits and places: every machine that is due to start gets the least loaded host that fits, in the order given, or
 * hears which check refused it on each host; every running machine hears whether what it now asks for fits.
 */
export function decide(input: PlacementInput): Outlook {
  const rooms = new Map(input.hosts.map((host) => [host.name, new Room(host)]));
  const ledger: Ledger = { rooms, storage: new Storage(input.around.datastores) };
  for (const { host, machine } of input.holdings) rooms.get(host)?.take(machine);
  for (const candidate of input.candidates) {
    const room = isPromised(candidate) ? rooms.get(candidate.placedOn!) : undefined;
    if (room !== undefined) take(ledger, room, candidate.facts);
  }
  const decisions = input.candidates.map((candidate) => ({ candidate, verdict: verdictFor(candidate, ledger) }));
  return { decisions, rooms };
}

/** It is to be started there: room and space are spoken for. */
function take({ storage }: Ledger, room: Room, machine: MachineFacts): void {
  room.take(machine);
  storage.take(machine, room.host.hypervisor.type);
}

function release({ storage }: Ledger, room: Room, machine: MachineFacts): void {
  room.release(machine);
  storage.release(machine, room.host.hypervisor.type);
}

/** Placed, due to start, and not started yet: its room is spoken for. */
function isPromised({ wish, state, inEffect, placedOn }: Candidate): boolean {
  return placedOn !== undefined && inEffect === undefined && powerAct(wish, state).act === 'PowerOn';
}

function verdictFor(candidate: Candidate, ledger: Ledger): Verdict {
  const { wish, state } = candidate;
  const { act } = powerAct(wish, state);
  if (state !== undefined && state.power !== 'Off' && state.power !== 'Suspended') {
    return verdictForRunning(candidate, state.host, ledger);
  }
  if (act !== 'PowerOn') return { kind: 'Rest', message: restMessage(state) };
  if (candidate.dangling.length > 0) {
    const promised = promisedRoom(candidate, ledger);
    if (promised !== undefined) release(ledger, promised, candidate.facts);
    return { kind: 'Refuse', reason: 'ReferenceNotFound', message: candidate.dangling.join('; ') };
  }
  return verdictForStart(candidate, ledger);
}

function restMessage(state: Candidate['state']): string {
  if (state?.power === 'Suspended') return 'suspended: a host is chosen when it is resumed';
  return 'off: a host is chosen when it is powered on';
}

function promisedRoom(candidate: Candidate, { rooms }: Ledger): Room | undefined {
  return isPromised(candidate) ? rooms.get(candidate.placedOn!) : undefined;
}

function verdictForStart(candidate: Candidate, ledger: Ledger): Verdict {
  const { facts } = candidate;
  const { storage } = ledger;
  // Placed before and not started yet: stands while it still fits, with its own promise set aside.
  const promised = promisedRoom(candidate, ledger);
  if (promised !== undefined) {
    release(ledger, promised, facts);
    if (refusalOf(promised, facts, storage) === undefined) {
      take(ledger, promised, facts);
      return { kind: 'Keep', host: promised.host.name };
    }
  }
  const { allowed, why, bound } = candidatesFor(candidate, ledger.rooms);
  if (allowed.length === 0) return { kind: 'Refuse', reason: 'NoSuitableHost', message: why };
  const old = allowed.find(({ host }) => host.name === candidate.state?.host);
  if (old !== undefined && refusalOf(old, facts, storage) === undefined) {
    take(ledger, old, facts);
    return { kind: 'Place', host: old.host.name, why: 'where it ran last', load: undefined, against: '' };
  }
  const coming = allowed.find((room) => isComing(room, facts, storage))?.host;
  if (coming !== undefined) return { kind: 'Wait', host: coming.name, knownMs: coming.beingRackedMs! };
  const choice = chooseHost(allowed, facts, storage);
  if (choice.room === undefined) return refuse(sumUp(choice.refusals, allowed, facts), choice.refusals, bound);
  take(ledger, choice.room, facts);
  return place(candidate, choice);
}

/** It is being racked, and fits as far as is known: what was applied together is placed with all of it in sight. */
function isComing(room: Room, facts: MachineFacts, around: Surroundings): boolean {
  return room.host.beingRackedMs !== undefined && refusalOnceHeard(room, facts, around) === undefined;
}

interface Sum {
  readonly reason: string;
  readonly message: string;
}

/** Why none of them takes it, and what to change where no room on them would help. */
function sumUp(refusals: readonly HostRefusal[], rooms: readonly Room[], facts: MachineFacts): Sum {
  const { reason, message } = summarize(refusals);
  const never = tooLarge(rooms, facts, refusals);
  return { reason, message: never === undefined ? message : `${message}; ${never}` };
}

function refuse({ reason, message }: Sum, refusals: readonly HostRefusal[], bound: Bond | undefined): Verdict {
  if (bound === undefined) return { kind: 'Refuse', reason, message };
  return { kind: 'Refuse', reason, message: `${bound.where}: ${inPassing(refusals)}; ${bound.remedy}` };
}

function place({ facts }: Candidate, { room, cpu, memory, candidates, refusals }: Chosen): Verdict {
  const { name: host } = room.host;
  const others = candidates === 1 ? 'the only host that fits' : `the least loaded of ${candidates} hosts that fit`;
  const why = facts.host === host ? 'as spec.host asks' : others;
  return { kind: 'Place', host, why, load: { cpu, memory }, against: inPassing(refusals) };
}

interface Bond {
  readonly where: string;
  readonly remedy: string;
}

interface Allowed {
  readonly allowed: readonly Room[];
  /** What to say when there is none. */
  readonly why: string;
  /** Why it is tied to the one host, and what would free it. */
  readonly bound?: Bond;
}

/** The hosts that the spec allows, and what has become of the machine. */
function candidatesFor({ facts, state }: Candidate, rooms: Ledger['rooms']): Allowed {
  const all = [...rooms.values()];
  // Its host failed and nobody restarts it elsewhere: that is what HA is for.
  if (state?.exit === 'HostFailed' || state?.exit === 'LockLost') return whereItFailed(state.host, all);
  if (state?.power === 'Suspended' && facts.datastores.length === 0) {
    return {
      allowed: all.filter(({ host }) => host.name === state.host),
      why: `its memory is on the disk of ${state.host}, which is gone; set power to "Off" to give it up`,
      bound: {
        where: `bound to ${state.host}, on whose disk its memory is`,
        remedy: 'set power to "Off" to give it up',
      },
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

function whereItFailed(failed: string, all: readonly Room[]): Allowed {
  const elsewhere = 'set power to "Off" and back to "On" to start it elsewhere';
  return {
    allowed: all.filter(({ host }) => host.name === failed),
    why: `its host ${failed} failed and is gone; ${elsewhere}`,
    bound: {
      where: `bound to ${failed}, where it ran when that host failed`,
      remedy: `this version has no HA to restart it elsewhere: ${elsewhere}`,
    },
  };
}

function verdictForRunning(candidate: Candidate, host: string, ledger: Ledger): Verdict {
  const { facts, admitted, generation, inEffect: holds } = candidate;
  const room = ledger.rooms.get(host);
  if (room === undefined || holds === undefined) return { kind: 'Grant', host, later: undefined };
  const grant = (held: MachineFacts): Verdict => ({
    kind: 'Grant',
    host,
    later: laterRefusal(candidate, held, ledger),
  });
  // What it has already is not refused, however little room there is.
  const isAdmitted = admitted?.isTrue === true && admitted.generation === generation;
  if (isAdmitted || !(asksForMore(facts, holds) || asksForWhatIsNot(facts, room))) return grant(holds);
  room.release(holds);
  const refusal = shortageOf(room, facts, ledger.storage);
  if (refusal === undefined) {
    room.take(facts);
    return grant(facts);
  }
  room.take(holds);
  const { reason, message: sum } = sumUp([{ host, refusal }], [room], facts);
  return { kind: 'Deny', host, reason, message: `${sum}; what it has stays in effect` };
}

/** Why what waits for its next power-on would be refused if that came now; undefined when it would not. */
function laterRefusal({ atNextStart, ...candidate }: Candidate, held: MachineFacts, { rooms, storage }: Ledger) {
  if (atNextStart === undefined) return undefined;
  const { allowed } = candidatesFor({ ...candidate, facts: atNextStart }, rooms);
  const own = rooms.get(candidate.state!.host);
  // Once it is off it holds neither room nor a swap file.
  const files = candidate.inEffect ?? held;
  const type = own?.host.hypervisor.type;
  own?.release(held);
  if (type !== undefined) storage.release(files, type);
  const choice = chooseHost(allowed, atNextStart, storage);
  own?.take(held);
  if (type !== undefined) storage.take(files, type);
  return choice.room === undefined && allowed.length > 0 ? sumUp(choice.refusals, allowed, atNextStart) : undefined;
}

/** Fields that its hypervisor does not have. */
function asksForWhatIsNot({ esxOnly }: MachineFacts, { host }: Room): boolean {
  return esxOnly.length > 0 && host.hypervisor.type !== 'ESX';
}

function asksForMore(facts: MachineFacts, holds: MachineFacts): boolean {
  return (
    facts.cpu.count > holds.cpu.count ||
    facts.cpu.reservationMHz > holds.cpu.reservationMHz ||
    facts.memory.size > holds.memory.size ||
    facts.memory.reservation > holds.memory.reservation
  );
}
