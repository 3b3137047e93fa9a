import type { Verb } from '../registry/request.ts';

/** What a path of the API stands for. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The deprecated …/watch/… form. */
  readonly watch: boolean;
}

/** Paths below a namespace that are its own, not resources in it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

/** A segment of a path, percent-decoded; undefined when that cannot be done. */
function segment(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined for every other path, and for those that stop at a group or
 * version. apiserver, pkg/endpoints/request/requestinfo.go.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const raw = path.split('/');
  if (raw.at(-1) === '') raw.pop();
  const parts: string[] = [];
  for (let i = 1; i < raw.length; i++) {
    const part = segment(raw[i]!);
    if (part === undefined || part === '') return undefined;
    parts.push(part);
  }
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : parts[1];
  const version = core ? parts[1] : parts[2];
  let rest = parts.slice(core ? 2 : 3);
  if (group === undefined || version === undefined) return undefined;
  const watch = rest[0] === 'watch';
  if (watch) rest = rest.slice(1);
  if (rest.length === 0) return undefined;
  const where = { group, version, watch };
  if (rest[0] === 'namespaces' && rest.length > 2 && !(core && NAMESPACE_SUBRESOURCES.includes(rest[2]!))) {
    const [, namespace, resource, name, subresource] = rest as [string, string, string, string?, string?];
    if (rest.length > 5) return undefined;
    return { ...where, resource, namespace, ...named(name, subresource) };
  }
  const [resource, name, subresource] = rest as [string, string?, string?];
  if (rest.length > 3) return undefined;
  return { ...where, resource, ...named(name, subresource) };
}

function named(name: string | undefined, subresource: string | undefined) {
  if (name === undefined) return {};
  return subresource === undefined ? { name } : { name, subresource };
}

/** What a method asks of an object, or of a collection; undefined for methods that nothing answers. */
export function verbOf(method: string, named: boolean, watching: boolean): Verb | undefined {
  switch (method) {
    case 'GET':
      if (named) return 'get';
      return watching ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return undefined;
  }
}
