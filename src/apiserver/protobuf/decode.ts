import type { ServedResource } from '../registry/served.ts';
import { badRequest } from '../status-error.ts';

export function decodeProtobuf(_bytes: Buffer, _served: ServedResource): unknown {
  throw badRequest('protobuf bodies are not read yet');
}
