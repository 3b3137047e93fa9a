import { validateDefinition } from '../src/apiserver/schema/definition.ts';
import { compileStructural } from '../src/apiserver/schema/structural.ts';
import { cloneJson } from '../src/base/json.ts';

/*
 * What a schema costs on every write: pruning, defaulting and validating a custom resource of 3 KB whose schema has 150
 * fields, 30 rules and 90 KB of text.
 *
 *     node src/bootstrap.mjs :run bench/custom-schema.ts
 */

const ROUNDS = 15;
const SECTIONS = 10;
const DESCRIPTION =
  'What this field means, when it is set, what happens when it is not, and what it has to do with others. ';

type Json = Record<string, unknown>;

const described = (schema: Json, sentences = 5): Json => ({ description: DESCRIPTION.repeat(sentences), ...schema });
const rule = (text: string, message = 'must be consistent'): Json => ({ rule: text, message });

/** 13 fields and 3 rules. */
function section(): Json {
  return described(
    {
      type: 'object',
      required: ['name', 'replicas'],
      properties: {
        name: described({ type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' }),
        replicas: described({ type: 'integer', format: 'int32', minimum: 0, maximum: 1000, default: 1 }),
        max: described({ type: 'integer', format: 'int32', minimum: 0 }),
        policy: described({ type: 'string', enum: ['Always', 'IfNotPresent', 'Never'], default: 'IfNotPresent' }),
        paused: described({ type: 'boolean', default: false }),
        memory: described({
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          pattern:
            '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
          'x-kubernetes-int-or-string': true,
        }),
        since: described({ type: 'string', format: 'date-time' }),
        timeout: described({ type: 'string', maxLength: 20 }),
        labels: described({
          type: 'object',
          maxProperties: 8,
          additionalProperties: { type: 'string', maxLength: 63 },
        }),
        zones: described({
          type: 'array',
          'x-kubernetes-list-type': 'set',
          maxItems: 8,
          items: { type: 'string', maxLength: 32 },
        }),
        ports: described({
          type: 'array',
          maxItems: 8,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port'],
          items: described({
            type: 'object',
            required: ['port'],
            properties: {
              port: described({ type: 'integer', minimum: 1, maximum: 65535 }),
              title: described({ type: 'string', maxLength: 63 }),
            },
          }),
        }),
      },
      'x-kubernetes-validations': [
        rule('!has(self.max) || self.replicas <= self.max'),
        rule('!has(self.ports) || self.ports.all(port, port.port >= 80)'),
        rule('!has(self.timeout) || duration(self.timeout) >= duration("1s")'),
      ],
    },
    4,
  );
}

const names = Array.from({ length: SECTIONS }, (_, index) => `section${index}`);
const schema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: described({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, section()])) }),
    status: described({
      type: 'object',
      properties: { phase: described({ type: 'string' }), observedGeneration: { type: 'integer' } },
    }),
  },
};

const object: Json = {
  apiVersion: 'example.org/v1',
  kind: 'Widget',
  metadata: { name: 'widget', namespace: 'default', labels: { app: 'web' } },
  spec: Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        name: `part-${index}`,
        replicas: 3,
        max: 5,
        memory: '128Mi',
        since: '2026-01-01T00:00:00Z',
        timeout: '30s',
        labels: { app: 'web', tier: 'front' },
        zones: ['north', 'south'],
        ports: [
          { port: 80, title: 'http' },
          { port: 443, title: 'https' },
        ],
      },
    ]),
  ),
};

function countOf(value: unknown, key: string): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countOf(item, key), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [name, item]) => sum + countOf(item, key) + (name === key ? Object.keys(item as object).length : 0),
    0,
  );
}

/** Microseconds per call: the fastest of a few rounds, since everything else on the machine only slows it. */
function cost(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < 1000; i++) run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function print(name: string, micros: number): void {
  console.log(`${micros.toFixed(1).padStart(9)} µs  ${name}`);
}

const fields = countOf(schema, 'properties');
const rules = countOf(schema, 'x-kubernetes-validations');
console.log(`schema ${JSON.stringify(schema).length} bytes, ${fields} fields, ${rules} rules`);
console.log(`object ${JSON.stringify(object).length} bytes`);

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
};
const once = (run: () => unknown): number => {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1000;
};
print(
  'check the definition, the first time',
  once(() => validateDefinition(definition)),
);
print(
  'check the definition, the second time',
  once(() => validateDefinition(definition)),
);
const structural = compileStructural(schema);
const create = () => {
  const draft = cloneJson(object);
  structural.prune(draft);
  structural.default(draft);
  return structural.validate(draft, undefined);
};
const { errors } = create();
if (errors.length > 0) throw new Error(JSON.stringify(errors));
const compiled = compileStructural(schema);
print(
  'first object of a schema',
  once(() => compiled.validate(cloneJson(object), undefined)),
);

const full = cloneJson(object);
structural.prune(full);
structural.default(full);
const old = cloneJson(full);
print(
  'copy the object',
  cost(() => cloneJson(object)),
);
print('copy, prune, default and validate', cost(create));
print(
  'prune',
  cost(() => structural.prune(full)),
);
print(
  'default',
  cost(() => structural.default(full)),
);
print(
  'validate a new object',
  cost(() => structural.validate(full, undefined)),
);
print(
  'validate a changed object',
  cost(() => structural.validate(full, old)),
);
