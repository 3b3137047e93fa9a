import type { FieldError } from '../../field-error.ts';
import type { Struct } from '../../kinds/type.ts';
import type { AnyObject } from '../../objects.ts';
import type { Version } from '../../store/version.ts';
import type { NameCheck } from '../names.ts';
import type { Verb, View } from '../request.ts';
import type { Column, DeletionHooks, Projection, WriteContext } from '../served.ts';

/** What a built-in kind, or a subresource of it, does beyond what every kind does. */
export interface Behaviour {
  default?(object: AnyObject): void;
  prepareCreate?(object: AnyObject, context: WriteContext): void;
  prepareUpdate?(object: AnyObject, old: AnyObject, context: WriteContext): void;
  /** What is wrong with the object, its metadata left out; `old` on update. */
  validate?(object: AnyObject, old?: AnyObject): FieldError[];
  /** What is wrong with the change, its metadata left out; comes before what `validate` says. */
  validateUpdate?(object: AnyObject, old: AnyObject): FieldError[];
  warnings?(object: AnyObject, old: AnyObject | undefined): string[];
  /** Fields that this path never takes from a client, as managedFields must not claim them. */
  readonly resets?: readonly string[];
}

/** A path below the objects of a kind. */
export interface Below extends Behaviour {
  readonly verbs: readonly Verb[];
  /** Clients see the object as something else: a Scale. */
  readonly projection?: Projection;
}

/** A built-in kind at one version. */
export interface Builtin extends Behaviour {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly type: Struct;
  readonly namespaced: boolean;
  readonly nameCheck: NameCheck;
  /** Whether metadata is looked at only when nothing else is wrong. */
  readonly metadataLast?: boolean;
  readonly createOnUpdate?: boolean;
  readonly unconditionalUpdate?: boolean;
  readonly verbs?: readonly Verb[];
  readonly subresources?: Readonly<Record<string, Below>>;
  /** Fields besides name and namespace by which it can be selected. */
  readonly selectable?: Readonly<Record<string, (object: AnyObject) => string>>;
  /** What an unknown field selector is answered with, where it is not the usual. */
  unknownField?(field: string): string;
  readonly columns?: readonly Column[];
  readonly deletion?: DeletionHooks;
  /** Where it is stored, when that is another resource's place: `group/plural`. */
  readonly bucket?: string;
  /** The group that messages about its mistakes name, when it is another. */
  readonly errorGroup?: string;
  /** Of the stored form, when that is another kind's. */
  readonly storageHash?: string;
  /** Between its own form and the stored one, where they differ. */
  view?(version: Version): View;
  toStored?(object: AnyObject): AnyObject;
}
