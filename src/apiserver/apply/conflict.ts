/** Refused applies (k8s.io/apimachinery, util/managedfields/internal/conflict.go). */
import type { StatusCause } from '../../api/meta.ts';
import { byCodePoint, goQuote } from '../go-format.ts';
import { StatusError } from '../status-error.ts';
import { difference, type FieldSet, isEmpty, NOTHING, paths, union } from './field-set.ts';
import { identifier, type ManagedSet } from './managed-entries.ts';
import { pathText } from './path-element.ts';

/** What an apply would take from another manager. */
export interface Conflict {
  readonly owner: ManagedSet;
  readonly set: FieldSet;
}

/** Thrown when an apply without force meets conflicts. */
export class ApplyConflict extends StatusError {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    const found = conflicts
      .slice()
      .sort((a, b) => byCodePoint(identifier(a.owner), identifier(b.owner)))
      .map(({ owner, set }) => ({ owner: printed(owner), texts: paths(set).map((path) => pathText(path, true)) }));
    const causes = found.flatMap(({ owner, texts }) => texts.map((field) => cause(owner, field)));
    super({ code: 409, reason: 'Conflict', message: message(found, causes.length), details: { causes } });
    this.conflicts = conflicts;
  }

  /** All paths in conflict. */
  get set(): FieldSet {
    return this.conflicts.reduce((all, { set }) => union(all, set), NOTHING);
  }

  /** What is left when these paths may be taken; undefined: nothing. */
  without(allowed: FieldSet): ApplyConflict | undefined {
    const left = this.conflicts
      .map(({ owner, set }) => ({ owner, set: difference(set, allowed) }))
      .filter(({ set }) => !isEmpty(set));
    return left.length === 0 ? undefined : new ApplyConflict(left);
  }
}

function cause(owner: string, field: string): StatusCause {
  return { reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field };
}

function message(found: readonly { owner: string; texts: readonly string[] }[], count: number): string {
  if (count === 1) return `Apply failed with 1 conflict: conflict with ${found[0]!.owner}: ${found[0]!.texts[0]}`;
  const lines = found.flatMap(({ owner, texts }) => [`conflicts with ${owner}:`, ...texts.map((text) => `- ${text}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

/** `"m1"`, `"kubelet" with subresource "status" using v1`. */
function printed({ manager, operation, apiVersion, subresource }: ManagedSet): string {
  const name = subresource === '' ? goQuote(manager) : `${goQuote(manager)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
