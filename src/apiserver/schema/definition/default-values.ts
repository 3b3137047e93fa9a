import { cloneJson, deepEqual } from '../../../base/json.ts';
import { type FieldError, invalidError } from '../../field-error.ts';
import { coerceEmbedded, EmbeddedError, embeddedErrors } from '../embedded.ts';
import { explain } from '../explain.ts';
import type { SchemaNode } from '../node.ts';
import { compilePrune } from '../pruning.ts';
import { Rules } from '../rules.ts';

type Fields = Record<string, unknown>;

/** Puts a default where it would stand in the resource around it. */
type Surround = (value: unknown) => Fields;

const resource: Surround = (value) => ({ apiVersion: 'validation/v1', kind: 'Validation', ...(value as Fields) });

/**
 * What is wrong with the defaults of a schema: pkg/apiserver/schema/defaulting/validation.go.
 * @param requirePruned whether they must not have fields that the schema does not know
 */
export function defaultErrors(schema: SchemaNode, path: string, requirePruned: boolean): FieldError[] {
  const root: SchemaNode = { ...schema, embeddedResource: true };
  const errors: FieldError[] = [];
  visit(root, path, { root, surround: resource, insideMeta: false });
  return errors;

  interface Context {
    /** the resource around the value */
    readonly root: SchemaNode;
    readonly surround: Surround;
    /** within apiVersion, kind or metadata of a resource */
    readonly insideMeta: boolean;
  }

  function visit(node: SchemaNode, at: string, outer: Context): void {
    const context = node.embeddedResource ? { root: node, surround: resource, insideMeta: false } : outer;
    const value = node.default;
    if (value !== undefined) {
      const place = `${at}.default`;
      const kept = cloneJson(value);
      const found = context.insideMeta
        ? metadataErrors(context.root, context.surround(cloneJson(value)), value, place)
        : resourceErrors(node, kept, place);
      if (!context.insideMeta && requirePruned && !isPruned(node, value)) {
        errors.push(invalidError(place, kept, 'must not have unknown fields'));
      }
      errors.push(...(found.length > 0 ? found : contentErrors(node, value, place, node === context.root)));
    }
    // Defaults below additionalProperties have been refused already.
    if (node.items !== undefined) {
      visit(node.items, `${at}.items`, { ...context, surround: (item) => context.surround([item]) });
    }
    for (const [name, property] of node.properties ?? []) {
      const isMeta = node.embeddedResource && ['apiVersion', 'kind', 'metadata'].includes(name);
      const surround: Surround = (field) => context.surround({ [name]: field });
      visit(property, `${at}.properties[${name}]`, {
        root: context.root,
        surround,
        insideMeta: context.insideMeta || isMeta,
      });
    }
  }
}

/** A default within metadata must leave the metadata around it in order. */
function metadataErrors(root: SchemaNode, object: Fields, value: unknown, path: string): FieldError[] {
  const node: SchemaNode = { ...root, embeddedResource: true };
  const wrong = (detail: string) => [invalidError(path, value, `must result in valid metadata: ${detail}`)];
  try {
    coerceEmbedded(node, object);
  } catch (error) {
    if (error instanceof EmbeddedError) return wrong(error.message);
    throw error;
  }
  const texts = embeddedErrors(node, object).map(({ field, message }) => `${field}: ${message}`);
  if (texts.length === 0) return [];
  return wrong(texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
}

function isPruned(node: SchemaNode, value: unknown): boolean {
  const copy = cloneJson(value);
  compilePrune(node, node.embeddedResource)(copy);
  return deepEqual(copy, value);
}

/** What is wrong with the resources within a default, whose metadata is brought into the form that is kept. */
function resourceErrors(node: SchemaNode, value: unknown, path: string): FieldError[] {
  try {
    coerceEmbedded(node, value, path);
  } catch (error) {
    if (error instanceof EmbeddedError) return [error.error];
    throw error;
  }
  return embeddedErrors(node, value, path);
}

/** Defaults are not held to be an integer or a text where x-kubernetes-int-or-string asks for one. */
function untyped(node: SchemaNode): SchemaNode {
  const { items, properties, additionalProperties } = node;
  return {
    ...node,
    ...(node.intOrString && { intOrString: false, type: '' }),
    items: items && untyped(items),
    properties: properties && new Map([...properties].map(([name, property]) => [name, untyped(property)])),
    additionalProperties:
      typeof additionalProperties === 'object' ? untyped(additionalProperties) : additionalProperties,
  };
}

/** Whether the schema's own checks and rules hold, as if the default were new and as if it had been there before. */
function contentErrors(node: SchemaNode, value: unknown, path: string, isResource: boolean): FieldError[] {
  const errors = explain(untyped(node), value, { base: path });
  const rules = errors.length > 0 ? undefined : Rules.of(node, isResource);
  if (rules === undefined) return errors;
  const asBefore = rules.validate(value, value, () => undefined, path).errors;
  return asBefore.length > 0 ? asBefore : rules.validate(value, undefined, () => undefined, path).errors;
}

/** Whether a default has fields that the schema does not know. */
export function hasUnprunedDefaults(node: SchemaNode): boolean {
  if (node.default !== undefined && !isPruned(node, node.default)) return true;
  if (node.items !== undefined && hasUnprunedDefaults(node.items)) return true;
  for (const property of node.properties?.values() ?? []) if (hasUnprunedDefaults(property)) return true;
  return false;
}
