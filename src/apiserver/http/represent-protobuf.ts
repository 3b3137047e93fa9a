/** Answers in protobuf, for clients written in Go: built-in kinds, and the metadata of all. Loaded when one asks. */
import type { Status } from '../../api/meta.ts';
import { status as statusType } from '../kinds/api-types.ts';
import { tokenRequest } from '../kinds/authentication.ts';
import { scale } from '../kinds/autoscaling.ts';
import { discoveryKinds } from '../kinds/discovery.ts';
import { listMeta, objectMeta } from '../kinds/meta.ts';
import { field, type Struct, struct } from '../kinds/type.ts';
import type { AnyObject, JsonObject } from '../objects.ts';
import { enveloped, ProtobufEncoder } from '../protobuf/encode.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import type { ListAnswer, ObjectAnswer } from '../registry/request.ts';
import { apiVersion, type ServedResource } from '../registry/served.ts';
import type { WatchEvent } from '../watch/event.ts';
import type { Representation } from './negotiation.ts';
import { isAList, notAList, OBJECTS_PER_TURN } from './represent.ts';
import type { EventWriter } from './watch-stream.ts';

const partialType = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
  'PartialObjectMetadata is an object of which only the metadata are told.',
  { metadata: field(objectMeta, 'The metadata.') },
);

/** Kinds that resources answer with besides their own. */
const OTHERS: Readonly<Record<string, Struct>> = { Scale: scale, Status: statusType, TokenRequest: tokenRequest };

/** Writes objects of every kind that is not custom. Shared by all requests: it holds how kinds are written. */
export class ProtobufAnswers {
  readonly encoder = new ProtobufEncoder();

  status(status: Status): Buffer {
    return this.encoder.object(status as unknown as JsonObject, statusType);
  }

  /** A document of discovery. */
  document(text: string): Buffer {
    const document = JSON.parse(text) as JsonObject;
    return this.encoder.object(withVerbs(document), discoveryKinds[String(document['kind'])]!);
  }
}

/** The verbs of an APIResource are a list in JSON, and a message with a list in protobuf. */
function withVerbs(document: JsonObject): JsonObject {
  if (document['kind'] !== 'APIResourceList') return document;
  const resources = document['resources'] as JsonObject[];
  return { ...document, resources: resources.map((each) => ({ ...each, verbs: { items: each['verbs'] } })) };
}

/** Makes bytes of answers in one form. */
export class ProtobufRepresenter implements EventWriter {
  readonly #form: Representation;
  readonly #encoder: ProtobufEncoder;

  constructor(form: Representation, { encoder }: ProtobufAnswers) {
    this.#form = form;
    this.#encoder = encoder;
  }

  key(served: ServedResource): string {
    const { as, version } = this.#form;
    return `${served.version}/${served.group}/protobuf/${as}/${version}`;
  }

  /** An object with its type. */
  object({ served, view }: ObjectAnswer): Buffer {
    if (served !== undefined && this.#form.as === 'PartialObjectMetadataList') throw notAList(served);
    return this.#object(view.object, served);
  }

  /** A list, in pieces of one turn of the event loop each; they make sense together only. */
  *list(answer: ListAnswer): Generator<Buffer> {
    const { served, versions, revision, continue: token, remaining } = answer;
    const { as, version } = this.#form;
    if (as === 'PartialObjectMetadata') throw isAList(served);
    const metadata = {
      resourceVersion: String(revision),
      ...(token !== undefined && { continue: token }),
      ...(remaining !== undefined && { remainingItemCount: remaining }),
    };
    const head = new ProtobufWriter();
    head.bytes(1, this.#encoder.message(metadata, listMeta));
    const parts = [head.finish()];
    const type = as === 'plain' ? served.type! : partialType;
    for (let i = 0; i < versions.length; i += OBJECTS_PER_TURN) {
      const part = new ProtobufWriter();
      for (const stored of versions.slice(i, i + OBJECTS_PER_TURN)) {
        part.bytes(2, this.#encoder.message(served.view(stored).object as JsonObject, type));
      }
      parts.push(part.finish());
      yield NOTHING;
    }
    const raw = Buffer.concat(parts);
    yield as === 'plain'
      ? enveloped(apiVersion(served), served.names.listKind, raw)
      : enveloped(`meta.k8s.io/${version}`, 'PartialObjectMetadataList', raw);
  }

  event(event: WatchEvent, served: ServedResource): Buffer {
    return frame(event.type, this.#object(served.view(event.version).object, served));
  }

  bookmark(object: AnyObject, served: ServedResource): Buffer {
    return frame('BOOKMARK', this.#object(object, served));
  }

  error(status: Status): Buffer {
    return frame('ERROR', this.#encoder.object(status as unknown as JsonObject, statusType));
  }

  #object(object: AnyObject, served: ServedResource | undefined): Buffer {
    const { as, version } = this.#form;
    if (as !== 'plain' && served !== undefined) {
      const raw = this.#encoder.message(object as JsonObject, partialType);
      return enveloped(`meta.k8s.io/${version}`, 'PartialObjectMetadata', raw);
    }
    const type = served?.type?.name === object.kind ? served.type : OTHERS[object.kind];
    if (type === undefined) throw new Error(`${object.kind} is not written in protobuf`);
    return this.#encoder.object(object as JsonObject, type);
  }
}

const NOTHING = Buffer.alloc(0);

/** A frame of a watch: its length in four bytes, and WatchEvent: type 1, object 2 (RawExtension: raw 1). */
function frame(type: string, object: Buffer): Buffer {
  const writer = new ProtobufWriter();
  writer.bytes(1, Buffer.from(type));
  writer.message(2, (raw) => raw.bytes(1, object));
  const bytes = writer.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
