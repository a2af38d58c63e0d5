import type { Clock } from '@ats/runtime';
import type { Vault } from '@ats/security';
import { z } from 'zod';
import { Document } from './document.ts';
import { invalid, unknown } from './refusals.ts';

const text = z.string().min(1).max(8192);
const schema = z.record(
  z.string(),
  z.strictObject({
    apiKey: text,
    secret: text,
    passphrase: z.string().max(8192),
    addedAtUs: z.int(),
    addedBy: z.string(),
  }),
);

type Kept = z.output<typeof schema>;
export type ExchangeKey = Kept[string];

const VENUE = /^[a-z][a-z0-9-]{0,63}$/;
const HINT_LENGTH = 4;

/** Keys of exchanges, one for each venue, in the vault. */
export class ExchangeKeys {
  private readonly document: Document<Kept>;
  private readonly clock: Clock;

  private constructor(document: Document<Kept>, clock: Clock) {
    this.document = document;
    this.clock = clock;
  }

  static async open(vault: Vault, clock: Clock): Promise<ExchangeKeys> {
    const as = { schema, empty: {} };
    return new ExchangeKeys(await Document.open<Kept>(vault, 'exchange-keys', as), clock);
  }

  read(venue: string): ExchangeKey | undefined {
    const keys = this.document.get();
    return Object.hasOwn(keys, venue) ? keys[venue] : undefined;
  }

  /** As it is listed, without its secret; undefined when there is none. */
  shown(venue: string) {
    const key = this.read(venue);
    return key && shownOf(venue, key);
  }

  list() {
    return Object.entries(this.document.get()).map(([venue, key]) => shownOf(venue, key));
  }

  /** @throws ACCESS_INVALID */
  async put(given: {
    readonly venue: string;
    readonly apiKey: string;
    readonly secret: string;
    readonly passphrase: string;
    readonly addedBy: string;
  }) {
    const { venue, ...rest } = given;
    const key = { ...rest, addedAtUs: this.clock.nowUs() };
    const parsed = schema.safeParse({ [venue]: key });
    if (!VENUE.test(venue) || !parsed.success) {
      const message = 'a key has a venue, the key and its secret';
      const remedy = 'Name the venue as the configuration does, and paste both.';
      throw invalid({ field: 'venue', value: venue.slice(0, 64), message, remedy });
    }
    await this.document.change((keys) => ({ next: { ...keys, [venue]: key }, result: undefined }));
    return shownOf(venue, key);
  }

  /** @throws ACCESS_UNKNOWN */
  async remove(venue: string): Promise<void> {
    if (this.read(venue) === undefined) throw unknown('key', venue);
    await this.document.change(({ [venue]: _gone, ...next }) => ({ next, result: undefined }));
  }
}

/** Short keys would be shown whole. */
export const hintOf = (key: string): string => (key.length < 12 ? '' : key.slice(-HINT_LENGTH));

const shownOf = (venue: string, { apiKey, addedAtUs, addedBy }: ExchangeKey) => {
  return { venue, keyHint: hintOf(apiKey), addedAtUs, addedBy };
};
