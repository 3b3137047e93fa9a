/** A kind in all its versions, as the ownership algorithms need it. Versions differ in their types, not in content. */
import type { JsonObject } from '../objects.ts';
import { type Comparison, compare } from './comparison.ts';
import type { FieldType } from './field-type.ts';
import { typedErrors } from './typed-errors.ts';

/** A plain failure of an apply, which the server answers with 500 and this text. */
export class ApplyFailure extends Error {}

export class KindVersions {
  /** The version that requests are made in. */
  readonly apiVersion: string;
  readonly #types: ReadonlyMap<string, FieldType>;

  constructor(apiVersion: string, types: ReadonlyMap<string, FieldType>) {
    if (!types.has(apiVersion)) throw new Error(`no type for ${apiVersion}`);
    this.apiVersion = apiVersion;
    this.#types = types;
  }

  knows(apiVersion: string): boolean {
    return this.#types.has(apiVersion);
  }

  /** @throws ApplyFailure when the kind has no such version (any more) */
  typeOf(apiVersion: string): FieldType {
    const type = this.#types.get(apiVersion);
    if (type === undefined) {
      throw new ApplyFailure(`request to convert CR to an invalid group/version: ${apiVersion}`);
    }
    return type;
  }

  /**
   * The object in another version.
   * @param doing what it is converted for, as the failure begins
   * @throws ApplyFailure when it does not fit there
   */
  convert(object: JsonObject, apiVersion: string, doing = ''): JsonObject {
    if (object['apiVersion'] === apiVersion) return object;
    const errors = typedErrors(this.typeOf(apiVersion), object, false);
    if (errors !== undefined) throw new ApplyFailure(`${doing}${errors}`);
    return { ...object, apiVersion };
  }

  /** @throws TypeMismatch, UnaddressableItem, ApplyFailure */
  compare(live: JsonObject, updated: JsonObject, apiVersion: string): Comparison {
    const type = this.typeOf(apiVersion);
    try {
      return compare(type, live, updated, { duplicates: apiVersion === this.apiVersion });
    } catch (error) {
      if (apiVersion === this.apiVersion) throw error;
      for (const [which, object] of [['old', live] as const, ['new', updated] as const]) {
        const errors = typedErrors(type, object, false);
        if (errors !== undefined) throw new ApplyFailure(`failed to convert ${which} object: ${errors}`);
      }
      throw error;
    }
  }
}
