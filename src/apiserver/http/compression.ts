import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { type Content, type Exchange, type Headers, lengthOf } from './exchange.ts';

/** Shorter answers are sent as they are, as by the real server. */
const LEAST_BYTES = 128 * 1024;
const compressed = promisify(gzip);

/** Sends an answer, compressed when it is long and the client can take that. */
export async function sendCompressed(exchange: Exchange, code: number, headers: Headers, body: Content): Promise<void> {
  const length = typeof body === 'string' ? body.length : lengthOf(body);
  if (length >= LEAST_BYTES) await sendGzipped(exchange, code, headers, body);
  else exchange.send(code, headers, body);
}

/** The same, however short it is. */
export async function sendGzipped(exchange: Exchange, code: number, headers: Headers, body: Content): Promise<void> {
  if (exchange.method !== 'GET' || !takesGzip(exchange.header('accept-encoding'))) {
    exchange.send(code, headers, body);
    return;
  }
  // Speed counts more than size: most clients are near.
  const whole = typeof body === 'string' || Buffer.isBuffer(body) ? body : Buffer.concat(body);
  const bytes = await compressed(whole, { level: constants.Z_BEST_SPEED });
  exchange.send(code, { Vary: 'Accept-Encoding', ...headers, 'Content-Encoding': 'gzip' }, bytes);
}

function takesGzip(accepted: string | undefined): boolean {
  return (accepted ?? '')
    .split(',')
    .some((part) => part.split(';')[0]!.trim() === 'gzip' && !/;\s*q=0(\.0+)?\s*$/.test(part));
}
