import protobuf from 'protobufjs';

export type Values = Record<string, unknown>;

/** One field of a message, as a plain codec writes and reads it. */
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'flag' | 'integer' | 'double' | 'enum' | 'message';
  readonly repeated: boolean;
  /** What a message without it says; undefined for one of a `oneof`, which is then absent. */
  readonly empty: unknown;
  /** Number and wire type, as it is written before the value. */
  readonly tag: number;
  readonly oneof: string | undefined;
  /** Largest whole number. */
  readonly max: number;
  readonly numbers: ReadonlyMap<unknown, number>;
  readonly names: readonly (string | undefined)[];
  readonly plan: Plan | undefined;
}

/** All fields of a message. */
export interface Plan {
  /** By number, as they are written. */
  readonly fields: readonly Field[];
  readonly repeated: readonly string[];
  readonly byTag: readonly (Field | undefined)[];
  /** The message that no bytes stand for. */
  readonly empty: Values;
}

/** Largest 32-bit integer, and so the largest that shifts keep whole. */
export const INT32_MAX = 2 ** 31 - 1;
/** Numbers of fields whose tag takes at most two bytes end here. */
const FIELD_NUMBER_MAX = 2047;
const FLAG: ReadonlyMap<unknown, number> = new Map([
  [false, 0],
  [true, 1],
]);

/**
 * What a plain codec has to know of a type.
 *
 * @param outer the types around it, for a type within itself has no plan
 * @returns undefined when a field is of another kind than a plain codec knows
 */
export function planOf(
  type: protobuf.Type,
  options: protobuf.IConversionOptions,
  outer: readonly protobuf.Type[],
): Plan | undefined {
  const fields: Field[] = [];
  const empty: Values = type.toObject(type.create(), options);
  for (const field of type.fieldsArray) {
    const planned = outer.includes(type) ? undefined : fieldOf(field.resolve(), options, outer);
    if (planned === undefined) return undefined;
    fields.push({ ...planned, empty: empty[field.name] });
  }
  fields.sort((a, b) => a.tag - b.tag);
  const byTag: Field[] = [];
  for (const field of fields) byTag[field.tag] = field;
  const repeated = fields.filter((field) => field.repeated).map((field) => field.name);
  return { fields, repeated, byTag, empty };
}

function fieldOf(
  field: protobuf.Field,
  options: protobuf.IConversionOptions,
  outer: readonly protobuf.Type[],
): Field | undefined {
  const { name, id, repeated, resolvedType, partOf } = field;
  if (id > FIELD_NUMBER_MAX || field.map || field.required || field.delimited) return undefined;
  const oneof = partOf?.name;
  const common = { name, repeated, empty: undefined, oneof, max: 0, numbers: FLAG, names: [] };
  const plain = { ...common, plan: undefined, tag: id * 8 };
  if (resolvedType instanceof protobuf.Type) {
    const plan = planOf(resolvedType, options, [...outer, field.parent as protobuf.Type]);
    return plan && { ...common, kind: 'message', plan, tag: id * 8 + 2 };
  }
  if (repeated) return undefined;
  if (resolvedType instanceof protobuf.Enum) {
    const names = Object.keys(resolvedType.values);
    const numbers = new Map<unknown, number>(Object.entries(resolvedType.values));
    if (names.some((key) => !((numbers.get(key) ?? -1) in names))) return undefined;
    return {
      ...plain,
      kind: 'enum',
      numbers,
      names: names.map((_, at) => resolvedType.valuesById[at]),
    };
  }
  if (field.type === 'string') return { ...plain, kind: 'text', tag: id * 8 + 2 };
  if (field.type === 'bool') return { ...plain, kind: 'flag' };
  if (field.type === 'double') return { ...plain, kind: 'double', tag: id * 8 + 1 };
  if (field.type === 'int64') return { ...plain, kind: 'integer', max: Number.MAX_SAFE_INTEGER };
  if (field.type === 'int32') return { ...plain, kind: 'integer', max: INT32_MAX };
  return undefined;
}
