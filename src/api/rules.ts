/**
 * CEL rules that many kinds share. Budgets (k8s.io/apiserver, pkg/apis/cel): 10 million static cost units a rule, 100
 * million a CRD. The API server takes any int-or-string for 3 MiB of text, so a rule that parses a quantity costs about
 * 1.2 million: never parse one inside a list.
 */
import type { Rule } from './schema.ts';

/** The text of an int-or-string, and whether it is a quantity at all (else the pattern has already refused it). */
const textOf = (path: string) => `string(${path})`;
const isQuantity = (path: string) => `isQuantity(${textOf(path)})`;
const quantityOf = (path: string) => `quantity(${textOf(path)})`;

/**
 * A quantity of bytes. The usual mistakes are a unit that is none (4GB, "4 GiB") and a bare number (4 is 4 bytes).
 *
 * @param least the smallest that makes sense, as `4Mi`
 * @param example what a person would write
 */
export function bytes(least: string, example: string, { zero = false, hint = '' } = {}): Rule[] {
  const value = quantityOf('self');
  const enough = `${value}.compareTo(quantity('${least}')) >= 0`;
  const none = zero ? '0, or ' : '';
  return [
    {
      rule: `${isQuantity('self')} && (${zero ? `${value}.compareTo(quantity('0')) == 0 || ` : ''}${enough})`,
      message: `give ${none}a quantity of bytes from ${least} on, such as ${example} (4GB and "4 GiB" are none, and 4 alone is 4 bytes)${hint}`,
    },
  ];
}

/** The same for items of lists of at most 30, where parsing would cost too much: looks at the ends of the text only. */
export function cheapBytes(example: string): Rule[] {
  const ends = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'k', 'M', 'G', 'T', 'P', ...'0123456789'];
  const fits = ends.map((end) => `self.endsWith('${end}')`).join(' || ');
  return [
    {
      rule: `type(self) == int ? self >= 1048576 : (!self.startsWith('-') && (${fits}))`,
      message: `give a quantity of bytes, such as ${example} (20GB and "20 GiB" are none, and 20 alone is 20 bytes)`,
    },
  ];
}

/** At the object that holds both: `low` may not exceed `high`. Silent while one is left out or is no quantity. */
export function quantityAtMost(low: string, high: string, message: string): Rule {
  const [a, b] = [`self.${low}`, `self.${high}`];
  const given = `!has(${a}) || !has(${b}) || !${isQuantity(a)} || !${isQuantity(b)}`;
  return {
    rule: `${given} || ${quantityOf(a)}.compareTo(${quantityOf(b)}) <= 0`,
    message,
    fieldPath: `.${low}`,
  };
}

/** At the object that holds both integers: `low` may not exceed `high`. */
export function atMost(low: string, high: string, message: string): Rule {
  return {
    rule: `!has(self.${low}) || !has(self.${high}) || self.${low} <= self.${high}`,
    message,
    fieldPath: `.${low}`,
  };
}

/** `limitMHz: 0` and the like: people mean "none", and would get a machine that stands still. */
export function noZeroLimit(field: string): Rule[] {
  return [{ rule: 'self != 0', message: `a limit of 0 lets nothing run: leave ${field} out for no limit` }];
}

export const MAX_SHARES = 10_000_000;

/** Low, Normal, High or a whole number. */
export const sharesRules: Rule[] = [
  {
    rule: `type(self) == int ? self >= 1 && self <= ${MAX_SHARES} : self in ['Low', 'Normal', 'High']`,
    message: `give Low, Normal, High, or a whole number from 1 to ${MAX_SHARES} without quotes`,
  },
];

/** At the object that holds the field: it cannot be set, changed or removed once the object exists. */
export function immutable(field: string, why: string): Rule {
  const [now, before] = [`self.${field}`, `oldSelf.${field}`];
  return {
    rule: `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`,
    message: `${field} is immutable: ${why}`,
    fieldPath: `.${field}`,
  };
}

/** At the object that holds them: exactly one of the fields. */
export function exactlyOne(fields: readonly string[], message: string): Rule {
  return { rule: `[${fields.map((name) => `has(self.${name})`).join(', ')}].exists_one(given, given)`, message };
}

/** At the object that holds them: the fields need `condition`, a CEL expression over self. */
export function onlyWhen(condition: string, fields: readonly string[], message: (field: string) => string): Rule[] {
  return fields.map((name) => ({
    rule: `!has(self.${name}) || ${condition}`,
    message: message(name),
    fieldPath: `.${name}`,
    reason: 'FieldValueForbidden' as const,
  }));
}

/** At the root: a name that fits where we put it. */
export function nameAtMost(length: number, why: string): Rule {
  return {
    rule: `size(self.metadata.name) <= ${length}`,
    message: `metadata.name may have at most ${length} characters: ${why}`,
    fieldPath: '.metadata.name',
  };
}
