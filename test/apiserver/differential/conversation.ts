import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { comparable } from '../exchanges/comparable.ts';
import { filledIn, keep, type RecordedAnswer, type Step, type Topic } from '../exchanges/step.ts';
import type { Server } from './servers.ts';

/** One exchange as both answered it, without what differs from run to run. */
export interface Pair {
  readonly title: string;
  /** Equal for exchanges that are nearly the same: they count once. */
  readonly sameness: string;
  readonly real: unknown;
  readonly ours: unknown;
}

export interface Compared {
  readonly name: string;
  readonly pairs: readonly Pair[];
  /** Keeps the real server's answers for the default tests. */
  record(): void;
}

const golden = path.join(import.meta.dirname, '../../golden/kubernetes/exchanges');

/** Has the conversation of a topic with both servers, step by step beside each other. */
export async function converse(servers: readonly [Server, Server], topic: Topic): Promise<Compared> {
  const namespace = `differential-${topic.name}-${Date.now().toString(36)}`;
  const own: Step = { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } };
  await Promise.all(servers.map((server) => server.ask(own)));
  await sleep(500);
  const kept = servers.map(() => new Map([['ns', namespace]]));
  const pairs: Pair[] = [];
  const lines: string[] = [];
  for (const [index, step] of topic.steps.entries()) {
    if (step.after !== undefined) await sleep(step.after);
    const answers = await Promise.all(
      servers.map(async (server, which) => {
        const answer = await server.ask(filledIn(step, kept[which]!));
        keep(step, answer.body, kept[which]!);
        return comparable(answer, namespace);
      }),
    );
    const [real, ours] = answers as [RecordedAnswer, RecordedAnswer];
    if (step.live !== true) lines.push(JSON.stringify({ step, answer: step.racing === true ? null : real }));
    if (step.racing === true) continue;
    const body =
      step.body === undefined ? '' : ` ${typeof step.body === 'string' ? step.body : JSON.stringify(step.body)}`;
    const title = `${index}: ${step.method ?? 'GET'} ${step.path}${body}`.slice(0, 240);
    pairs.push({ title, sameness: samenessOf(step, real), real, ours });
  }
  await Promise.all(servers.map((server) => server.ask({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` })));
  const record = () => {
    if (topic.live === true) return;
    fs.mkdirSync(golden, { recursive: true });
    fs.writeFileSync(path.join(golden, `${topic.name}.json`), `[\n${lines.join(',\n')}\n]\n`);
  };
  return { name: topic.name, pairs, record };
}

/** A repeated request counts once, unless it is answered differently. */
function samenessOf({ method, path, body, accept, headers, contentType }: Step, answer: RecordedAnswer): string {
  return JSON.stringify([method, path, body, accept, headers, contentType, answer]);
}
