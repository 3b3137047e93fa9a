import { cloneJson, deepEqual } from '../../../base/json.ts';
import { type FieldError, invalidError } from '../../field-error.ts';
import { goQuote } from '../../go-format.ts';
import type { AnyObject, JsonObject } from '../../objects.ts';
import type { Structural } from '../../schema/structural.ts';
import { subdomainName } from '../names.ts';
import { decodeMetadata, finalizerWarnings, metadataErrors, metadataUpdateErrors } from '../object-meta.ts';
import type { Ownership } from '../ownership.ts';
import type { PatchType } from '../request.ts';
import type { Decoded, Strategy, WriteContext } from '../served.ts';
import type { ScalePaths } from './definition.ts';
import { scaleErrors } from './scale.ts';

/** A custom resource at one version, compiled. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly structural: Structural;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
}

/** How custom resources are written. apiextensions-apiserver, pkg/registry/customresource. */
export class CustomStrategy implements Strategy {
  readonly needsKind = true;
  readonly nameCheck = subdomainName;
  readonly createOnUpdate = false;
  readonly unconditionalUpdate = false;
  readonly patchTypes: readonly PatchType[] = ['json', 'merge', 'apply'];
  readonly ownership: Ownership;
  protected readonly custom: CustomKind;
  readonly #apiVersion: string;

  constructor(custom: CustomKind, ownership: Ownership) {
    this.custom = custom;
    this.ownership = ownership;
    this.#apiVersion = `${custom.group}/${custom.version}`;
  }

  decode(value: JsonObject, owned: boolean): Decoded {
    const object = (owned ? value : cloneJson(value)) as AnyObject;
    const unknown: string[] = [];
    const metadata = decodeMetadata(object['metadata'], unknown);
    object.metadata = Object.isFrozen(metadata) ? { ...metadata } : metadata;
    if (object.kind === this.custom.kind && object.apiVersion === this.#apiVersion) {
      unknown.push(...this.custom.structural.prune(object));
    }
    return { object, strict: unknown.map((path) => `unknown field ${goQuote(path)}`) };
  }

  default(object: AnyObject, applied = false): void {
    this.custom.structural.default(object, applied);
  }

  prepareCreate(object: AnyObject): void {
    if (this.custom.hasStatus) delete object['status'];
    object.metadata.generation = 1;
  }

  prepareUpdate(object: AnyObject, old: AnyObject, _context: WriteContext): AnyObject {
    if (this.custom.hasStatus) {
      if (Object.hasOwn(old, 'status')) object['status'] = old['status'];
      else delete object['status'];
    }
    if (!sameButMetadata(object, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    return object;
  }

  validateCreate(object: AnyObject, context: WriteContext): FieldError[] {
    const errors = this.typeErrors(object);
    if (errors.length > 0) return errors;
    const result = this.custom.structural.validate(object, undefined, {
      before: metadataErrors(object.metadata, this.custom.namespaced, this.nameCheck),
      scale: scaleErrors(object, this.custom.scale),
    });
    context.warnings.push(...result.warnings);
    return result.errors;
  }

  validateUpdate(object: AnyObject, old: AnyObject, context: WriteContext): FieldError[] {
    const errors = this.typeErrors(object);
    if (errors.length > 0) return errors;
    const result = this.custom.structural.validate(object, old, {
      before: metadataUpdateErrors(object.metadata, old.metadata),
      scale: scaleErrors(object, this.custom.scale),
    });
    context.warnings.push(...result.warnings);
    return result.errors;
  }

  warnings(object: AnyObject, old: AnyObject | undefined): string[] {
    return finalizerWarnings(object.metadata, old?.metadata);
  }

  protected typeErrors(object: AnyObject): FieldError[] {
    const errors: FieldError[] = [];
    const { kind } = this.custom;
    if (object.kind !== kind) errors.push(invalidError('kind', object.kind, `must be ${kind}`));
    if (object.apiVersion !== this.#apiVersion) {
      errors.push(invalidError('apiVersion', object.apiVersion, `must be ${this.#apiVersion}`));
    }
    return errors;
  }
}

/** How their status is written: nothing but the status comes from the client. */
export class CustomStatusStrategy extends CustomStrategy {
  override prepareUpdate(object: AnyObject, old: AnyObject): AnyObject {
    const { managedFields } = object.metadata;
    const { managedFields: _managedFields, ...metadata } = old.metadata;
    const { status: _status, ...rest } = old;
    const updated: AnyObject = {
      ...rest,
      metadata: managedFields === undefined ? metadata : { ...metadata, managedFields },
    };
    if (Object.hasOwn(object, 'status')) updated['status'] = object['status'];
    return updated;
  }

  override validateUpdate(object: AnyObject, old: AnyObject, context: WriteContext): FieldError[] {
    const errors = this.typeErrors(object);
    if (errors.length > 0) return errors;
    const result = this.custom.structural.validate(object, old, {
      status: true,
      before: metadataUpdateErrors(object.metadata, old.metadata),
      scale: scaleErrors(object, this.custom.scale, 'status'),
    });
    context.warnings.push(...result.warnings);
    return result.errors;
  }

  override warnings(): string[] {
    return [];
  }
}

/** Whether two objects differ in nothing but metadata. */
function sameButMetadata(object: AnyObject, old: AnyObject): boolean {
  for (const key of Object.keys(object)) {
    if (key !== 'metadata' && !(Object.hasOwn(old, key) && deepEqual(object[key], old[key]))) return false;
  }
  for (const key of Object.keys(old)) if (!Object.hasOwn(object, key)) return false;
  return true;
}
