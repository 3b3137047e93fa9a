import { expect, it } from 'vitest';
import { Negotiator } from '../../../src/apiserver/http/negotiation.ts';

it('what one client accepts says nothing of what another does', () => {
  const negotiator = new Negotiator();
  const produces = ['application/json', 'application/yaml'];
  // Of a built-in kind, with a type that differs from another by a letter.
  for (const accept of ['capplication/yaml, text/json', 'papplication/yaml, text/json']) {
    expect(() => negotiator.negotiate(accept, false, produces)).toThrow();
  }
  expect(negotiator.negotiate('application/yaml, text/json', false)).toMatchObject({ yaml: true, pretty: false });
  expect(negotiator.negotiate('application/yaml, text/json', true, produces)).toMatchObject({
    yaml: true,
    pretty: true,
  });
});
