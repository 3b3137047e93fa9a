import fs from 'node:fs';
import https from 'node:https';
import { parse } from 'yaml';

/** What a server answered. */
export interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
  /** The texts of the Warning headers, unquoted. */
  readonly warnings: readonly string[];
}

/** The real API server that `../shared/kube/start` runs: only the recorder talks to it, never the tests. */
export class RealServer {
  readonly #server: URL;
  readonly #token: string;
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });

  constructor(kubeconfigFile: string) {
    const config = parse(fs.readFileSync(kubeconfigFile, 'utf8'));
    this.#server = new URL(config.clusters[0].cluster.server);
    this.#token = config.users[0].user.token;
  }

  request(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': contentType(method) };
      const url = new URL(path, this.#server);
      const request = https.request(url, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const warnings = (response.headersDistinct['warning'] ?? []).map(warningText);
          const json = text.startsWith('{') ? JSON.parse(text) : { text };
          resolve({ code: response.statusCode ?? 0, body: json, warnings });
        });
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function contentType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

/** `299 - "text"` without its frame. */
function warningText(header: string): string {
  const text = Buffer.from(header, 'latin1').toString('utf8');
  const quoted = /^299 - (".*")$/s.exec(text)?.[1] ?? JSON.stringify(text);
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}
