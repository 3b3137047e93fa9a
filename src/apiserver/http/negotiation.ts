/** What the client wants to be sent. apiserver, pkg/endpoints/handlers/negotiation. */
import { notAcceptable, unknownRepresentation } from '../registry/errors.ts';

/** The form in which objects are sent. */
export interface Representation {
  readonly as: 'plain' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Of Table and PartialObjectMetadata: v1 or v1beta1. */
  readonly version: string;
  readonly yaml: boolean;
  readonly protobuf: boolean;
  readonly pretty: boolean;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PLAIN: Representation = { as: 'plain', version: '', yaml: false, protobuf: false, pretty: false };
const PRETTY: Representation = { ...PLAIN, pretty: true };
export const ACCEPTED_BUILTIN = ['application/json', 'application/yaml', PROTOBUF] as const;

function parseAccept(text: string): MediaRange[] {
  const ranges = text.split(',').map((part): MediaRange => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters: Record<string, string> = {};
    for (const piece of rest) {
      const equals = piece.indexOf('=');
      if (equals > 0) parameters[piece.slice(0, equals).toLowerCase()] = piece.slice(equals + 1).replace(/^"|"$/g, '');
    }
    const quality = Number(parameters['q'] ?? 1);
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
  });
  // What is worth nothing comes last, and counts all the same.
  return ranges.sort((a, b) => b.quality - a.quality);
}

const FORMS = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;

const isJson = (type: string) => type === 'application/json' || type === '*/*' || type === 'application/*';

/** @param custom whether the objects are custom resources, of which protobuf has only the metadata */
function formOf({ type, parameters }: MediaRange, custom: boolean): Omit<Representation, 'pretty'> | undefined {
  const yaml = type === 'application/yaml';
  const protobuf = type === PROTOBUF;
  if (!yaml && !protobuf && !isJson(type)) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return protobuf && custom ? undefined : { as: 'plain', version: '', yaml, protobuf };
  const form = FORMS.find((known) => known === as);
  if (form === undefined || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  // A table has cells of any type, which protobuf cannot say.
  if (protobuf && form === 'Table') return undefined;
  return { as: form, version: v, yaml, protobuf };
}

/** The form of a refusal; undefined: the client has named none that there is, and is told in indented JSON. */
export function refusalForm(accept: string | undefined): 'json' | 'yaml' | 'protobuf' | undefined {
  if (accept === undefined || accept === '') return 'json';
  for (const { type, parameters } of parseAccept(accept)) {
    if (parameters['as'] !== undefined) continue;
    if (isJson(type)) return 'json';
    if (type === 'application/yaml') return 'yaml';
    if (type === PROTOBUF) return 'protobuf';
  }
  return undefined;
}

/** Reads Accept headers. Clients send the same few over and over: the last ones are remembered. */
export class Negotiator {
  readonly #known = new Map<string, Representation | undefined>();

  /**
   * The first form that the server has. Throws 406.
   * @param produces what the path is registered with, where a client is told that wants something else; undefined for
   * custom resources
   */
  negotiate(accept: string | undefined, pretty: boolean, produces?: readonly string[]): Representation {
    if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') {
      return pretty ? PRETTY : PLAIN;
    }
    const custom = produces === undefined;
    const key = `${pretty ? 'p' : ''}${custom ? 'c' : ''} ${accept}`;
    let representation = this.#known.get(key);
    if (representation === undefined && !this.#known.has(key)) {
      for (const range of custom || mentionsKnownType(accept) ? parseAccept(accept) : []) {
        const form = formOf(range, custom);
        if (form === undefined) continue;
        representation = { ...form, pretty };
        break;
      }
      if (this.#known.size >= 256) this.#known.clear();
      if (accept.length < 1024) this.#known.set(key, representation);
    }
    if (representation === undefined) {
      if (produces !== undefined && !mentionsKnownType(accept)) throw unknownRepresentation(produces);
      throw notAcceptable(ACCEPTED_BUILTIN);
    }
    return representation;
  }
}

const KNOWN_TYPES: readonly string[] = [...ACCEPTED_BUILTIN, '*/*'];

/** What the router of the real server looks at before anything else: letter by letter, and no other wildcard. */
const mentionsKnownType = (accept: string) =>
  accept.split(',').some((part) => KNOWN_TYPES.includes(part.split(';')[0]!.trim()));

/** Whether the answer should be easy on the eyes: when it is asked for, and for curl and browsers. */
export function wantsPretty(
  query: { readonly [name: string]: readonly string[] },
  userAgent: string | undefined,
): boolean {
  const asked = query['pretty']?.[0];
  if (asked !== undefined && asked !== '') return /^(1|t|true)$/i.test(asked);
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/** How a document of discovery is wanted. */
export interface DiscoveryForm {
  readonly syntax: 'json' | 'yaml' | 'protobuf';
  /** Everything in one document: apidiscovery.k8s.io/v2. */
  readonly aggregated: boolean;
}

/** Undefined: in no form that there is. */
export function discoveryForm(accept: string | undefined): DiscoveryForm | undefined {
  if (accept === undefined || accept === '') return { syntax: 'json', aggregated: false };
  let plain: DiscoveryForm | undefined;
  for (const { type, parameters } of parseAccept(accept)) {
    const syntax = isJson(type) ? 'json' : type === PROTOBUF ? 'protobuf' : 'yaml';
    if (syntax === 'yaml' && type !== 'application/yaml') continue;
    const { as, g, v } = parameters;
    // The form with most parameters is preferred, whatever its quality.
    const aggregated = as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && v === 'v2';
    if (aggregated && syntax !== 'yaml') return { syntax, aggregated };
    if (as === undefined) plain ??= { syntax, aggregated: false };
  }
  return plain;
}

/** Whether a client takes plain JSON. */
export function acceptsJson(accept: string | undefined): boolean {
  return accept === undefined || accept === '' || parseAccept(accept).some(({ type }) => isJson(type));
}
