import type { MarketFilter } from '../market-bus.ts';
import { MARKET_KINDS, type MarketKind } from './filter.ts';

/** More channels than this are asked for with one pattern and sifted here instead. */
const CHANNELS_MAX = 1024;

/** The characters that mean something in a Redis pattern. */
const escaped = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');

interface MarketName {
  readonly kind: MarketKind;
  readonly venue: string;
  readonly instrument: string;
}

/** Names of channels and keys: `<prefix>:<kind>:<venue>:<instrument>`. */
export function channelName(prefix: string, market: MarketName): string {
  return `${prefix}:${market.kind}:${market.venue}:${market.instrument}`;
}

/** @returns the market in a name that `channelName` made, or undefined when it did not. */
export function channelMarket(prefix: string, name: string): MarketName | undefined {
  if (!name.startsWith(`${prefix}:`)) return undefined;
  // An instrument may hold colons (`BTC/USDT:USDT`), a kind and a venue do not.
  const [kindText, venue, ...rest] = name.slice(prefix.length + 1).split(':');
  const kind = MARKET_KINDS.find((one) => one === kindText);
  if (kind === undefined || venue === undefined || rest.length === 0) return undefined;
  return { kind, venue, instrument: rest.join(':') };
}

/** First part of the keys of the latest-value cache, and the name of the set that lists them. */
export const latestPrefix = (prefix: string): string => `${prefix}:latest`;

/** Whether the latest-value cache keeps this kind. */
export const isRemembered = (kind: MarketKind): boolean => kind === 'book' || kind === 'status';

/** What to subscribe to; no two entries match one channel, so nothing comes twice. */
export interface ChannelPlan {
  readonly channels: readonly string[];
  readonly patterns: readonly string[];
  /** Whether the plan asks for more than the filter, so that the receiver must sift. */
  readonly sift: boolean;
}

/** @returns the narrowest plan for a filter: exact names where it names everything. */
export function planChannels(prefix: string, filter: MarketFilter): ChannelPlan {
  const kinds = [...new Set(filter.kinds ?? MARKET_KINDS)];
  const { venues, instruments } = filter;
  const count = kinds.length * (venues?.length ?? 1) * (instruments?.length ?? 1);
  if (count > CHANNELS_MAX) {
    const patterns = kinds.map((kind) => `${escaped(prefix)}:${kind}:*`);
    return { channels: [], patterns, sift: true };
  }
  const markets = kinds.flatMap((kind) =>
    [...new Set(venues ?? [undefined])].flatMap((venue) =>
      [...new Set(instruments ?? [undefined])].map((instrument) => ({ kind, venue, instrument })),
    ),
  );
  if (venues !== undefined && instruments !== undefined) {
    const channels = markets.map(({ kind, venue = '', instrument = '' }) =>
      channelName(prefix, { kind, venue, instrument }),
    );
    return { channels, patterns: [], sift: false };
  }
  const part = (text: string | undefined): string => (text === undefined ? '*' : escaped(text));
  const patterns = markets.map(
    (one) => `${escaped(prefix)}:${one.kind}:${part(one.venue)}:${part(one.instrument)}`,
  );
  // An instrument may hold colons, which `*` matches too.
  return { channels: [], patterns, sift: instruments !== undefined };
}
