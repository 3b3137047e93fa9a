import { describe, expect, it } from 'vitest';
import { clocks, faults, hosts, migrations, virtualMachines } from '../../../src/api/resources.ts';
import type { ApiWrite } from '../../../src/sim/api-link.ts';
import { Mirror } from '../../../src/sim/invariants/mirror.ts';
import { SpecAudit } from '../../../src/sim/invariants/spec-audit.ts';

const audit = new SpecAudit(new Mirror());
const name = { namespace: 'default', name: 'x' };

function look(write: Partial<ApiWrite>): string[] {
  const base = { caller: 'controllers', verb: 'patch', type: virtualMachines, name, subresource: undefined, body: {} };
  return audit.look({ ...base, ...write } as ApiWrite);
}

describe('the audit of specs', () => {
  it('lets users write what they want', () => {
    expect(look({ caller: 'user', body: { type: 'merge', body: { spec: {} } } })).toEqual([]);
    expect(look({ caller: 'user', verb: 'delete', type: hosts })).toEqual([]);
  });

  it('lets programs write status, and metadata', () => {
    const operations = [{ op: 'replace', path: '/status/power', value: 'On' }];
    expect(look({ subresource: 'status', body: { type: 'json', operations } })).toEqual([]);
    expect(look({ body: { type: 'merge', body: { metadata: { finalizers: [] } } } })).toEqual([]);
  });

  it.each([
    ['a patch', { type: 'json', operations: [{ op: 'add', path: '/spec/power', value: 'On' }] }],
    ['a merge', { type: 'merge', body: { spec: { power: 'On' } } }],
    ['an apply', { type: 'apply', body: { spec: { power: 'On' } } }],
  ])('finds %s of a spec', (_, body) => {
    expect(look({ body })).toEqual(['controllers asks to patch VirtualMachine default/x: its spec']);
  });

  it('does not take a test of a spec for a change', () => {
    expect(look({ body: { type: 'json', operations: [{ op: 'test', path: '/spec/power', value: 'On' }] } })).toEqual(
      [],
    );
  });

  it('finds a status that reaches beyond itself', () => {
    const body = { type: 'json', operations: [{ op: 'remove', path: '/spec/power' }] };
    expect(look({ subresource: 'status', body })).toEqual([
      'controllers asks to patch VirtualMachine default/x: /spec/power',
    ]);
  });

  it('knows what is ours to create and to delete', () => {
    const metadata = { ...name, labels: { 'app.kubernetes.io/instance': 'shop' } };
    expect(look({ verb: 'create', type: migrations, body: { metadata: name } })).toEqual([]);
    expect(look({ verb: 'create', type: migrations, body: { metadata } })[0]).toContain('app.kubernetes.io/instance');
    expect(look({ verb: 'create', type: clocks, body: { metadata: name } })[0]).toContain('not for us to create');
    expect(look({ verb: 'delete', type: faults, body: undefined })[0]).toContain('not for us to delete');
  });
});
