import { conditionOrder, type Kind } from './conditions.ts';
import { rootSchema } from './crd.ts';
import type { Definition } from './definition.ts';
import { statusOwners } from './ownership.ts';
import { eventReasons, refusals } from './reasons.ts';
import { API_VERSION } from './resources.ts';
import type { JsonSchema } from './schema.ts';

/** The reference of all kinds as Markdown: what `kubectl explain` shows, on one page. */
export function reference(definitions: readonly Definition[]): string {
  const contents = definitions.map(({ type }) => `[${type.kind}](#${type.kind.toLowerCase()})`);
  return [
    '# Reference',
    '<!-- Made by npm run generate from src/api; do not edit. -->',
    `Every kind of \`${API_VERSION}\`, field by field, as \`kubectl explain\` shows it. A namespace is a datacenter: objects refer to each other by name inside it. Quantities are Kubernetes quantities (\`4Gi\`, \`512Mi\`); MB and Mbit are 10^6; times and seconds are simulated.`,
    contents.join(' · '),
    ...definitions.map(chapter),
    words(),
    '',
  ].join('\n\n');
}

function chapter(definition: Definition): string {
  const { type, shortNames, description } = definition;
  const kind = type.kind as Kind;
  const root = rootSchema(definition);
  const names = shortNames.filter((name) => name !== kind.toLowerCase()).map((name) => `\`${name}\``);
  const called = names.length > 0 ? ` Short: ${names.join(', ')}.` : '';
  return [
    `## ${kind}`,
    `${description} Resource: \`${type.plural}\`.${called} Example: [manifests/examples/${kind.toLowerCase()}.yaml](../manifests/examples/${kind.toLowerCase()}.yaml).`,
    table(
      ['field', 'holds', 'meaning'],
      rows('spec', root.properties!['spec']!, root.required?.includes('spec') === true),
    ),
    `### ${kind} status`,
    table(['field', 'holds', 'written by', 'meaning'], statusRows(kind, root.properties!['status']!)),
    refused(root),
  ].join('\n\n');
}

/** A row per field, depth first. */
function rows(path: string, schema: JsonSchema, isRequired: boolean): string[][] {
  const own = [`\`${path}\`${isRequired ? ' (required)' : ''}`, holds(schema), text(schema.description ?? '')];
  return [own, ...childrenOf(path, schema).flatMap(({ at, child, required }) => rows(at, child, required))];
}

function childrenOf(path: string, schema: JsonSchema): { at: string; child: JsonSchema; required: boolean }[] {
  const inner = schema.items ?? schema;
  const prefix = schema.items === undefined ? path : `${path}[]`;
  return Object.entries(inner.properties ?? {}).map(([name, child]) => ({
    at: `${prefix}.${name}`,
    child,
    required: inner.required?.includes(name) === true,
  }));
}

function statusRows(kind: Kind, schema: JsonSchema): string[][] {
  const { conditions, fields } = statusOwners[kind] as {
    conditions: Readonly<Record<string, string>>;
    fields: Readonly<Record<string, string>>;
  };
  const ofConditions = conditionOrder[kind].map((name) => [
    `condition \`${name}\``,
    'True, False, Unknown',
    conditions[name]!,
    '',
  ]);
  const ofFields = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== 'conditions')
    .flatMap(([name, child]) =>
      rows(`status.${name}`, child, false).map(([path, type, meaning]) => [path!, type!, fields[name]!, meaning!]),
    );
  return [...ofConditions, ...ofFields];
}

/** What a field holds, in a few words. */
function holds(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(' ');
  if (schema['x-kubernetes-int-or-string'] === true) {
    return schema.pattern?.includes('[KMGTPE]i') === true ? 'quantity' : 'word or whole number';
  }
  if (schema.type === 'array') return `list of ${schema.items?.type === 'object' ? 'objects' : holds(schema.items!)}`;
  if (schema.additionalProperties !== undefined) return `map to ${holds(schema.additionalProperties)}`;
  if (schema.format === 'date-time') return 'time';
  return { string: 'text', integer: 'whole number' }[schema.type as string] ?? schema.type ?? '';
}

/** What the server refuses besides wrong types, words and ranges: the messages of all rules. */
function refused(root: JsonSchema): string {
  const found: string[][] = [];
  const visit = (path: string, schema: JsonSchema) => {
    for (const { message } of schema['x-kubernetes-validations'] ?? []) {
      found.push([path === '' ? 'the object' : `\`${path}\``, text(message)]);
    }
    for (const { at, child } of childrenOf(path, schema)) visit(at.replace(/^\./, ''), child);
  };
  visit('', root);
  const distinct = new Map(found.map((row) => [row.join('|'), row]));
  return distinct.size === 0 ? '' : `What is refused:\n\n${table(['at', 'message'], [...distinct.values()])}`;
}

function words(): string {
  const events = Object.entries(eventReasons).map(([kind, names]) => [kind, names.map((n) => `\`${n}\``).join(' ')]);
  return [
    '## Words',
    `Refusals (the reason of a condition or of a failed Migration): ${refusals.map((n) => `\`${n}\``).join(' ')}.`,
    'Reasons of events:',
    table(['about', 'reasons'], events),
  ].join('\n\n');
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

const text = (value: string) => value.replace(/\n/g, '<br>').replace(/\|/g, '\\|');
