import { count, gib, mhz } from '../base/units.ts';
import type { Refusal } from './eligibility.ts';

export interface HostRefusal {
  readonly host: string;
  readonly refusal: Refusal;
}

/**
 * All hosts' refusals as one reason and one sentence: `8 hosts lack 0.14 GiB, 2 in maintenance; nearest h3: 1.10 GiB
 * unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead`. All alike: their reason; else `NoSuitableHost`.
 */
export function summarize(refusals: readonly HostRefusal[]): { reason: string; message: string } {
  const reasons = new Set(refusals.map(({ refusal }) => refusal.reason));
  const reason = reasons.size === 1 ? refusals[0]!.refusal.reason : 'NoSuitableHost';
  const counts = groupsOf(refusals).map(
    ({ text, hosts }, index) =>
      `${index === 0 ? count(hosts.length, 'host') : hosts.length} ${singular(text, hosts.length)}`,
  );
  const nearest = nearestOf(refusals);
  const tail = nearest === undefined ? '' : `; nearest ${nearest.host}: ${nearest.refusal.detail}`;
  return { reason, message: `${counts.join(', ')}${tail}` };
}

/** The same in passing, beside a host that was found: `2 in maintenance, h3 lacks 2.10 GiB`; empty when none refused. */
export function inPassing(refusals: readonly HostRefusal[]): string {
  return groupsOf(refusals)
    .map(({ text, hosts }) => `${hosts.length === 1 ? hosts[0]! : hosts.length} ${singular(text, hosts.length)}`)
    .join(', ');
}

interface Group {
  readonly text: string;
  readonly hosts: readonly string[];
}

/** Hosts by what they lack, most first. Amounts differ from host to host, so those share a group with the smallest. */
function groupsOf(refusals: readonly HostRefusal[]): Group[] {
  const lacking = { cpu: [] as HostRefusal[], memory: [] as HostRefusal[] };
  const groups = new Map<string, string[]>();
  for (const found of refusals) {
    const { group, lacking: lacks } = found.refusal;
    if (lacks !== undefined) lacking[lacks.resource].push(found);
    else groups.set(group, [...(groups.get(group) ?? []), found.host]);
  }
  for (const [resource, write] of [
    ['memory', (n: number) => `${gib(n)} GiB`],
    ['cpu', mhz],
  ] as const) {
    const found = lacking[resource];
    if (found.length === 0) continue;
    const amounts = found.map(({ refusal }) => refusal.lacking!.amount);
    const least = write(Math.min(...amounts));
    const text = new Set(amounts.map(write)).size === 1 ? `lack ${least}` : `lack ${least} or more`;
    groups.set(
      text,
      found.map(({ host }) => host),
    );
  }
  return [...groups].map(([text, hosts]) => ({ text, hosts })).sort((a, b) => b.hosts.length - a.hosts.length);
}

function nearestOf(refusals: readonly HostRefusal[]): HostRefusal | undefined {
  let nearest: HostRefusal | undefined;
  for (const candidate of refusals) {
    if (!Number.isFinite(candidate.refusal.distance)) continue;
    if (nearest === undefined || candidate.refusal.distance < nearest.refusal.distance) nearest = candidate;
  }
  return nearest;
}

/** `lack` becomes `lacks` after one host. */
function singular(text: string, n: number): string {
  if (n !== 1) return text;
  return text
    .replace(/^(lack|run|reach)\b/, '$1s')
    .replace(/^have\b/, 'has')
    .replace(/^do\b/, 'does');
}
