import { afterAll, describe, expect, it } from 'vitest';
import { compile, environment } from '../../../src/apiserver/cel/environment.ts';
import type { Type } from '../../../src/apiserver/cel/type.ts';
import { declaredOf, type Vector, valueFrom, vectors } from './conformance-vectors.ts';
import { show } from './show.ts';

/** What an expression comes to, in words. */
function outcomeOf({ expr, typeEnv = [], bindings = {} }: Vector): string {
  const variables = new Map<string, Type>();
  const values = [];
  for (const { name, ident } of typeEnv as { name: string; ident?: { type: Record<string, unknown> } }[]) {
    if (ident === undefined) continue;
    variables.set(name, declaredOf(ident.type));
    const binding = bindings[name];
    values.push(binding === undefined ? undefined : valueFrom(binding.value));
  }
  const compiled = compile(expr, environment(variables));
  if (compiled.issues !== undefined) return `refused: ${compiled.issues}`;
  const problem = compiled.program.instantiate();
  if (problem !== undefined) return `error: ${problem}`;
  const outcome = compiled.program.run(values, Number.MAX_SAFE_INTEGER);
  return 'error' in outcome ? `error: ${outcome.error}` : show(outcome.value);
}

function expectedOf({ value, evalError, typedResult }: Vector): string {
  if (evalError !== undefined) return 'error';
  const result = value ?? (typedResult?.['result'] as Record<string, unknown> | undefined);
  return result === undefined ? 'anything' : show(valueFrom(result));
}

function isAsExpected(vector: Vector): boolean {
  const expected = expectedOf(vector);
  const outcome = outcomeOf(vector);
  if (expected === 'error') return outcome.startsWith('error') || outcome.startsWith('refused');
  if (expected === 'anything') return !outcome.startsWith('error') && !outcome.startsWith('refused');
  return outcome === expected;
}

/** Vectors that the real server answers in another way (k8s.io/apiserver 1.37), and what it says. */
const DIFFERENT: Readonly<Record<string, string>> = {
  // A later key replaces an earlier one.
  'qualified_identifier_resolution/map_value_repeat_key': '3',
  // What is optional and absent stays absent, whatever is selected from it.
  'optionals/map_null_entry_no_such_key': 'false',
  'optionals/map_present_key_invalid_field': 'false',
  // Formats have the language's second version: numbers as people write them, text in quotes inside of lists.
  'format/scientific notation formatting clause': '"1.052033×10⁰³"',
  'format/scientific notation formatting clause in a string variable': '"1.052033×10⁰³"',
  'format/default precision for scientific notation': '"2.718280×10⁰⁰"',
  'format/dyntype support for scientific notation': '"2.718280×10⁰⁰"',
  'format/NaN support for scientific notation': '"   NaN"',
  'format/positive infinity support for scientific notation': '"     ∞"',
  'format/negative infinity support for scientific notation': '"    -∞"',
  'format/NaN support for decimal': 'error',
  'format/positive infinity support for decimal': 'error',
  'format/negative infinity support for decimal': 'error',
  'format/positive infinity support for fixed-point': '"∞"',
  'format/negative infinity support for fixed-point': '"-∞"',
  'format/list support for string':
    '"[\\"abc\\", 3.140000, null, [9, 8, 7, 6], timestamp(\\"2023-02-03T23:31:20Z\\")]"',
  'format/map support for string':
    '"{\\"key1\\":b\\"xyz\\", \\"key2\\":duration(\\"7200s\\"), \\"key3\\":2.718280, \\"key4\\":true, \\"key5\\":null}"',
  'format/map support (all key types)': '"{1:\\"value1\\", 2:\\"value2\\", true:\\"NaN\\"}"',
  'format/dyntype NaN/infinity support': '"[\\"NaN\\", \\"+Inf\\", \\"-Inf\\"]"',
  'format/dyntype support for lists': '"[6, 4.200000, \\"a string\\"]"',
  'format/dyntype support for maps': '"{\\"strKey\\":\\"x\\", 6:duration(\\"422s\\"), true:42}"',
  // Nothing is found behind the end.
  'value_errors/indexof_out_of_range': 'true',
  'value_errors/lastindexof_out_of_range': 'true',
  // What can be no key at all is refused before anything runs.
  'map_fields/map_bad_key_type_or_true': 'error',
  'map_fields/map_bad_key_type_and_false': 'error',
  // Only the type is expected of it; there is no value.
  'flexible_type_parameter_assignment/unconstrained_type_var_as_dyn': 'error',
};

/** Kubernetes wants all items of a literal to be of one type. */
const MIXED = /^refused: ERROR: <input>:\d+:\d+: expected type '.*' but found '/;

type Verdict = 'passed' | 'mixed' | 'different' | 'failed';

function verdictOn(vector: Vector): Verdict {
  if (isAsExpected(vector)) return 'passed';
  const outcome = outcomeOf(vector);
  if (MIXED.test(outcome)) return 'mixed';
  const real = DIFFERENT[vector.name];
  const isReal = real === 'error' ? /^(?:error|refused)/.test(outcome) : outcome === real;
  return isReal ? 'different' : 'failed';
}

/** How many vectors of each section pass, are refused for their mixed literals, and have another answer. */
const HELD: Readonly<Record<string, string>> = {
  basic: '39 of 39, 0 mixed, 0 different',
  comparisons: '299 of 313, 14 mixed, 0 different',
  conversions: '107 of 108, 1 mixed, 0 different',
  fields: '41 of 55, 11 mixed, 3 different',
  fp_math: '29 of 29, 0 mixed, 0 different',
  integer_math: '61 of 61, 0 mixed, 0 different',
  lists: '39 of 39, 0 mixed, 0 different',
  logic: '21 of 21, 0 mixed, 0 different',
  macros: '39 of 44, 5 mixed, 0 different',
  macros2: '40 of 46, 6 mixed, 0 different',
  namespace: '1 of 1, 0 mixed, 0 different',
  optionals: '52 of 59, 5 mixed, 2 different',
  parse: '176 of 176, 0 mixed, 0 different',
  plumbing: '4 of 4, 0 mixed, 0 different',
  string: '51 of 51, 0 mixed, 0 different',
  string_ext: '145 of 165, 0 mixed, 20 different',
  timestamps: '75 of 75, 0 mixed, 0 different',
  type_deductions: '17 of 21, 3 mixed, 1 different',
};

describe('cel-spec', () => {
  const sections = Map.groupBy(vectors(), ({ section }) => section);

  const lines: string[] = [];
  afterAll(() => console.log(lines.join('\n')));

  for (const [section, all] of sections) {
    it(section, () => {
      const verdicts = all.map((vector) => ({ vector, verdict: verdictOn(vector) }));
      const count = (wanted: Verdict) => verdicts.filter(({ verdict }) => verdict === wanted).length;
      const failed = verdicts.filter(({ verdict }) => verdict === 'failed');
      expect(failed.map(({ vector }) => [vector.name, vector.expr, expectedOf(vector), outcomeOf(vector)])).toEqual([]);
      const line = `${count('passed')} of ${all.length}, ${count('mixed')} mixed, ${count('different')} different`;
      lines.push(`${section.padEnd(16)}${line}`);
      expect(line).toBe(HELD[section]);
    });
  }
});
