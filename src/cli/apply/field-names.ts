import { parse } from 'yaml';
import { nearest } from '../../base/nearest.ts';
import { definitionTexts } from '../definitions.ts';
import type { Declared } from '../manifests/manifest.ts';

/** As much of a schema as says which fields there are. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly additionalProperties?: Shape | boolean;
}

/** The fields of our kinds, for whoever misspelt one. Definitions are read when they are first asked for. */
export class FieldNames {
  readonly #shapes = new Map<string, Shape | undefined>();
  readonly #texts: () => readonly string[];

  constructor(texts: () => readonly string[] = definitionTexts) {
    this.#texts = texts;
  }

  /** The field that was most likely meant by one that does not exist, as `spec.memory` for `spec.memroy`. */
  meant(object: Pick<Declared, 'apiVersion' | 'kind'>, field: string): string | undefined {
    const end = field.lastIndexOf('.');
    const within = field.slice(0, Math.max(0, end));
    const shape = shapeAt(this.#shapeOf(object), within);
    const name = nearest(field.slice(end + 1), Object.keys(shape?.properties ?? {}));
    if (name === undefined) return undefined;
    return within === '' ? name : `${within}.${name}`;
  }

  #shapeOf({ apiVersion, kind }: Pick<Declared, 'apiVersion' | 'kind'>): Shape | undefined {
    const key = `${apiVersion} ${kind}`;
    if (!this.#shapes.has(key)) {
      const text = this.#texts().find((one) => new RegExp(`^ {4}kind: ${kind}$`, 'm').test(one));
      const definition = text === undefined ? undefined : parse(text);
      const version = definition?.spec.versions.find(
        ({ name }: { name: string }) => apiVersion === `${definition.spec.group}/${name}`,
      );
      this.#shapes.set(key, version?.schema.openAPIV3Schema);
    }
    return this.#shapes.get(key);
  }
}

/** @param path as a server writes it: `spec.disks[0].name` */
function shapeAt(root: Shape | undefined, path: string): Shape | undefined {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  return steps.reduce<Shape | undefined>((shape, step) => {
    if (shape?.items !== undefined) return shape.items;
    const { additionalProperties: values } = shape ?? {};
    return shape?.properties?.[step] ?? (typeof values === 'object' ? values : undefined);
  }, root);
}
