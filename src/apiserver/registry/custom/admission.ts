/** What CRD admission checks and fills in: the seam to schema/definition.ts. */
import type { FieldError } from '../../field-error.ts';
import { invalidError } from '../../field-error.ts';
import type { AnyObject } from '../../objects.ts';
import type { Definition } from './definition.ts';

export interface DefinitionAdmission {
  default(object: AnyObject): void;
  errors(object: AnyObject, old?: AnyObject): FieldError[];
  warnings(object: AnyObject, old?: AnyObject): string[];
}

export const definitionAdmission: DefinitionAdmission = {
  default(object) {
    const { spec } = object as Definition & { spec: { conversion?: unknown } };
    const { names } = spec;
    if (names.kind !== undefined && names.kind !== '') {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
  },
  errors(object) {
    const { spec } = object as Definition;
    const name = `${spec.names.plural}.${spec.group}`;
    return object.metadata.name === name
      ? []
      : [invalidError('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)];
  },
  warnings: () => [],
};
