import { type GoUrl, parseUrl } from '../../formats/url.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { BOOL, listOf, mapOf, STRING, structOf } from '../type.ts';
import { ArrayList, EntryMap, EvaluationError, Opaque, type Value } from '../value.ts';

/** `kubernetes.URL` */
class Url extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly url: GoUrl;

  constructor(url: GoUrl) {
    super();
    this.url = url;
  }

  equals(other: Opaque): boolean {
    return other instanceof Url && other.url.text === this.url.text;
  }
}

const TYPE = structOf('kubernetes.URL');

function toUrl(text: string): Url {
  const url = parseUrl(text);
  if (typeof url !== 'string') return new Url(url);
  throw new EvaluationError(`URL parse error during conversion from string: ${url}`);
}

function part(name: string, id: string, read: (url: GoUrl) => string): FunctionDeclaration {
  return fn(name, [member(id, [TYPE], STRING, (value) => read((value as Url).url))]);
}

function queryOf({ url }: Url): EntryMap {
  return EntryMap.of([...url.query].map(([key, values]): [Value, Value] => [key, new ArrayList([...values])]));
}

/** k8s.io/apiserver, pkg/cel/library/urls.go */
export const urlFunctions: readonly FunctionDeclaration[] = [
  fn('url', [overload('string_to_url', [STRING], TYPE, (text) => toUrl(text as string))]),
  fn('isURL', [overload('is_url_string', [STRING], BOOL, (text) => typeof parseUrl(text as string) !== 'string')]),
  part('getScheme', 'url_get_scheme', (url) => url.scheme),
  part('getHost', 'url_get_host', (url) => url.host),
  part('getHostname', 'url_get_hostname', (url) => url.hostname),
  part('getPort', 'url_get_port', (url) => url.port),
  part('getEscapedPath', 'url_get_escaped_path', (url) => url.escapedPath),
  fn('getQuery', [member('url_get_query', [TYPE], mapOf(STRING, listOf(STRING)), (url) => queryOf(url as Url))]),
];
