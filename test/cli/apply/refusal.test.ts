import { describe, expect, it } from 'vitest';
import { FieldNames } from '../../../src/cli/apply/field-names.ts';
import { refusalLines } from '../../../src/cli/apply/refusal.ts';
import type { Manifest } from '../../../src/cli/manifests/manifest.ts';
import { ApiError } from '../../../src/client/port.ts';

const API = 'orrery.dev/v1alpha1';
const names = new FieldNames();

function linesOf(status: object, apiVersion = API): string[] {
  const object = { apiVersion, kind: 'VirtualMachine', metadata: { name: 'a' } };
  const manifest: Manifest = { object, file: 'a.yaml', line: 3, item: undefined };
  const error = new ApiError({ kind: 'Status', status: 'Failure', ...status } as ConstructorParameters<
    typeof ApiError
  >[0]);
  return refusalLines(manifest, error, { lineOf: () => 7 }, names);
}

const unknown = (field: string) => ({
  code: 400,
  reason: 'BadRequest',
  message: `VirtualMachine in version "v1alpha1" cannot be handled as a VirtualMachine: strict decoding error: unknown field "${field}"`,
});

describe('what a server refuses, for a person', () => {
  it.each([
    ['spec.memroy', 'spec.memory'],
    ['spec.memory.sice', 'spec.memory.size'],
    ['spec.disks[0].datastor', 'spec.disks[0].datastore'],
    ['sepc', 'spec'],
  ])('names the field that %s was meant to be', (given, meant) => {
    expect(linesOf(unknown(given))).toEqual([
      `a.yaml:7: VirtualMachine a: unknown field "${given}"; did you mean ${meant}?`,
    ]);
  });

  it('guesses at nothing that is far from every field, or of a kind that is not ours', () => {
    expect(linesOf(unknown('spec.quaternion'))).toEqual([
      'a.yaml:7: VirtualMachine a: unknown field "spec.quaternion"',
    ]);
    expect(linesOf(unknown('spec.memroy'), 'kubevirt.io/v1')).toEqual([
      'a.yaml:7: VirtualMachine a: unknown field "spec.memroy"',
    ]);
  });

  it('shows how a time is written', () => {
    const message = 'Invalid value: "yesterday": spec.restartedAt in body must be of type date-time: "yesterday"';
    const causes = [{ reason: 'FieldValueTypeInvalid', field: 'spec.restartedAt', message }];
    expect(linesOf({ code: 422, reason: 'Invalid', message, details: { causes } })).toEqual([
      `a.yaml:7: VirtualMachine a: spec.restartedAt: ${message}; a time is written as "2026-11-23T14:00:00Z"`,
    ]);
  });

  it('says that a bare Off or 5.0 wants quotes', () => {
    const message = 'Invalid value: "boolean": spec.power in body must be of type string: "boolean"';
    const causes = [
      { reason: 'FieldValueTypeInvalid', field: 'spec.power', message },
      { reason: 'FieldValueNotSupported', field: 'spec.power', message: 'Unsupported value: false: supported …' },
    ];
    expect(linesOf({ code: 422, reason: 'Invalid', message, details: { causes } })).toEqual([
      `a.yaml:7: VirtualMachine a: spec.power: ${message}; put it in quotes`,
    ]);
  });
});
