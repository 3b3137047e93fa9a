import type { CostPath } from './cost-path.ts';
import { type Estimate, UNKNOWN } from './estimate.ts';
import type { Expression } from './expression.ts';
import type { Type } from './type.ts';

/** An expression as estimators of calls see it. */
export interface CostNode {
  readonly expression: Expression | undefined;
  readonly type: Type;
  /** Empty where no variable leads to the value. */
  readonly path: CostPath;
  /** undefined where nothing is known */
  readonly size: Estimate | undefined;
}

/** What a call costs, and how large its result is. */
export interface CallEstimate {
  readonly cost: Estimate;
  readonly size?: Estimate | undefined;
}

/** The size of the value at a path, as far as it is known. */
export type SizeAt = (path: CostPath) => Estimate | undefined;

export function orUnknown(node: CostNode): Estimate {
  return node.size ?? UNKNOWN;
}
