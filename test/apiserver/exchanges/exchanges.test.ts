import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { TestServer } from '../support/in-memory.ts';
import { answerOf, headersOf } from './asking.ts';
import { comparable } from './comparable.ts';
import { differences } from './differences.ts';
import { filledIn, keep, type Recorded, type RecordedAnswer, type Step } from './step.ts';

const folder = path.join(import.meta.dirname, '../../golden/kubernetes/exchanges');

async function ask(http: MemoryHttp, step: Step): Promise<RecordedAnswer> {
  const { method, headers, bytes } = headersOf(step, 'devtoken');
  // Without a token at all, the transport in memory takes its own.
  const sent = { authorization: '', ...headers };
  const exchange = await http.ask({
    method,
    url: step.path,
    headers: sent,
    ...(bytes !== undefined && { body: bytes }),
  });
  const warnings = exchange.sent['Warning'] ?? [];
  const texts = Array.isArray(warnings) ? (warnings as string[]) : [String(warnings)];
  const header = (name: string) => exchange.answered(name);
  return answerOf({ code: exchange.code, header, warnings: texts, bytes: Buffer.concat(exchange.chunks) }, step);
}

/** Says everything again to our server, in memory, and gives both answers to each step. */
async function replay(topic: string) {
  const recorded = JSON.parse(fs.readFileSync(path.join(folder, `${topic}.json`), 'utf8')) as Recorded[];
  const server = await new TestServer({ rootCa: '', roles: true }).start();
  const http = new MemoryHttp(server);
  const namespace = `replayed-${topic}-namespace`;
  await http.ask({
    method: 'POST',
    url: '/api/v1/namespaces',
    headers: { 'content-type': 'application/json', 'user-agent': 'recorder/1' },
    body: JSON.stringify({ metadata: { name: namespace } }),
  });
  await server.advance(500);
  const values = new Map([['ns', namespace]]);
  const answers: { title: string; real: RecordedAnswer; ours: RecordedAnswer }[] = [];
  for (const [index, { step, answer }] of recorded.entries()) {
    if (step.after !== undefined) await server.advance(step.after);
    const ours = await ask(http, filledIn(step, values));
    keep(step, ours.body, values);
    if (step.racing === true) continue;
    const body = step.body === undefined ? '' : ` ${JSON.stringify(step.body)}`;
    const title = `${index}: ${step.method ?? 'GET'} ${step.path}${body}`.slice(0, 160);
    answers.push({ title, real: comparable(answer, 'NAMESPACE'), ours: comparable(ours, namespace) });
  }
  return answers;
}

const topics = fs.readdirSync(folder).map((file) => path.basename(file, '.json'));

describe.each(topics)('what the real server answered: %s', (topic) => {
  it('is what ours answers', async () => {
    const found = (await replay(topic)).flatMap(({ title, real, ours }) => {
      const lines = differences(real, ours, '');
      return lines.length === 0 ? [] : [title, ...lines];
    });
    expect(found).toEqual([]);
  });
});
