import type { CcxtClient } from './ccxt-client.ts';

/** A number with more digits than a double holds; those that do are left to the plain parse. */
const LONG_NUMBER = /[[,:]\s*-?(?=[\d.]{17})\d+\.?\d*\s*[\],}]/;

type Parse = (text: string) => unknown;

/**
 * Venues that send figures as JSON numbers send all their digits; ccxt parses them to doubles and
 * keeps texts for large whole numbers only. A balance of 17 digits must not be off in the last.
 */
export function keepDigits(client: CcxtClient): void {
  const parsing = client as unknown as { parseJson: Parse };
  const plain = parsing.parseJson.bind(client);
  parsing.parseJson = (text) => {
    if (typeof text !== 'string' || !LONG_NUMBER.test(text)) return plain(text);
    try {
      return parseExactly(text);
    } catch {
      return plain(text);
    }
  };
}

/** JSON in which a number that a double would change becomes its own text. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined) return value;
    return String(value) === source || source.length < 17 ? value : source;
  });
}
