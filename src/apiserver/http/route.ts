import type { Verb } from '../registry/request.ts';

/** What a path of the API stands for. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** Whether there is more behind: custom resources do not look at it. */
  readonly isLonger?: boolean;
  /** The deprecated …/watch/… form. */
  readonly watch: boolean;
}

/** Paths below a namespace that are its own, not resources in it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined for every other path, and for those that stop at a group or
 * version. apiserver, pkg/endpoints/request/requestinfo.go.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const decoded = decodedPath(path);
  if (decoded === undefined) return undefined;
  const parts = decoded.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  if (parts.includes('')) return undefined;
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
    return { ...where, resource, namespace, ...named(name, subresource), ...(rest.length > 5 && { isLonger: true }) };
  }
  const [resource, name, subresource] = rest as [string, string?, string?];
  return { ...where, resource, ...named(name, subresource), ...(rest.length > 3 && { isLonger: true }) };
}

/** Percent-decoded as a whole: `%2F` divides like `/`. Undefined when that cannot be done. */
function decodedPath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
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
