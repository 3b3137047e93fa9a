import type { SchemaCase } from '../../recording/schema-case.ts';

const rules = (...list: readonly object[]) => ({ 'x-kubernetes-validations': list });
const integer = { type: 'integer' };
const text = { type: 'string' };
/** Takes about thirteen units for each of the fourth power of the items. */
const SLOW = 'self.all(a, self.all(b, self.all(c, self.all(d, a > 0 && b > 0 && c > 0 && d > 0))))';
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export const ruleCases: readonly SchemaCase[] = [
  {
    name: 'rules: what they say when they are broken',
    spec: {
      type: 'object',
      ...rules(
        { rule: '!has(self.a) || self.a < 10' },
        { rule: '  !has(self.b) || self.b < 10  ', message: '  b is too large ' },
        { rule: '!has(self.c) || self.c < 10', messageExpression: 'self.c > 15 ? "c is huge" : "c is large"' },
        {
          rule: '!has(self.d) || self.d < 10',
          message: 'fixed',
          messageExpression: '10 / (self.d - 20) > 5 ? "much" : "little"',
        },
        { rule: '!has(self.e) || self.e < 10', messageExpression: '"  "' },
        { rule: '!has(self.f) || self.f < 10', message: 'one line', messageExpression: '"two\\nlines"' },
        { rule: '!has(self.g) || self.g < 10', messageExpression: '" in blanks\\n"' },
      ),
      properties: { a: integer, b: integer, c: integer, d: integer, e: integer, f: integer, g: integer },
    },
    steps: [
      { create: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 } },
      { create: { a: 10, b: 10, c: 10 } },
      { create: { d: 20, e: 10, f: 10, g: 10 } },
      { create: { d: 21 } },
    ],
  },
  {
    name: 'rules: reasons, and the values that are shown',
    spec: {
      type: 'object',
      properties: {
        i: { ...integer, ...rules({ rule: 'self < 10', reason: 'FieldValueInvalid' }) },
        f: { ...integer, ...rules({ rule: 'self < 10', reason: 'FieldValueForbidden', message: 'not allowed' }) },
        r: { ...integer, ...rules({ rule: 'self < 10', reason: 'FieldValueRequired', message: 'less, please' }) },
        d: { ...integer, ...rules({ rule: 'self < 10', reason: 'FieldValueDuplicate', message: 'seen' }) },
        s: { ...text, ...rules({ rule: 'self.size() < 3' }) },
        n: { type: 'number', ...rules({ rule: 'self < 1.0' }) },
        b: { type: 'boolean', ...rules({ rule: 'self' }) },
        l: { type: 'array', items: integer, ...rules({ rule: 'self.size() < 2', reason: 'FieldValueDuplicate' }) },
        o: { type: 'object', properties: { x: integer }, ...rules({ rule: 'self.x < 2' }) },
        m: { type: 'object', additionalProperties: integer, ...rules({ rule: 'self.size() < 2' }) },
        ios: { 'x-kubernetes-int-or-string': true, ...rules({ rule: 'type(self) == int' }) },
        t: { ...text, format: 'date-time', ...rules({ rule: 'self < timestamp("2000-01-01T00:00:00Z")' }) },
      },
    },
    steps: [
      { create: { i: 10 } },
      { create: { f: 10 } },
      { create: { r: 10 } },
      { create: { d: 10 } },
      { create: { s: 'long "text"' } },
      { create: { n: 1.5 } },
      { create: { n: 2 } },
      { create: { b: false } },
      { create: { l: [1, 2] } },
      { create: { o: { x: 2 } } },
      { create: { m: { a: 1, b: 2 } } },
      { create: { ios: '5%' } },
      { create: { ios: 5 } },
      { create: { t: '2020-01-01T00:00:00Z' } },
      { create: { i: 10, l: [1, 2] } },
    ],
  },
  {
    name: 'rules: where errors are',
    spec: {
      type: 'object',
      properties: {
        l: { type: 'array', items: { ...integer, ...rules({ rule: 'self < 10' }) } },
        m: { type: 'object', additionalProperties: { ...integer, ...rules({ rule: 'self < 10' }) } },
        o: {
          type: 'object',
          properties: {
            'a.b/c': { type: 'object', properties: { x: { ...integer, ...rules({ rule: 'self < 10' }) } } },
          },
        },
        ll: { type: 'array', items: { type: 'array', items: { ...integer, ...rules({ rule: 'self < 10' }) } } },
      },
    },
    steps: [
      { create: { l: [1, 10, 3] } },
      { create: { m: { 'x.y/z': 10, fine: 1 } } },
      { create: { o: { 'a.b/c': { x: 10 } } } },
      { create: { ll: [[1], [2, 10]] } },
    ],
  },
  {
    name: 'rules: fieldPath',
    spec: {
      type: 'object',
      ...rules(
        { rule: '!has(self.a) || self.a < 10', fieldPath: '.a' },
        { rule: '!has(self.o) || self.o.x < 10', fieldPath: '.o.x', reason: 'FieldValueForbidden' },
        { rule: "!has(self.m) || !('k.l' in self.m) || self.m['k.l'] < 10", fieldPath: ".m['k.l']" },
        { rule: '!has(self.o) || self.o.x != 5', fieldPath: "['o'].x" },
        { rule: '!has(self.w) || self.w != 5', fieldPath: "['w']" },
      ),
      properties: {
        a: integer,
        w: integer,
        o: { type: 'object', properties: { x: integer } },
        m: { type: 'object', additionalProperties: integer },
      },
    },
    steps: [
      { create: { a: 10 } },
      { create: { o: { x: 10 } } },
      { create: { m: { 'k.l': 10 } } },
      { create: { o: { x: 5 } } },
      { create: { w: 5 } },
    ],
  },
  {
    name: 'rules: expressions without a value',
    spec: {
      type: 'object',
      ...rules(
        { rule: '!has(self.l) || self.l[5] == 1' },
        { rule: '!has(self.m) || self.m.zz == 1', message: 'the message' },
        { rule: '!has(self.a) || 10 / self.a > 1' },
        { rule: '!has(self.ios) || self.ios > 1' },
        { rule: '!has(self.big) || self.big + 1 > 0' },
        { rule: '!has(self.s) || int(self.s) > 0' },
        { rule: '!has(self.s) || "x".matches(self.s)' },
      ),
      properties: {
        l: { type: 'array', items: integer },
        m: { type: 'object', additionalProperties: integer },
        a: integer,
        big: integer,
        s: { ...text, maxLength: 10 },
        ios: { 'x-kubernetes-int-or-string': true },
      },
    },
    steps: [
      { create: { l: [1] } },
      { create: { m: { a: 1 } } },
      { create: { a: 0 } },
      { create: { ios: 'x' } },
      { create: { big: 9007199254740991 } },
      { create: { s: 'x' } },
      { create: { s: '(1' } },
    ],
  },
  {
    name: 'rules: about what has changed',
    spec: {
      type: 'object',
      ...rules(
        { rule: 'has(self.a) || !has(oldSelf.a)', message: 'a must stay' },
        { rule: 'oldSelf.hasValue() || !has(self.b)', message: 'b only later', optionalOldSelf: true },
      ),
      properties: {
        a: { ...integer, ...rules({ rule: 'self >= oldSelf', message: 'a only grows' }) },
        b: { ...integer, ...rules({ rule: 'self == oldSelf' }) },
        l: { type: 'array', items: { ...integer, ...rules({ rule: 'self < 10' }) } },
        m: { type: 'object', additionalProperties: { ...integer, ...rules({ rule: 'self == oldSelf' }) } },
        ml: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: {
            type: 'object',
            required: ['k'],
            properties: { k: text, v: { ...integer, ...rules({ rule: 'self == oldSelf' }) } },
          },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text, ...rules({ rule: 'self == oldSelf' }) },
      },
    },
    steps: [
      { create: { b: 1 } },
      {
        create: {
          a: 5,
          l: [1, 2],
          m: { x: 1 },
          ml: [
            { k: 'a', v: 1 },
            { k: 'b', v: 2 },
          ],
          set: ['x', 'y'],
        },
      },
      { update: {} },
      { update: { a: 4 } },
      { update: { a: 6, b: 1 } },
      { update: { a: 6, b: 2 } },
      { update: { a: 6, b: 1, l: [3], m: { y: 2 } } },
      { update: { a: 6, b: 1, l: [3], m: { y: 3 } } },
      {
        update: {
          a: 6,
          ml: [
            { k: 'b', v: 2 },
            { k: 'c', v: 9 },
          ],
        },
      },
      {
        update: {
          a: 6,
          ml: [
            { k: 'c', v: 8 },
            { k: 'd', v: 9 },
          ],
        },
      },
      { update: { a: 6, set: ['p', 'q'] } },
      { update: { a: 6, set: ['q', 'p'] } },
      { update: { a: 6, set: ['q'] } },
    ],
  },
  {
    name: 'rules: optionalOldSelf and messageExpression',
    spec: {
      type: 'object',
      properties: {
        a: {
          ...integer,
          ...rules({
            rule: 'self >= oldSelf.orValue(5)',
            optionalOldSelf: true,
            message: 'fixed',
            messageExpression: 'oldSelf.orValue(5) > 5 ? "more than five" : "at least five"',
          }),
        },
        b: {
          ...integer,
          ...rules({ rule: 'self >= oldSelf', messageExpression: 'oldSelf > 2 ? "more than two" : "at least two"' }),
        },
      },
    },
    steps: [{ create: { a: 4 } }, { create: { a: 6, b: 3 } }, { update: { a: 5 } }, { update: { a: 6, b: 2 } }],
  },
  {
    name: 'rules: what an update leaves as it was earns a warning',
    spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    steps: [
      { create: { a: 20, l: [20], ml: [{ k: 'a', v: 20 }], o: { x: 20, y: 1 }, n: 1 } },
      {
        schema: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          ...rules({ rule: '!has(self.n) || self.n != 100' }, { rule: '!has(self.a) || self.a < 10' }),
          properties: {
            a: { ...integer, ...rules({ rule: 'self < 10', message: 'small' }) },
            n: integer,
            l: { type: 'array', items: { ...integer, ...rules({ rule: 'self < 10' }) } },
            ml: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['k'],
              items: {
                type: 'object',
                required: ['k'],
                properties: { k: text, v: { ...integer, ...rules({ rule: 'self < 10', fieldPath: '' }) }, w: integer },
              },
            },
            o: { type: 'object', properties: { x: integer, y: integer }, ...rules({ rule: 'self.x < 10' }) },
          },
        },
      },
      { update: { a: 20, l: [20], ml: [{ k: 'a', v: 20 }], o: { x: 20, y: 1 }, n: 1 } },
      { update: { a: 20, l: [20], ml: [{ k: 'a', v: 20, w: 1 }], o: { x: 20, y: 1 }, n: 2 } },
      { update: { l: [20], o: { x: 20, y: 1 } } },
      { update: { l: [20, 1], o: { x: 20, y: 1 } } },
      { update: { o: { x: 20, y: 2 } } },
      { update: { ml: [{ k: 'b', v: 20 }] } },
      {
        update: {
          ml: [
            { k: 'b', v: 5 },
            { k: 'a', v: 20 },
          ],
        },
      },
    ],
  },
  {
    name: 'rules: values as they see them',
    spec: {
      type: 'object',
      properties: {
        nullable: { ...text, nullable: true, ...rules({ rule: 'self == "x"' }) },
        items: {
          type: 'array',
          items: { ...text, nullable: true },
          ...rules({ rule: 'self.all(x, dyn(x) == null || x == "x")' }),
        },
        duration: { ...text, format: 'duration', ...rules({ rule: 'self < duration("1h")' }) },
        day: { ...text, format: 'date', ...rules({ rule: 'self.getFullYear() == 2024' }) },
        bytes: { ...text, format: 'byte', ...rules({ rule: 'self == b"hello"' }) },
        int32: { ...integer, format: 'int32', ...rules({ rule: 'self + 1 == 2' }) },
        whole: { type: 'number', ...rules({ rule: 'self == 2.0' }) },
        'da-sh.dot/sl__': {
          type: 'object',
          properties: { namespace: text, 'x-y': text },
          ...rules({ rule: 'self.__namespace__ == "n" && self.x__dash__y == "q"' }),
        },
        keyword: { type: 'object', properties: { namespace: text }, ...rules({ rule: 'self.namespace == "n"' }) },
        emb: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
          ...rules({ rule: 'self.kind == "Pod" && self.metadata.name.startsWith("p")' }),
        },
      },
    },
    steps: [
      { create: { nullable: null } },
      { create: { nullable: 'y' } },
      { create: { items: ['x', null] } },
      { create: { items: ['y', null] } },
      { create: { duration: '59m' } },
      { create: { duration: '2 hours' } },
      { create: { day: '2024-02-29' } },
      { create: { day: '2023-01-01' } },
      { create: { bytes: 'aGVsbG8=' } },
      { create: { bytes: 'aGVsbG9v' } },
      { create: { int32: 1 } },
      { create: { whole: 2 } },
      { create: { whole: 2.5 } },
      { create: { 'da-sh.dot/sl__': { namespace: 'n', 'x-y': 'q' } } },
      { create: { 'da-sh.dot/sl__': { namespace: 'm', 'x-y': 'q' } } },
      { create: { keyword: { namespace: 'n' } } },
      { create: { emb: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } } } },
      { create: { emb: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } } } },
    ],
  },
  {
    name: 'rules: of the whole object',
    whole: {
      type: 'object',
      ...rules(
        { rule: 'self.metadata.name.size() < 5' },
        { rule: 'self.kind == "Thing"', message: 'no Thing' },
        { rule: '!has(self.a) || self.a < 10' },
        { rule: '!has(self.a) || self.a != 9', fieldPath: '.a' },
      ),
      properties: { a: integer },
    },
    steps: [{ create: {} }, { create: { a: 10 } }, { create: { a: 9 } }],
  },
  {
    name: 'rules: are not evaluated beside other errors',
    spec: {
      type: 'object',
      ...rules({ rule: 'self.a < 10' }),
      required: ['a'],
      properties: {
        a: { ...integer, maximum: 50 },
        s: { ...text, maxLength: 3 },
        e: { ...text, enum: ['x'] },
        p: { ...text, pattern: '^a' },
      },
    },
    steps: [
      { create: {} },
      { create: { a: 'x' } },
      { create: { a: 60 } },
      { create: { a: 20, s: 'long' } },
      { create: { a: 20, e: 'y' } },
      { create: { a: 20, p: 'b' } },
    ],
  },
  {
    name: 'rules: too expensive',
    spec: {
      type: 'object',
      properties: {
        n: { type: 'array', maxItems: 24, items: integer, ...rules({ rule: SLOW }) },
        l: {
          type: 'array',
          maxItems: 15,
          items: integer,
          ...rules(...Array.from({ length: 20 }, (_, index) => ({ rule: SLOW, message: `number ${index}` }))),
        },
        after: { ...integer, ...rules({ rule: 'self > 0' }) },
      },
    },
    steps: [
      { create: { n: [1, 2, 3] } },
      { create: { n: upTo(24) } },
      { create: { l: upTo(8) } },
      { create: { l: upTo(15) } },
    ],
  },
  {
    name: 'rules: in status',
    spec: { type: 'object', properties: { a: integer } },
    status: {
      type: 'object',
      properties: { n: { ...integer, ...rules({ rule: 'self < 10' }, { rule: 'self >= oldSelf' }) } },
    },
    steps: [
      { create: { a: 1 } },
      { setStatus: { n: 10 } },
      { setStatus: { n: 5 } },
      { setStatus: { n: 4 } },
      { update: { a: 2 } },
    ],
  },
  {
    name: 'rules: on values that pass as their format and are none to CEL',
    spec: {
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time', ...rules({ rule: 'self.getFullYear() == 2020' }, { rule: 'true' }) },
        bytes: { type: 'string', format: 'byte', ...rules({ rule: 'self.size() == 1' }) },
      },
    },
    steps: [
      { create: { at: '2020-01-01T00:00:00Z', bytes: '_w==' } },
      { create: { at: '2020-01-01t00:00:00z' } },
      { create: { at: '2020-01-01T00:00:00z' } },
      { create: { at: '2020-01-01T00:00:00.5+25:00' } },
      { create: { bytes: '/w==' } },
    ],
  },
  {
    name: 'rules: what Go reads as numbers, versions and addresses',
    spec: {
      type: 'object',
      properties: {
        number: { type: 'string', ...rules({ rule: 'double(self) > 1.0' }) },
        version: { type: 'string', ...rules({ rule: 'semver(self, true) == semver("1.2.3")' }) },
        address: { type: 'string', ...rules({ rule: 'url(self) == url("https://a.b:80/x%20y?k=v")' }) },
      },
    },
    steps: [
      { create: { number: '1_000', version: 'v1.02.3', address: 'HTTPS://a.b:80/x y?k=v' } },
      { create: { number: '_1', version: '', address: 'https://a.b:80/x+y?k=v' } },
      { create: { number: '1_', version: 'v', address: '/x y' } },
    ],
  },
];
