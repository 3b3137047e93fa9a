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
  const groups = [...groupsOf(refusals)].sort((a, b) => b[1] - a[1]);
  const counts = groups.map(([text, n], index) => `${index === 0 ? count(n, 'host') : n} ${singular(text, n)}`);
  const nearest = nearestOf(refusals);
  const tail = nearest === undefined ? '' : `; nearest ${nearest.host}: ${nearest.refusal.detail}`;
  return { reason, message: `${counts.join(', ')}${tail}` };
}

/** Hosts by what they lack. Amounts differ from host to host, so those share a group with the smallest amount. */
function groupsOf(refusals: readonly HostRefusal[]): Map<string, number> {
  const lacking = { cpu: [] as number[], memory: [] as number[] };
  const groups = new Map<string, number>();
  for (const { refusal } of refusals) {
    if (refusal.lacking !== undefined) lacking[refusal.lacking.resource].push(refusal.lacking.amount);
    else groups.set(refusal.group, (groups.get(refusal.group) ?? 0) + 1);
  }
  for (const [resource, write] of [
    ['memory', (n: number) => `${gib(n)} GiB`],
    ['cpu', mhz],
  ] as const) {
    const amounts = lacking[resource];
    if (amounts.length === 0) continue;
    const texts = new Set(amounts.map(write));
    const least = write(Math.min(...amounts));
    groups.set(texts.size === 1 ? `lack ${least}` : `lack ${least} or more`, amounts.length);
  }
  return groups;
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
