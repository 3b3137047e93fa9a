/** Objects for tests: a kind's smallest valid spec with a change written over it. */
import { parse } from 'yaml';
import { definitions } from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/resources.ts';
import type { Manifest } from './contract.ts';
import { smallest } from './mistakes.ts';

type Plain = Record<string, unknown>;

export function definitionOf(kind: string) {
  const found = definitions.find(({ type }) => type.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** @param over YAML of a flow map without its braces; null removes */
export function subject(kind: string, over = '', name = kind === 'Clock' ? 'default' : 'subject'): Manifest {
  const spec = mergePatch(parse(`{${smallest[kind]}}`) as Plain, parse(`{${over}}`) as Plain);
  return { apiVersion: API_VERSION, kind, metadata: { name, namespace: 'default' }, spec };
}

/** RFC 7396. */
function mergePatch(target: Plain, patch: Plain): Plain {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isPlain(value)) result[key] = mergePatch(isPlain(result[key]) ? result[key] : {}, value);
    else result[key] = value;
  }
  return result;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
