/** /healthz, /livez and /readyz. */
import type { Query } from '../registry/request.ts';

/** A thing that can be wrong with a server; false when it is. */
export interface HealthCheck {
  readonly name: string;
  /** Whether only readiness depends on it. */
  readonly readiness?: boolean;
  ok(): boolean;
}

const PATHS = ['healthz', 'livez', 'readyz'];

/** The answer to a health path, or undefined when the path is none. */
export function health(
  path: string,
  query: Query,
  checks: readonly HealthCheck[],
): { readonly code: number; readonly text: string } | undefined {
  const [, kind = '', single, ...rest] = path.split('/');
  if (!PATHS.includes(kind) || rest.length > 0) return undefined;
  const asked = checks.filter((check) => kind === 'readyz' || check.readiness !== true);
  if (single !== undefined && single !== '') {
    const check = asked.find(({ name }) => name === single);
    if (check === undefined) return undefined;
    return check.ok() ? { code: 200, text: 'ok' } : { code: 500, text: 'internal server error: not ok' };
  }
  const excluded = new Set(query['exclude']);
  const lines: string[] = [];
  let failed = false;
  for (const check of asked) {
    if (excluded.has(check.name)) lines.push(`[+]${check.name} excluded: ok`);
    else if (check.ok()) lines.push(`[+]${check.name} ok`);
    else {
      failed = true;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (failed) return { code: 500, text: `${lines.join('\n')}\n${kind} check failed\n` };
  return query['verbose'] === undefined
    ? { code: 200, text: 'ok' }
    : { code: 200, text: `${lines.join('\n')}\n${kind} check passed\n` };
}
