import type { SchemaCase } from '../recording/schema-case.ts';
import { defaultingCases } from './cases/defaulting.ts';
import { formatCases } from './cases/formats.ts';
import { junctorCases } from './cases/junctors.ts';
import { listTypeCases } from './cases/list-types.ts';
import { pruningCases } from './cases/pruning.ts';
import { ratchetingCases } from './cases/ratcheting.ts';
import { ruleCases } from './cases/rules.ts';
import { statusCases } from './cases/status.ts';
import { valueCases } from './cases/values.ts';

/** Every table; what the real server says to them is in test/golden/kubernetes/schema.json. */
export const schemaCases: readonly SchemaCase[] = [
  ...valueCases,
  ...formatCases,
  ...junctorCases,
  ...listTypeCases,
  ...pruningCases,
  ...defaultingCases,
  ...ratchetingCases,
  ...statusCases,
  ...ruleCases,
];
