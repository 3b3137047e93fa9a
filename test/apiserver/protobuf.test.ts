import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../src/apiserver/kinds/decode.ts';
import { decodeProtobuf } from '../../src/apiserver/protobuf/decode.ts';
import { ProtobufEncoder } from '../../src/apiserver/protobuf/encode.ts';
import { builtinKinds } from '../../src/apiserver/registry/builtin/kinds.ts';
import { StatusError } from '../../src/apiserver/status-error.ts';

interface Recorded {
  readonly resource: string;
  readonly protobuf: string;
  readonly json: Record<string, unknown>;
}

const file = path.join(import.meta.dirname, '../golden/kubernetes/protobuf.json');
const recorded = JSON.parse(fs.readFileSync(file, 'utf8')) as Recorded[];

function typeOf(resource: string) {
  const [, root, first, second, ...rest] = resource.split('/');
  const [group, version] = root === 'api' ? ['', first] : [first, second];
  const plural = (root === 'api' ? [second, ...rest] : rest).at(-1);
  const kind = builtinKinds.find((each) => each.group === group && each.version === version && each.plural === plural);
  if (kind === undefined) throw new Error(`${resource} is not served`);
  return kind.type;
}

describe('a body in protobuf', () => {
  it.each(recorded)('of $resource is the object that the real server says it is', ({ resource, protobuf, json }) => {
    const type = typeOf(resource);
    const read = decodeProtobuf(Buffer.from(protobuf, 'base64'), type);
    expect(decodeBody(read, type)).toEqual({ object: json, unknown: [] });
  });

  it('is refused when it is cut off, or none', () => {
    const { protobuf, resource } = recorded[0]!;
    const type = typeOf(resource);
    const bytes = Buffer.from(protobuf, 'base64');
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeProtobuf(bytes.subarray(0, length), type);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refused++;
      }
    }
    // A message may end between two fields.
    expect(refused).toBeGreaterThan(bytes.length * 0.9);
    expect(() => decodeProtobuf(Buffer.from('{"kind":"Namespace"}'), type)).toThrow(/does not appear to be a protobuf/);
  });
});

describe('an answer in protobuf', () => {
  const encoder = new ProtobufEncoder();

  it.each(recorded)('of $resource has the bytes of the real server', ({ resource, protobuf, json }) => {
    const bytes = encoder.object(json, typeOf(resource));
    expect(bytes.toString('latin1')).toBe(Buffer.from(protobuf, 'base64').toString('latin1'));
  });

  it.each(builtinKinds.map(({ type }) => type))('of an empty $model can be written', (type) => {
    expect(decodeBody(decodeProtobuf(encoder.object({}, type), type), type).unknown).toEqual([]);
  });
});
