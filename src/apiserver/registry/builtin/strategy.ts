import type { FieldError } from '../../field-error.ts';
import { goQuote } from '../../go-format.ts';
import { DecodeError, decodeBody } from '../../kinds/decode.ts';
import type { AnyObject, JsonObject } from '../../objects.ts';
import { applyStrategicMergePatch } from '../../patch/strategic-merge-patch.ts';
import { type PatchRules, patchRulesOf } from '../../patch/strategic-rules.ts';
import { SCHEME } from '../errors.ts';
import type { NameCheck } from '../names.ts';
import { metadataErrors, metadataUpdateErrors, qualifiedFinalizerErrors } from '../object-meta.ts';
import type { Ownership } from '../ownership.ts';
import type { PatchType } from '../request.ts';
import type { Decoded, Strategy, WriteContext } from '../served.ts';
import type { Behaviour, Builtin } from './definition.ts';
import { internalName, wellKnownKind } from './well-known.ts';

/** How a built-in kind, or one of its subresources, is written. */
export class BuiltinStrategy implements Strategy {
  readonly needsKind = false;
  readonly nameCheck: NameCheck;
  readonly createOnUpdate: boolean;
  readonly unconditionalUpdate: boolean;
  readonly patchTypes: readonly PatchType[] = ['json', 'merge', 'strategic', 'apply'];
  readonly ownership: Ownership;
  readonly #builtin: Builtin;
  readonly #behaviour: Behaviour;
  readonly #apiVersion: string;
  #rules: PatchRules | undefined;

  /** @param behaviour the kind's own, or a subresource's */
  constructor(builtin: Builtin, behaviour: Behaviour, ownership: Ownership) {
    this.#builtin = builtin;
    this.#behaviour = behaviour;
    this.ownership = ownership;
    this.nameCheck = builtin.nameCheck;
    this.createOnUpdate = builtin.createOnUpdate === true;
    this.unconditionalUpdate = builtin.unconditionalUpdate !== false;
    this.#apiVersion = builtin.group === '' ? builtin.version : `${builtin.group}/${builtin.version}`;
  }

  decode(value: JsonObject): Decoded {
    const { name } = this.#builtin.type;
    const kind = (value['kind'] as string | undefined) || name;
    const apiVersion = (value['apiVersion'] as string | undefined) || this.#apiVersion;
    if (kind !== name || (apiVersion !== this.#apiVersion && !apiVersion.startsWith(`${this.#builtin.group}/`))) {
      const known = wellKnownKind(apiVersion, kind);
      throw new DecodeError(
        known === undefined
          ? `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "${SCHEME}"`
          : `converting (${known}) to (${internalName(this.#builtin.group, name)}): unknown conversion`,
      );
    }
    const { object, unknown } = decodeBody({ ...value, kind, apiVersion }, this.#builtin.type);
    return { object: object as AnyObject, strict: unknown.map((path) => `unknown field ${goQuote(path)}`) };
  }

  default(object: AnyObject): void {
    this.#builtin.default?.(object);
  }

  prepareCreate(object: AnyObject, context: WriteContext): void {
    this.#behaviour.prepareCreate?.(object, context);
  }

  prepareUpdate(object: AnyObject, old: AnyObject, context: WriteContext): AnyObject {
    this.#behaviour.prepareUpdate?.(object, old, context);
    return object;
  }

  validateCreate(object: AnyObject): FieldError[] {
    const errors = this.#behaviour.validate?.(object) ?? [];
    if (errors.length > 0 && this.#builtin.metadataLast === true) return errors;
    return [...this.#metadata(object), ...errors];
  }

  validateUpdate(object: AnyObject, old: AnyObject): FieldError[] {
    return [
      ...metadataUpdateErrors(object.metadata, old.metadata),
      ...(this.#behaviour.validateUpdate?.(object, old) ?? []),
      ...(this.#behaviour.validate === undefined
        ? []
        : [...this.#metadata(object), ...this.#behaviour.validate(object, old)]),
    ];
  }

  warnings(object: AnyObject, old: AnyObject | undefined): string[] {
    return this.#behaviour.warnings?.(object, old) ?? [];
  }

  strategicMerge(object: AnyObject, patch: JsonObject): AnyObject {
    this.#rules ??= patchRulesOf(this.#builtin.type);
    return applyStrategicMergePatch(object, patch, this.#rules) as AnyObject;
  }

  #metadata(object: AnyObject): FieldError[] {
    const errors = metadataErrors(object.metadata, this.#builtin.namespaced, this.nameCheck);
    if (this.#builtin.group !== '' || object.metadata.finalizers === undefined) return errors;
    const qualified = qualifiedFinalizerErrors(object.metadata.finalizers, (index) => `metadata.finalizers[${index}]`);
    return [...errors, ...qualified];
  }
}
