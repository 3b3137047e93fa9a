/** What the client wants to be sent. apiserver, pkg/endpoints/handlers/negotiation. */
import { notAcceptable, unknownRepresentation } from '../registry/errors.ts';

/** The form in which objects are sent. */
export interface Representation {
  readonly as: 'plain' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Of Table and PartialObjectMetadata: v1 or v1beta1. */
  readonly version: string;
  readonly yaml: boolean;
  readonly pretty: boolean;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

const PLAIN: Representation = { as: 'plain', version: '', yaml: false, pretty: false };
const PRETTY: Representation = { ...PLAIN, pretty: true };
export const ACCEPTED_BUILTIN = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
] as const;

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
  return ranges.filter((range) => range.quality > 0).sort((a, b) => b.quality - a.quality);
}

const FORMS = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;

function formOf({ type, parameters }: MediaRange): Omit<Representation, 'pretty'> | undefined {
  const yaml = type === 'application/yaml';
  const json = type === 'application/json' || type === '*/*' || type === 'application/*';
  if (!yaml && !json) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return { as: 'plain', version: '', yaml };
  const form = FORMS.find((known) => known === as);
  if (form === undefined || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  return { as: form, version: v, yaml };
}

/** Reads Accept headers. Clients send the same few over and over: the last ones are remembered. */
export class Negotiator {
  readonly #known = new Map<string, Representation | undefined>();

  /**
   * The first form that the server has. Throws 406.
   * @param produces what the path is registered with, where a client is told that wants something else
   */
  negotiate(accept: string | undefined, pretty: boolean, produces?: readonly string[]): Representation {
    if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') {
      return pretty ? PRETTY : PLAIN;
    }
    const key = `${pretty ? 'p' : ''}${accept}`;
    let representation = this.#known.get(key);
    if (representation === undefined && !this.#known.has(key)) {
      for (const range of parseAccept(accept)) {
        const form = formOf(range);
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

const KNOWN_TYPES: readonly string[] = [...ACCEPTED_BUILTIN, '*/*', 'application/*'];

const mentionsKnownType = (accept: string) => parseAccept(accept).some(({ type }) => KNOWN_TYPES.includes(type));

/** Whether the answer should be easy on the eyes: when it is asked for, and for curl and browsers. */
export function wantsPretty(
  query: { readonly [name: string]: readonly string[] },
  userAgent: string | undefined,
): boolean {
  const asked = query['pretty']?.[0];
  if (asked !== undefined && asked !== '') return /^(1|t|true)$/i.test(asked);
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/** How a document of discovery is wanted; undefined: in no form that there is. */
export function discoveryForm(accept: string | undefined): 'v2' | 'json' | 'yaml' | undefined {
  if (accept === undefined || accept === '') return 'json';
  let plain: 'json' | 'yaml' | undefined;
  for (const { type, parameters } of parseAccept(accept)) {
    const { as, g, v } = parameters;
    const json = type === 'application/json' || type === '*/*' || type === 'application/*';
    // The form with most parameters is preferred, whatever its quality.
    if (json && as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && v === 'v2') return 'v2';
    if (as !== undefined) continue;
    // There are no documents in protobuf; who asks for them reads JSON too.
    if (json || type === 'application/vnd.kubernetes.protobuf') plain ??= 'json';
    else if (type === 'application/yaml') plain ??= 'yaml';
  }
  return plain;
}
