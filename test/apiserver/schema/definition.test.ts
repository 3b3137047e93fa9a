import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultDefinition, validateDefinition } from '../../../src/apiserver/schema/definition.ts';
import { cloneJson } from '../../../src/base/json.ts';
import { complete, type DefinitionCase, type DefinitionOutcome, normalized } from '../recording/definition-case.ts';
import { definitionCases } from './definition-cases.ts';

const golden: Record<string, DefinitionOutcome> = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../golden/kubernetes/definitions.json'), 'utf8'),
);

interface Stored {
  readonly spec: { readonly versions?: readonly { readonly name: string; readonly storage: boolean }[] };
  status?: object;
}

/** As the registry does: defaults, then the storage version joins those in which objects may be stored. */
function prepared(definition: object, before: readonly string[], conditions: readonly object[]): object {
  const object = cloneJson(definition) as Stored;
  defaultDefinition(object);
  const storage = object.spec.versions?.find((version) => version.storage)?.name;
  const storedVersions = storage === undefined || before.includes(storage) ? [...before] : [...before, storage];
  object.status = { conditions, storedVersions: storedVersions.length === 0 ? null : storedVersions };
  return object;
}

function run(test: DefinitionCase): DefinitionOutcome {
  const isUpdate = test.from !== undefined || test.fromSchema !== undefined;
  const established = [{ type: 'Established', status: 'True' }];
  const old = isUpdate ? prepared(complete(test.from, test.fromSchema), [], established) : undefined;
  const stored = (old as { status?: { storedVersions: string[] } } | undefined)?.status?.storedVersions ?? [];
  const definition = complete(test.definition, test.schema);
  // The name of an update is that of the URL.
  if (old !== undefined) Object.assign(definition['metadata'] as object, { name: nameOf(old) });
  const { errors, warnings } = validateDefinition(prepared(definition, stored, isUpdate ? established : []), old);
  const outcome = { errors: errors.map(({ field, message }) => normalized(`${field}: ${message}`)).sort() };
  return warnings.length === 0 ? outcome : { ...outcome, warnings: warnings.toSorted() };
}

function nameOf(definition: object): string {
  return (definition as { metadata: { name: string } }).metadata.name;
}

describe('definitions are accepted and refused as by the real server', () => {
  it.each(definitionCases.map((test) => [test.name, test] as const))('%s', (name, test) => {
    expect(run(test)).toEqual(golden[name]);
  });

  it('and every case has been asked of it', () => {
    expect(Object.keys(golden).sort()).toEqual(definitionCases.map((test) => test.name).sort());
  });
});
