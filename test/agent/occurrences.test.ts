import { expect, it } from 'vitest';
import { typeOfOccurrence } from '../../src/agent/occurrences.ts';

it('what befalls a machine is a warning, what was asked for is not', () => {
  expect(typeOfOccurrence('VMPoweredOff', 'Requested')).toBe('Normal');
  expect(typeOfOccurrence('VMPoweredOff', 'GuestShutdown')).toBe('Normal');
  expect(typeOfOccurrence('VMPoweredOff', 'HostFailed')).toBe('Warning');
  expect(typeOfOccurrence('VMPoweredOff', 'GuestCrash')).toBe('Warning');
  expect(typeOfOccurrence('VMLockLost', undefined)).toBe('Warning');
  expect(typeOfOccurrence('HostWakeFailed', undefined)).toBe('Warning');
  expect(typeOfOccurrence('HostOn', undefined)).toBe('Normal');
});
