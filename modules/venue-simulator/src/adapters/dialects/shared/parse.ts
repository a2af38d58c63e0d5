export type Fields = Readonly<Record<string, unknown>>;

/** @returns the JSON value of a text; undefined, which no JSON text reads as, if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function asFields(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Fields;
}

/** @returns the texts of a list; undefined when it is no list or holds anything else. */
export function asTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'string') ? (value as string[]) : undefined;
}

/** A whole number of a query or frame, within bounds; `fallback` if absent, undefined if bad. */
export function asCount(
  value: unknown,
  rule: { readonly fallback: number; readonly min: number; readonly max: number },
): number | undefined {
  if (value === undefined || value === null || value === '') return rule.fallback;
  const count = typeof value === 'string' ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isInteger(count)) return undefined;
  return count >= rule.min && count <= rule.max ? count : undefined;
}

/** Undoes percent encoding; a text that is not so encoded stays as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
