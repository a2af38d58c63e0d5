import type { RandomStream } from '@ats/runtime';

/** What takes the place of a number: values that parsers and arithmetic trip over. */
const NUMBERS = [
  ...['0', '-1', '-0', '1e309', '1e-400', 'NaN', 'null', 'true', '""', '[]', '{}', '0E-8', '7e-7'],
  ...['99999999999999999999', '9007199254740993', '0.000000000000000001', '1.', '.5', '0x10', '00'],
];
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\u0000',
  '\ud800',
  '[[[[[[',
  '"__proto__":',
];

/** Cuts a text and puts it together wrongly. `other` is another frame of the same recording. */
type Mutation = (text: string, random: RandomStream, other: string) => string;

const splice = (text: string, from: number, to: number, piece: string): string =>
  text.slice(0, from) + piece + text.slice(to);

/** @returns the place of a run of digits and points, near a random place in the text. */
function numberNear(text: string, random: RandomStream): readonly [number, number] {
  let from = random.integer(text.length + 1);
  while (from < text.length && !/\d/.test(text[from] as string)) from += 1;
  let to = from;
  while (from > 0 && /[\d.]/.test(text[from - 1] as string)) from -= 1;
  while (to < text.length && /[\d.]/.test(text[to] as string)) to += 1;
  return [from, to];
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  bit(text, random) {
    const at = random.integer(text.length);
    const code = text.charCodeAt(at) ^ (1 << random.integer(7));
    return splice(text, at, at + 1, String.fromCharCode(code));
  },
  digit(text, random) {
    const [from, to] = numberNear(text, random);
    const at = from + random.integer(Math.max(1, to - from));
    return splice(text, at, at + 1, String(random.integer(10)));
  },
  number(text, random) {
    const [from, to] = numberNear(text, random);
    return splice(text, from, to, NUMBERS[random.integer(NUMBERS.length)] as string);
  },
  truncate: (text, random) => text.slice(0, random.integer(text.length)),
  remove(text, random) {
    const from = random.integer(text.length);
    return splice(text, from, from + 1 + random.integer(20), '');
  },
  repeat(text, random) {
    const from = random.integer(text.length);
    const piece = text.slice(from, from + 1 + random.integer(40));
    return splice(text, from, from, piece);
  },
  insert(text, random) {
    const at = random.integer(text.length);
    return splice(text, at, at, PIECES[random.integer(PIECES.length)] as string);
  },
  cross: (text, random, other) =>
    text.slice(0, random.integer(text.length)) + other.slice(random.integer(other.length)),
  swapNumbers(text, random) {
    const [a, b] = numberNear(text, random);
    const [c, d] = numberNear(text, random);
    if (b > c) return text;
    const first = text.slice(a, b);
    const second = text.slice(c, d);
    return text.slice(0, a) + second + text.slice(b, c) + first + text.slice(d);
  },
  /** An old frame again, or one out of its order. */
  displace: (_text, _random, other) => other,
  same: (text) => text,
};

const NAMES = Object.keys(MUTATIONS);

/** @returns a changed frame and the name of what was done to it. */
export function mutate(options: {
  readonly text: string;
  readonly other: string;
  readonly random: RandomStream;
}): { readonly text: string; readonly mutation: string } {
  const { text, other, random } = options;
  const mutation = NAMES[random.integer(NAMES.length)] as string;
  const apply = MUTATIONS[mutation] as Mutation;
  return { text: text === '' ? other : apply(text, random, other), mutation };
}
