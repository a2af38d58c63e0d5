export type Fields = Readonly<Record<string, unknown>>;

/** The value of a JSON text; undefined, which JSON cannot say, for a text that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type SourceReviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { source?: string },
) => unknown;

const keepDigits: SourceReviver = (_key, value, context) =>
  typeof value === 'number' ? (context.source ?? String(value)) : value;

/**
 * `parseJson` with every number left as its own digits, a text: `1.50` stays `1.50`. Slower, for
 * frames that are rare. A text nested too deeply for it counts as no JSON.
 */
export function parseJsonDigits(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits as (this: unknown, key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** A text, or '' for anything else: no protocol gives an empty text a meaning. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A text for a person out of a value of any kind, bounded. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 200);
  return typeof value === 'object' ? 'an object' : String(value);
}
