import { type FieldError, forbiddenError } from '../../field-error.ts';

/** What one expression may cost at most, by its estimate (pkg/apis/apiextensions/validation). */
export const RULE_LIMIT = 10_000_000n;
/** What all rules of a schema may cost together. */
const TOTAL_LIMIT = 100_000_000n;
const LARGEST = 2n ** 64n - 1n;
const SHOWN = 4;

export function costMessage(name: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  const shown = factor > 100 ? 'more than 100x' : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${name} exceeds budget by factor of ${shown} (${advice})`;
}

/** What the rules of one schema cost together, and which of them cost most. */
export class TotalCost {
  #total = 0n;
  #most: { readonly path: string; readonly cost: bigint }[] = [];

  observe(path: string, cost: bigint): void {
    this.#total = this.#total + cost > LARGEST ? LARGEST : this.#total + cost;
    if (cost < TOTAL_LIMIT / 100n) return;
    this.#most.push({ path, cost });
    this.#most.sort((a, b) => (a.cost === b.cost ? 0 : a.cost > b.cost ? -1 : 1));
    this.#most = this.#most.slice(0, SHOWN);
  }

  /** @param path of the schema */
  errors(path: string): FieldError[] {
    if (this.#total <= TOTAL_LIMIT) return [];
    const each = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const all = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.#most.map((rule) => forbiddenError(rule.path, each)),
      forbiddenError(path, costMessage(all, this.#total, TOTAL_LIMIT)),
    ];
  }
}
