/** Who owns which field: the seam to apply/. */
import type { AnyObject } from '../objects.ts';

export interface WriteOfFields {
  /** The client's name for itself. */
  readonly manager: string;
  /** '' for the object itself */
  readonly subresource: string;
  /** RFC 3339 */
  readonly now: string;
}

export interface Ownership {
  /** Sets `updated.metadata.managedFields` to what the write makes of `live`'s. */
  update(live: AnyObject | undefined, updated: AnyObject, write: WriteOfFields): void;
  /** The live object with the configuration applied. Throws the conflict. */
  apply(live: AnyObject | undefined, config: AnyObject, write: WriteOfFields & { readonly force: boolean }): AnyObject;
}
