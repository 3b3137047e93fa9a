/** Protobuf as something that can be compared: what its wire format alone tells. */
import { BYTES, FIXED64, ProtobufReader, VARINT } from '../../../src/apiserver/protobuf/reader.ts';

/** A message as pairs of field number and value, in the order in which they came. */
export type Wire = readonly (readonly [number, unknown])[];

/** Seconds since 1970 that are times of this century. */
const isTime = (value: bigint) => value > 1_000_000_000n && value < 4_000_000_000n;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
const BINARY = /[\u0000-\u0008\u000b-\u001f\ufffd]/;

/** The objects in an answer: one with its prefix, or the frames of a watch. */
export function wireOf(bytes: Buffer): unknown {
  if (bytes.subarray(0, 4).toString('latin1') === 'k8s\0') return message(bytes.subarray(4));
  const frames: unknown[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    frames.push(message(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return frames;
}

function message(bytes: Buffer): Wire {
  const reader = new ProtobufReader(bytes);
  const fields: [number, unknown][] = [];
  while (!reader.done) {
    const { field, type } = reader.tag();
    if (type === VARINT) {
      const value = reader.varint();
      fields.push([field, isTime(value) ? '<time>' : Number(value)]);
    } else if (type === BYTES) fields.push([field, inside(reader.bytes())]);
    else if (type === FIXED64) fields.push([field, reader.double()]);
    else throw new Error(`wire type ${type}`);
  }
  return fields;
}

/** A text, another message or an object with its prefix: whichever can be read. */
function inside(bytes: Buffer): unknown {
  if (bytes.subarray(0, 4).toString('latin1') === 'k8s\0') return { object: message(bytes.subarray(4)) };
  const text = bytes.toString('utf8');
  if (!BINARY.test(text)) return masked(text);
  try {
    return message(bytes);
  } catch {
    return bytes.toString('base64');
  }
}

/** Versions, and where a page ends, differ from run to run. */
function masked(text: string): string {
  if (/^\d+$/.test(text)) return '<number>';
  if (text === 'apiserver' || text === 'controller-manager') return `kube-${text}`;
  return text.startsWith('eyJ2Ijoi') ? '<continue>' : text;
}
