import type { DefinitionCase } from '../recording/definition-case.ts';
import { costCases } from './definition-cases/costs.ts';
import { defaultCases } from './definition-cases/defaults.ts';
import { definedRuleCases } from './definition-cases/rules.ts';
import { schemaRuleCases } from './definition-cases/schemas.ts';
import { specCases } from './definition-cases/spec.ts';
import { structuralCases } from './definition-cases/structural.ts';
import { updateCases } from './definition-cases/updates.ts';

/** Every table; what the real server says to them is in test/golden/kubernetes/definitions.json. */
export const definitionCases: readonly DefinitionCase[] = [
  ...specCases,
  ...structuralCases,
  ...schemaRuleCases,
  ...defaultCases,
  ...definedRuleCases,
  ...costCases,
  ...updateCases,
];
