import type { DefinitionCase } from '../../recording/definition-case.ts';

const text = { type: 'string' };
const rules = (...list: readonly string[]) => ({ 'x-kubernetes-validations': list.map((rule) => ({ rule })) });
const list = (items: object, maxItems?: number) => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
});

function costing(cases: Readonly<Record<string, object>>): DefinitionCase[] {
  return Object.entries(cases).map(([name, spec]) => ({
    name: `cost: ${name}`,
    schema: { type: 'object', properties: { spec } },
  }));
}

const of = (properties: object, ...list: readonly string[]) => ({ type: 'object', properties, ...rules(...list) });

export const costCases: readonly DefinitionCase[] = [
  ...costing({
    'an unbounded string': of({ s: text }, 'self.s.contains("x")'),
    'two unbounded strings': of({ s: text, t: text }, 'self.s.contains(self.t)'),
    'an unbounded list': of({ l: list(text) }, 'self.l.all(x, x == "a")'),
    'an unbounded list twice': of({ l: list(text) }, 'self.l.all(x, self.l.exists(y, x == y))'),
    'a bounded list twice': of({ l: list({ ...text, maxLength: 10 }, 100) }, 'self.l.all(x, self.l.exists(y, x == y))'),
    'a little too much': of({ l: list({ type: 'integer' }, 1800) }, 'self.l.all(x, self.l.exists(y, x == y))'),
    'much too much': of({ l: list({ type: 'integer' }, 5000) }, 'self.l.all(x, self.l.exists(y, x == y))'),
    'too much in a message': {
      ...of({ l: list(text) }),
      'x-kubernetes-validations': [{ rule: 'true', messageExpression: 'self.l.map(x, self.l.join(x)).join()' }],
    },
    'a rule in an unbounded list': list(of({ a: text }, 'self.a == "x"')),
    'a rule in a bounded list': list(of({ a: { ...text, maxLength: 10 } }, 'self.a == "x"'), 1000),
    'a rule in a list of lists': list(list({ ...text, ...rules('self.size() < 100') }, 100), 100),
    'a rule in a map of lists': {
      type: 'object',
      maxProperties: 50,
      additionalProperties: list({ ...text, ...rules('self.matches("^[a-z]+$")') }, 50),
    },
    'a rule in a map without bound': {
      type: 'object',
      additionalProperties: { ...text, ...rules('self.matches("^[a-z]+$")') },
    },
    'many rules together': of(
      { l: list({ type: 'integer' }, 1500) },
      ...Array.from({ length: 16 }, (_, index) => `self.l.all(x, self.l.exists(y, x == y + ${index}))`),
    ),
    'a few rules together': of(
      { l: list({ type: 'integer' }, 1600), m: list({ type: 'integer' }, 900) },
      ...Array.from({ length: 13 }, (_, index) => `self.l.all(x, self.l.exists(y, x == y + ${index}))`),
      'self.m.all(x, self.m.exists(y, x == y))',
    ),
    'formats and enums': of(
      {
        e: { ...text, enum: ['aaa', 'b'] },
        d: { ...text, format: 'duration' },
        t: { ...text, format: 'date-time' },
        b: { ...text, format: 'byte' },
        i: { 'x-kubernetes-int-or-string': true },
      },
      'self.e.matches("a+") && self.d > duration("1h") && self.t > timestamp("2020-01-01T00:00:00Z")',
      'self.b.size() > 10 && string(self.i).contains("x")',
      'self.b == b"abc"',
    ),
    libraries: of(
      { s: text, l: list(text), n: list({ type: 'integer' }) },
      'isURL(self.s) && url(self.s).getHost() == "x"',
      'self.l.isSorted() && self.n.sum() > 1 && self.l.join(",") == ""',
      'self.s.find("[a-z]*") == "" && self.s.findAll("[a-z]*").size() == 1',
      'self.s.replace("a", "bb").split(",").size() > 1',
      'quantity(self.s).isLessThan(quantity("1Gi")) && isIP(self.s) && cidr(self.s).containsIP(self.s)',
      'self.l.sort() == self.l && self.l.distinct().size() == 1',
      'sets.contains(self.l, self.l)',
      'format.dns1123Label().validate(self.s).hasValue()',
      'semver(self.s).major() > 1 && lists.range(100).all(x, x > 0)',
    ),
    'two levels with fields': of(
      { l: list(of({ m: list(of({ a: text, b: text }), 20), n: text }), 20) },
      'self.l.all(x, x.m.all(y, y.a == y.b && x.n == y.a))',
      'self.l.all(x, x.m.exists(y, y.a.contains(x.n)))',
    ),
  }),
  {
    name: 'cost: of two versions',
    definition: {
      spec: {
        versions: ['v1', 'v2'].map((name) => ({
          name,
          served: true,
          storage: name === 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: name,
              properties: { l: { ...list({ type: 'integer' }), ...rules('self.all(x, self.all(y, x == y))') } },
            },
          },
        })),
      },
    },
  },
];
