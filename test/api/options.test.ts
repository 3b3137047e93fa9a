import { describe, expect, it } from 'vitest';
import { dpmOptions, drsOptions, haOptions, hostOptions, options, optionValue } from '../../src/api/options.ts';

const tables = { hostOptions, drsOptions, dpmOptions, haOptions };

describe('the advanced maps', () => {
  it.each(Object.entries(tables))('%s have defaults within their range', (_, table) => {
    for (const [name, { default: value, minimum, maximum, meaning }] of Object.entries(table)) {
      expect([name, value >= minimum && value <= maximum, meaning.length > 10]).toEqual([name, true, true]);
    }
  });

  it.each(Object.entries(tables))('%s are explained one by one', (_, table) => {
    const { schema } = options('Tuning.', table);
    for (const name of Object.keys(table)) expect(schema.description).toContain(`\n${name}: `);
  });

  it('have the figures of algorithms.md', () => {
    expect(optionValue(hostOptions, undefined, 'Mem.IdleTax')).toBe(75);
    expect(optionValue(hostOptions, { 'Mem.IdleTax': 0 }, 'Mem.IdleTax')).toBe(0);
    expect(hostOptions['Cpu.CoschedCostopThreshold'].default).toBe(3000);
    expect(hostOptions['Cpu.CoschedCostartThreshold'].default).toBe(2000);
    expect(hostOptions['Numa.RebalancePeriod'].default).toBe(2000);
    expect(haOptions['das.maxvmrestartcount'].default).toBe(5);
    expect(dpmOptions.PowerPerformanceRatio.default).toBe(40);
  });

  it('guess by halves that no other name shares', () => {
    const [rule] = options('Tuning.', hostOptions).schema['x-kubernetes-validations']!;
    const guesses = [
      ...rule!.messageExpression!.matchAll(/startsWith\('([^']+)'\) \|\| k\.endsWith\('([^']+)'\).*?mean ([^?]+)\?/g),
    ];
    expect(guesses.map(([, , , name]) => name)).toEqual(Object.keys(hostOptions));
    for (const [, head, tail, name] of guesses) {
      const others = Object.keys(hostOptions).filter((other) => other !== name);
      expect(others.filter((other) => other.startsWith(head!) || other.endsWith(tail!))).toEqual([]);
    }
  });
});
