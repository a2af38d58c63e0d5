/** What a number counts, told apart in the first digits of its UUID. */
export type UuidKind = 'order' | 'trade' | 'account';

const PREFIX: Readonly<Record<UuidKind, string>> = {
  order: '00000001-0000-4000-8000-',
  trade: '00000002-0000-4000-8000-',
  account: '00000003-0000-4000-8000-',
};

/** A number in the form of a UUID, where a venue's ids are such. */
export function uuidOf(kind: UuidKind, number: number): string {
  return PREFIX[kind] + number.toString(16).padStart(12, '0');
}

/** @returns the number behind a UUID; 0, which nothing has, for any other text. */
export function numberOfUuid(kind: UuidKind, text: string): number {
  const prefix = PREFIX[kind];
  const digits = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[0-9a-f]{12}$/.test(digits)) return 0;
  return Number.parseInt(digits, 16);
}
