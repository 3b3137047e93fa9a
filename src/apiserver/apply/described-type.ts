/** Field types of the built-in kinds, from their descriptions. */
import { zeroOf } from '../kinds/scalar.ts';
import type { Field, ListOf, ScalarName, Struct, Type } from '../kinds/type.ts';
import { anyScalar, deduced, type FieldType, flag, type ListType, numeric, structFields, text } from './field-type.ts';

const scalars: Readonly<Record<ScalarName, FieldType>> = {
  string: text,
  bytes: text,
  bool: flag,
  int32: numeric,
  int64: numeric,
  float64: numeric,
  time: anyScalar,
  microTime: anyScalar,
  quantity: anyScalar,
  intOrString: anyScalar,
  any: deduced,
};

/** The type of a kind, or of any part of one. */
export function describedType(description: Type): FieldType {
  return new Reader().read(description);
}

/** Remembers structs, which may contain themselves. */
class Reader {
  readonly #structs = new Map<Struct, FieldType>();

  read(description: Type): FieldType {
    switch (description.is) {
      case 'struct':
        return this.#structs.get(description) ?? this.#readStruct(description);
      case 'map': {
        const element = this.read(description.of);
        const map = { atomic: description.atomic === true, fields: structFields([]), element };
        return { scalar: undefined, list: undefined, map };
      }
      case 'list':
        return { scalar: undefined, list: this.#readList(description), map: undefined };
      case 'schemaOr':
        return deduced;
      default:
        return scalars[description.is];
    }
  }

  #readStruct(description: Struct): FieldType {
    const type: FieldType = { scalar: undefined, list: undefined, map: undefined };
    this.#structs.set(description, type);
    const fields = Object.entries(description.fields()).map(
      ([name, field]) => [name, { type: this.read(field.type), default: defaultOf(field) }] as const,
    );
    type.map = { atomic: description.atomic === true, fields: structFields(fields), element: undefined };
    return type;
  }

  #readList({ of, listType = 'atomic', keys = [] }: ListOf): ListType {
    return { kind: listType, keys: listType === 'map' ? keys.slice().sort() : [], element: this.read(of) };
  }
}

/** What a key of a list item is when it was left out: fields that are always written have their empty value. */
function defaultOf(field: Field): unknown {
  if (field.default !== undefined) return field.default;
  return field.empty === 'always' ? (zeroOf(field.type) ?? undefined) : undefined;
}
