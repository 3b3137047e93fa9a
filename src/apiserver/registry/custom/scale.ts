/** The scale subresource of custom resources: autoscaling/v1 Scale made of three fields. */

import { type FieldError, invalidError } from '../../field-error.ts';
import { goQuote } from '../../go-format.ts';
import { scale as scaleType } from '../../kinds/autoscaling.ts';
import { decodeBody } from '../../kinds/decode.ts';
import { type AnyObject, isObject, type JsonObject } from '../../objects.ts';
import { badRequest } from '../../status-error.ts';
import { scaleColumns } from '../../table/builtin-columns.ts';
import { internalError } from '../errors.ts';
import { subdomainName } from '../names.ts';
import type { PatchType } from '../request.ts';
import type { Decoded, Projection, Strategy } from '../served.ts';
import type { ScalePaths } from './definition.ts';

const MAX_INT32 = 2 ** 31 - 1;
/** Stands for a number that the object does not have, so that a patch can set it. */
const NO_REPLICAS = -(2 ** 31);

const parts = (path: string) => path.replace(/^\./, '').split('.');

/** The value at a path; why it cannot be reached, in words, when something on the way is no object. */
function nested(object: JsonObject, path: string): { value?: unknown; problem?: string } {
  let value: unknown = object;
  for (const part of parts(path)) {
    if (value === null) return {};
    if (!isObject(value)) {
      return {
        problem: `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected map[string]interface{}`,
      };
    }
    if (!Object.hasOwn(value, part)) return {};
    value = value[part];
  }
  return { value };
}

const goValue = (value: unknown) => (value === null ? '<nil>' : String(value));
const goType = (value: unknown) =>
  value === null
    ? '<nil>'
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? 'int64'
        : 'float64'
      : typeof value === 'boolean'
        ? 'bool'
        : Array.isArray(value)
          ? '[]interface {}'
          : typeof value;

function integerAt(object: JsonObject, path: string): { value?: number | bigint; problem?: string } {
  const { value, problem } = nested(object, path);
  if (problem !== undefined) return { problem };
  if (value === undefined) return {};
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return { value };
  return { problem: `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64` };
}

function replicasErrors(object: JsonObject, path: string): FieldError[] {
  const { value, problem } = integerAt(object, path);
  if (problem !== undefined) return [invalidError(path, 0, problem)];
  if (value === undefined) return [];
  if (value < 0) return [invalidError(path, value, 'should be a non-negative integer')];
  if (value > MAX_INT32) return [invalidError(path, value, `should be less than or equal to ${MAX_INT32}`)];
  return [];
}

/** What is wrong with the fields of an object that its scale shows. */
export function scaleErrors(object: AnyObject, scale: ScalePaths | undefined, part?: 'status'): FieldError[] {
  if (scale === undefined) return [];
  const errors: FieldError[] = [];
  if (part === undefined) errors.push(...replicasErrors(object, scale.specReplicasPath));
  errors.push(...replicasErrors(object, scale.statusReplicasPath));
  if (scale.labelSelectorPath !== undefined) {
    const { value, problem } = nested(object, scale.labelSelectorPath);
    if (problem !== undefined) errors.push(invalidError(scale.labelSelectorPath, '', problem));
    else if (value !== undefined && typeof value !== 'string') {
      const why = `${scale.labelSelectorPath} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected string`;
      errors.push(invalidError(scale.labelSelectorPath, '', why));
    }
  }
  return errors;
}

/** autoscaling/v1 Scale of an object. */
export interface Scale extends AnyObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** The scale of an object; `specFound` says whether it has a number of replicas at all. */
export function scaleOf(object: AnyObject, paths: ScalePaths): { scale: Scale; specFound: boolean } {
  const number = (value: number | bigint | undefined) => (value === undefined ? undefined : Number(value));
  const wanted = number(integerAt(object, paths.specReplicasPath).value);
  const present = number(integerAt(object, paths.statusReplicasPath).value) ?? 0;
  const selector = paths.labelSelectorPath === undefined ? undefined : nested(object, paths.labelSelectorPath).value;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = {
    name: name!,
    ...(namespace === undefined ? {} : { namespace }),
    uid: uid!,
    resourceVersion: resourceVersion!,
    creationTimestamp: creationTimestamp!,
  };
  const scale: Scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: wanted === undefined || wanted === 0 ? {} : { replicas: wanted },
    status: {
      replicas: present,
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  };
  return { scale, specFound: wanted !== undefined };
}

/** A custom resource seen as a Scale. */
export class ScaleProjection implements Projection {
  readonly columns = scaleColumns;
  readonly reader: Strategy = new ScaleReader();
  readonly #paths: ScalePaths;

  constructor(paths: ScalePaths) {
    this.#paths = paths;
  }

  of(object: AnyObject): AnyObject {
    const { scale, specFound } = scaleOf(object, this.#paths);
    if (!specFound) throw internalError(`the spec replicas field "${this.#paths.specReplicasPath}" does not exist`);
    return scale;
  }

  basis(object: AnyObject): AnyObject {
    const { scale, specFound } = scaleOf(object, this.#paths);
    return specFound ? scale : { ...scale, spec: { replicas: NO_REPLICAS } };
  }

  onto(object: AnyObject, changed: AnyObject): AnyObject {
    const { replicas = 0 } = (changed as Scale).spec;
    if (replicas === NO_REPLICAS) {
      throw badRequest(`the spec replicas field "${this.#paths.specReplicasPath}" cannot be empty`);
    }
    const copy: JsonObject = { ...object, metadata: { ...object.metadata } };
    const way = parts(this.#paths.specReplicasPath);
    let inside = copy;
    for (const part of way.slice(0, -1)) {
      const next = isObject(inside[part]) ? { ...inside[part] } : {};
      inside[part] = next;
      inside = next;
    }
    inside[way.at(-1)!] = replicas;
    const { resourceVersion } = changed.metadata;
    if ((resourceVersion ?? '') !== '') (copy as AnyObject).metadata.resourceVersion = resourceVersion!;
    return copy as AnyObject;
  }

  /** Who owns what of a Scale is apply/scale.ts' business. */
  configuration(_object: AnyObject | undefined, config: AnyObject): AnyObject {
    return config;
  }
}

/** Reads Scale bodies; everything else is the object's own business. */
class ScaleReader implements Strategy {
  readonly bodyKind = 'Scale';
  readonly bodyVersion = 'autoscaling/v1';
  readonly needsKind = false;
  readonly nameCheck = subdomainName;
  readonly createOnUpdate = false;
  readonly unconditionalUpdate = true;
  readonly patchTypes: readonly PatchType[] = ['json', 'merge', 'strategic', 'apply'];

  get ownership(): never {
    throw new Error('a Scale has no fields of its own');
  }

  decode(value: JsonObject): Decoded {
    const { object, unknown } = decodeBody(
      { ...value, kind: value['kind'] ?? 'Scale', apiVersion: value['apiVersion'] ?? 'autoscaling/v1' },
      scaleType,
    );
    return { object: object as AnyObject, strict: unknown.map((path) => `unknown field ${goQuote(path)}`) };
  }

  default(): void {}
  prepareCreate(): void {}
  prepareUpdate(object: AnyObject): AnyObject {
    return object;
  }
  validateCreate(): FieldError[] {
    return [];
  }
  validateUpdate(): FieldError[] {
    return [];
  }
  warnings(): string[] {
    return [];
  }
}
