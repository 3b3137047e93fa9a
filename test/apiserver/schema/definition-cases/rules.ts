import type { DefinitionCase } from '../../recording/definition-case.ts';

type Rule = Readonly<Record<string, unknown>>;

const text = { type: 'string', maxLength: 20 };
const integer = { type: 'integer' };
const properties = {
  a: integer,
  s: text,
  n: { type: 'number' },
  l: { type: 'array', maxItems: 10, items: { type: 'object', properties: { x: integer } } },
  m: { type: 'object', maxProperties: 10, additionalProperties: text },
  ios: { 'x-kubernetes-int-or-string': true },
  'a-b': integer,
  unknown: { 'x-kubernetes-preserve-unknown-fields': true },
  o: { type: 'object', properties: { namespace: text } },
};

function ruled(cases: Readonly<Record<string, readonly Rule[]>>): DefinitionCase[] {
  return Object.entries(cases).map(([name, rules]) => ({
    name: `rule: ${name}`,
    schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } },
    },
  }));
}

const one = (rule: string, more: Rule = {}): readonly Rule[] => [{ rule, ...more }];

const chain = (rule: string) => ({
  type: 'object',
  properties: { a: integer, b: { type: 'boolean' }, s: { type: 'string', maxLength: 1 } },
  'x-kubernetes-validations': [{ rule: rule.startsWith('self.a') || rule.startsWith('1 ') ? `${rule} > 1` : rule }],
});

export const definedRuleCases: readonly DefinitionCase[] = [
  ...ruled({
    fine: one('self.a > 0', { message: 'm', reason: 'FieldValueInvalid', fieldPath: '.a' }),
    empty: one(''),
    blank: one('  \n '),
    'blank message': one('true', { message: '  ' }),
    'message of two lines': one('true', { message: 'a\nb' }),
    'two lines without a message': one('true ||\ntrue'),
    'two lines with a message': one('true ||\ntrue', { message: 'm' }),
    'blank messageExpression': one('true', { messageExpression: ' ' }),
    'unknown reason': one('true', { reason: 'Because' }),
    'blank fieldPath': one('true', { fieldPath: ' ' }),
    'fieldPath of two lines': one('true', { fieldPath: '.a\n' }),
    'fieldPath to nothing': one('true', { fieldPath: '.nothing' }),
    'fieldPath that is none': one('true', { fieldPath: 'a' }),
    'fieldPath into a list': one('true', { fieldPath: '.l[0].x' }),
    'fieldPath by key': one('true', { fieldPath: ".m['a.b']" }),
    'fieldPath with a strange escape': one('true', { fieldPath: ".m['\\q']" }),
    'fieldPath that ends early': one('true', { fieldPath: ".m['a'" }),
    'undefined field': one('self.zz == 1'),
    'unknown field': one('self.unknown == 1'),
    'undeclared name': one('nothing == 1'),
    'wrong types': one('self.a == "x"'),
    'no boolean': one('self.a'),
    'dynamic value': one('self.ios'),
    'mixed list': one('self.a in [1, "a"]'),
    'bad duration': one('duration("x") == duration("1s")'),
    'bad timestamp': one('timestamp("x") == timestamp("2020-01-01T00:00:00Z")'),
    'bad pattern': one('self.s.matches("[a")'),
    'bad pattern to find': one('self.s.find("[a") == ""'),
    'bad format': one('"%d".format([self.s]) == ""'),
    'constant conversion that fails': one('int("x") == self.a'),
    'escaped field': one('self.a__dash__b == 1'),
    'unescaped field': one('self.a-b == 1'),
    keyword: one('self.o.namespace == "x"'),
    'of several lines with an error': one('self.a > 0 &&\n  self.zz > 0', { message: 'm' }),
    'two errors': one('self.yy == 1 && self.zz == 2'),
    'messageExpression of another type': one('true', { messageExpression: 'self.a' }),
    'messageExpression that is none': one('true', { messageExpression: 'self.zz' }),
    'messageExpression with a constant that fails': one('true', { messageExpression: 'string(int("x"))' }),
    'rule and messageExpression wrong': one('self.yy', { messageExpression: 'self.zz' }),
    'optionalOldSelf without oldSelf': one('self.a > 0', { optionalOldSelf: true }),
    'optionalOldSelf, not optional': one('self.a > oldSelf.a', { optionalOldSelf: true }),
    'optionalOldSelf false': one('self.a > oldSelf.a', { optionalOldSelf: false }),
    'optionalOldSelf false without oldSelf': one('self.a > 0', { optionalOldSelf: false }),
    optionalOldSelf: one('self.a > oldSelf.?a.orValue(0)', { optionalOldSelf: true }),
    'oldSelf only in the message': one('self.a > 0', { messageExpression: 'oldSelf.a > 0 ? "a" : "b"' }),
    several: [{ rule: 'self.a > 0' }, { rule: 'self.zz' }, { rule: 'self.n == 1.5' }, { rule: '1 +' }],
    'html in it': one('self.s == "<a & b>" && self.zz', { message: '<m>' }),
    'wide characters': one('self.s == "日本" && self.zz'),
    tabs: one('self.a > 0 &&\tself.zz'),
    'an unknown function': one('self.s.shout() == ""'),
    'a wrong number of arguments': one('self.s.startsWith() && self.l.all(x)'),
    'a macro without a name': one('self.l.all(1, true)'),
    'has of no field': one('has(self)'),
    'metadata of a part': one('self.metadata.name == "x"'),
    'a library of a later version': one('self.l.map(x, x.x).includes(1)'),
    'nothing but a comment': one('// nothing'),
  }),
  {
    name: 'rule: at the root',
    schema: {
      type: 'object',
      'x-kubernetes-validations': [{ rule: 'self.metadata.name.size() < 5 && self.metadata.labels.size() == 0' }],
    },
  },
  {
    name: 'rule: where the schema is wrong too',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: integer, b: { type: 'array', items: text, uniqueItems: true } },
          'x-kubernetes-validations': [{ rule: 'self.zz' }],
        },
        other: { type: 'object', properties: { c: integer }, 'x-kubernetes-validations': [{ rule: 'self.zz' }] },
      },
    },
  },
  {
    name: 'rule: of what expressions cannot see',
    schema: {
      type: 'object',
      properties: {
        a: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'true' }] },
        l: {
          type: 'array',
          items: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'true' }] },
        },
        w: {
          type: 'object',
          properties: {
            x: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'true' }] },
          },
          'x-kubernetes-validations': [{ rule: 'has(self.x)' }],
        },
        wl: {
          type: 'array',
          maxItems: 5,
          items: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'true' }] },
          'x-kubernetes-validations': [{ rule: 'self.size() > 0' }],
        },
      },
    },
  },
  {
    name: 'rule: about the past where nothing corresponds',
    schema: {
      type: 'object',
      properties: {
        l: {
          type: 'array',
          maxItems: 5,
          items: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] },
        },
        ll: {
          type: 'array',
          maxItems: 5,
          items: {
            type: 'object',
            properties: {
              m: {
                type: 'array',
                maxItems: 5,
                items: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] },
              },
            },
          },
        },
        set: {
          type: 'array',
          maxItems: 5,
          'x-kubernetes-list-type': 'set',
          items: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] },
        },
        map: {
          type: 'array',
          maxItems: 5,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: {
            type: 'object',
            required: ['k'],
            properties: { k: text, v: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] } },
          },
        },
        atomic: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          properties: { v: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] } },
        },
        values: {
          type: 'object',
          maxProperties: 5,
          additionalProperties: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] },
        },
      },
    },
  },
  {
    name: 'rule: below names that cannot be written',
    schema: {
      type: 'object',
      properties: {
        'a b': {
          type: 'object',
          properties: { c: integer },
          'x-kubernetes-validations': [{ rule: 'self.c > self.d' }],
        },
        w: {
          type: 'object',
          'x-kubernetes-validations': [{ rule: 'true' }],
          properties: { 'c d': { ...integer, 'x-kubernetes-validations': [{ rule: 'self > "x"' }] } },
        },
      },
    },
  },
  {
    name: 'rule: chains as long as they may be, and longer',
    schema: {
      type: 'object',
      properties: {
        sum: chain(Array(249).fill('self.a').join(' + ')),
        longer: chain(Array(250).fill('self.a').join(' + ')),
        product: chain(Array(251).fill('1').join(' * ')),
        relation: chain(Array(251).fill('self.b').join(' == ')),
        call: chain(`self.s${'.trim()'.repeat(249)} == "a"`),
        index: chain(`[1]${'[0]'.repeat(250)} == 1`),
        parentheses: chain(`${'('.repeat(260)}self.b${')'.repeat(260)}`),
      },
    },
  },
  {
    name: 'rule: a macro by a name that only its two-variable form has',
    schema: {
      type: 'object',
      properties: { l: { type: 'array', maxItems: 5, items: integer } },
      'x-kubernetes-validations': [{ rule: 'self.l.existsOne(x, x == 1)' }, { rule: 'self.l.existsOne(i, x, x == i)' }],
    },
  },
];
