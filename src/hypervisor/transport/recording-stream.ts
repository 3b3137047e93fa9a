import type { ServerResponse } from 'node:http';
import { messageOf } from '../../base/errors.ts';
import { BackendError } from '../backend.ts';
import { refuse } from './answers.ts';
import type { BackendServerOptions } from './http-server.ts';

/** Lines are sent together up to so many characters. */
const CHUNK = 32_768;
/** A reader that is so far behind is cut off: the host does not wait for it. */
const MOST_BEHIND = 64 * 2 ** 20;
const LONGEST_SECONDS = 3600;

/** Serves one recording as lines of JSON, until it is over or nobody reads any more. */
export function serveRecording(record: BackendServerOptions['record'], path: string, response: ServerResponse): void {
  const query = new URL(path, 'http://localhost').searchParams;
  const [namespace, name, seconds] = [query.get('namespace'), query.get('host'), Number(query.get('seconds'))];
  if (record === undefined || !namespace || !name || !(seconds > 0 && seconds <= LONGEST_SECONDS)) {
    refuse(
      response,
      new BackendError('Invalid', `give namespace, host and seconds (above 0, at most ${LONGEST_SECONDS})`),
    );
    return;
  }
  let pending = '';
  const flush = () => {
    if (pending !== '' && !response.destroyed) response.write(pending);
    pending = '';
    if (response.writableLength > MOST_BEHIND) response.destroy();
  };
  let isOver = false;
  const recorder = {
    decided: (decision: object) => {
      pending += `${JSON.stringify(decision)}\n`;
      if (pending.length >= CHUNK) flush();
    },
    ended: () => {
      isOver = true;
      flush();
      response.end();
    },
  };
  record({ namespace, name }, Math.round(seconds * 1000), recorder).then(
    (end) => {
      if (isOver) return;
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      response.flushHeaders();
      response.on('close', () => {
        if (!isOver) end();
      });
    },
    (error: unknown) => refuse(response, error instanceof BackendError ? error : unexpected(error)),
  );
}

function unexpected(error: unknown): BackendError {
  return new BackendError('Unreachable', messageOf(error));
}
