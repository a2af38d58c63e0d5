import { anchorOf, table } from './markdown.ts';

/** What the pages read of a JSON schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly examples?: readonly unknown[];
}

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

export const linkTo = (ref: string): string => `[${nameOf(ref)}](#${anchorOf(nameOf(ref))})`;

/** A schema in words, such as `list of [Order](#order)`. */
export function typeOf(schema: JsonSchema): string {
  const { $ref, type, items, prefixItems, anyOf, oneOf, additionalProperties: rest } = schema;
  if ($ref !== undefined) return linkTo($ref);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  const either = anyOf ?? oneOf;
  if (either !== undefined) return either.map(typeOf).join(' or ');
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join(', ')}]`;
  if (type === 'array') return `list of ${typeOf(items ?? {})}`;
  if (typeof rest === 'object' && schema.properties === undefined) return `map to ${typeOf(rest)}`;
  return [type ?? 'any', boundsOf(schema)].filter((part) => part !== '').join(', ');
}

function boundsOf({ type, minimum, maximum, maxLength }: JsonSchema): string {
  if (type === 'string') return maxLength === undefined ? '' : `at most ${maxLength} characters`;
  const from = bounded(minimum);
  const to = bounded(maximum);
  if (from === undefined) return to === undefined ? '' : `at most ${to}`;
  return to === undefined ? `at least ${from}` : `${from} to ${to}`;
}

/** Undefined for the bounds that every integer of JSON has. */
const bounded = (limit: number | undefined): string | undefined =>
  limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : String(limit);

/** Fields of an object, those of objects within it under their path. */
function fieldTable(schema: JsonSchema): readonly string[] {
  return table(['field', 'type', 'must', 'meaning'], fieldRows(schema, ''));
}

function fieldRows(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const must = required.includes(name) && field.default === undefined;
    const row = [`\`${path}\``, typeOf(field), must ? 'yes' : '', meaningOf(field)];
    const inner = field.type === 'array' ? (field.items ?? {}) : field;
    const suffix = field.type === 'array' ? '[].' : '.';
    return [row, ...fieldRows(inner, `${path}${suffix}`)];
  });
}

/** What it is, and what it is when it is left out. */
export function meaningOf({ description, default: value }: JsonSchema): string {
  const otherwise =
    value === undefined || value === '' ? '' : `\`${JSON.stringify(value)}\` unless told.`;
  return [description ?? '', otherwise].filter((part) => part !== '').join(' ');
}

/** One section of a page, under a heading of its own. */
export function schemaSection(name: string, schema: JsonSchema): readonly string[] {
  const { description = '', examples = [], anyOf, oneOf } = schema;
  const variants = (anyOf ?? oneOf)?.flatMap((one) => variantOf(one)) ?? [];
  return [
    ...[`### ${name}`, '', description, ''],
    ...variants,
    ...fieldTable(schema),
    ...examples.flatMap(jsonBlock),
  ];
}

function variantOf(schema: JsonSchema): readonly string[] {
  if (schema.$ref !== undefined) return [`- ${linkTo(schema.$ref)}`, ''];
  const tag = Object.entries(schema.properties ?? {}).find(
    ([, field]) => field.const !== undefined,
  );
  const name = tag === undefined ? '' : `\`${tag[0]}: ${JSON.stringify(tag[1].const)}\``;
  const title = [name, schema.description ?? ''].filter((part) => part !== '').join('. ');
  return [...(title === '' ? [] : [title, '']), ...fieldTable(schema)];
}

const jsonBlock = (value: unknown): readonly string[] => [
  '```json',
  JSON.stringify(value, undefined, 2),
  '```',
  '',
];
