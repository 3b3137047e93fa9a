import type { ServerResponse } from 'node:http';
import type { BackendError } from '../backend.ts';
import { statusOf } from './wire.ts';

export function answer(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return;
  const type = status === 200 && body === 'ok' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export function refuse(response: ServerResponse, error: BackendError): void {
  answer(response, statusOf(error), JSON.stringify({ reason: error.reason, message: error.message }));
}
