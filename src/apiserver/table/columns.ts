import { goFloat, goJson } from '../go-format.ts';
import type { AnyObject } from '../objects.ts';
import type { Column } from '../registry/served.ts';
import { ageSince } from './age.ts';
import { PathFailure, parseJsonPath } from './json-path.ts';

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique among those of its kind in its namespace.',
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'How long ago the server created the object.',
  priority: 0,
  cell: (object, now) => ageSince(object.metadata.creationTimestamp, now),
};

/** A column of a built-in kind. */
export function column(
  name: string,
  cell: (object: AnyObject, nowMs: number) => unknown,
  options: { type?: string; description?: string; priority?: number } = {},
): Column {
  const { type = 'string', description = '', priority = 0 } = options;
  return { name, type, format: '', description, priority, cell };
}

/** additionalPrinterColumns of a definition. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** What kubectl shows of a custom resource that does not say. */
const DEFAULT_COLUMNS: readonly PrinterColumn[] = [
  {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: ageColumn.description,
  },
];

/** The columns of a custom resource: the name, and those of its definition. */
export function customColumns(defined: readonly PrinterColumn[] | undefined): readonly Column[] {
  const columns: Column[] = [nameColumn];
  for (const printer of defined ?? DEFAULT_COLUMNS) {
    const path = parseJsonPath(printer.jsonPath);
    // A column that cannot be read ends the table: upstream shows those before it.
    if (path === undefined) break;
    columns.push({
      name: printer.name,
      type: printer.type,
      format: printer.format ?? '',
      description: printer.description || `Custom resource definition column (in JSONPath format): ${printer.jsonPath}`,
      priority: printer.priority ?? 0,
      cell(object, now) {
        try {
          const found = path.find(object);
          return found.length === 0 ? null : cellOf(printer.type, found[0], now);
        } catch (error) {
          if (error instanceof PathFailure) return null;
          throw error;
        }
      },
    });
  }
  return columns;
}

function cellOf(type: string, value: unknown, now: number): unknown {
  switch (type) {
    case 'string':
      return printedText(value);
    case 'integer':
      if (typeof value === 'bigint') return value;
      return typeof value === 'number' ? asInt64(value) : null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageSince(value, now) : null;
    default:
      return null;
  }
}

/** As Go converts: what does not fit becomes the smallest number. */
function asInt64(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : -(2 ** 63);
}

/** Any value as Go prints it: lists and objects as JSON. */
function printedText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return goJson(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return goFloat(value);
  return value === null ? '<no value>' : String(value);
}
