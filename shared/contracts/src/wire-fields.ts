import { AtsError, Decimal } from '@ats/domain';

/** Longest text taken for a decimal: parsing time grows with it, and no real number is longer. */
const DECIMAL_LENGTH_MAX = 64;

export function malformed(problem: {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
  readonly cause?: unknown;
}): AtsError {
  const { field, expected, cause } = problem;
  const value = String(problem.value).slice(0, DECIMAL_LENGTH_MAX);
  return new AtsError({
    code: 'MESSAGE_MALFORMED',
    message: `${field} is "${value}", expected ${expected}`,
    remedy: `Send ${field} as ${expected}.`,
    context: { field, value },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads a decimal of record. @throws MESSAGE_MALFORMED with the field's name */
export function readDecimal(field: string, text: string): Decimal {
  if (typeof text === 'string' && text.length <= DECIMAL_LENGTH_MAX) {
    try {
      return Decimal.parse(text);
    } catch (cause) {
      throw malformed({ field, value: text, expected: 'a plain decimal', cause });
    }
  }
  throw malformed({ field, value: text, expected: 'a plain decimal' });
}

/** Figures within these print in `DECIMAL_LENGTH_MAX` characters, sign and point included. */
const SHORT_UNITS = 10n ** BigInt(DECIMAL_LENGTH_MAX - 3);

/** What `readDecimal` would refuse of a decimal's text, mostly without printing it. */
export function checkDecimal(field: string, decimal: Decimal): void {
  const { units } = decimal;
  if (units < SHORT_UNITS && units > -SHORT_UNITS) return;
  readDecimal(field, decimal.toString());
}

/** Reads a name that must not be empty. @throws MESSAGE_MALFORMED */
export function readName(field: string, text: string): string {
  if (typeof text !== 'string' || text === '') {
    throw malformed({ field, value: text, expected: 'a name' });
  }
  return text;
}

/** Reads a text that is empty where there is nothing to say. @returns undefined if it is */
export function readOptional<Value>(
  field: string,
  text: string,
  read: (field: string, text: string) => Value,
): Value | undefined {
  return text === '' ? undefined : read(field, text);
}

/** Reads a message that must be there. @throws MESSAGE_MALFORMED */
export function readPresent<Message>(field: string, message: Message | null | undefined): Message {
  if (message === null || message === undefined) {
    throw malformed({ field, value: '', expected: 'a message' });
  }
  return message;
}

/** Reads a whole number that a double holds exactly. @throws MESSAGE_MALFORMED */
export function readInteger(field: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw malformed({ field, value, expected: 'a whole number' });
  return value;
}

/** A closed set of words and its enum on the wire, both ways. */
export interface EnumPair<Word extends string, Wire extends string> {
  toWire(word: Word): Wire;
  /** @throws MESSAGE_MALFORMED when the value is unspecified or not known here */
  fromWire(field: string, wire: string): Word;
}

export function enumPair<Word extends string, Wire extends string>(
  table: Readonly<Record<Word, Wire>>,
): EnumPair<Word, Wire> {
  const words = new Map<string, Word>();
  for (const word of Object.keys(table) as Word[]) words.set(table[word], word);
  return {
    toWire: (word) => table[word],
    fromWire(field, wire) {
      const word = words.get(wire);
      if (word === undefined) throw malformed({ field, value: wire, expected: 'a known value' });
      return word;
    },
  };
}
