import { type InstrumentId, instrumentId, type VenueId, venueId } from '@ats/domain';
import { nativeDialects } from '@ats/price-collector';
import { MARKET_UNKNOWN, MARKET_UNWANTED } from '../../domain/row-check.ts';
import type { TapeMarket } from '../../domain/tape.ts';
import { literal } from './duck.ts';

/** Quote assets that end a symbol without a separator, longer ones first. */
const QUOTES = [
  'FDUSD',
  'USDT',
  'USDC',
  'BUSD',
  'TUSD',
  'USD',
  'EUR',
  'GBP',
  'JPY',
  'KRW',
  'TRY',
].concat(['BRL', 'AUD', 'BTC', 'ETH', 'BNB']);

/** What a file calls a market. */
export interface MarketKey {
  readonly venue: string;
  readonly symbol: string;
}

/** Whom a file's own names stand for, and which of them are wanted. */
export interface MarketChoice {
  /** Markets by symbol or by `venue:symbol`, before any guess. */
  readonly named?: ReadonlyMap<string, TapeMarket>;
  readonly venues?: readonly string[];
  readonly instruments?: readonly string[];
}

/** The asset pair that a venue's symbol names; undefined where it cannot be told. */
function instrumentOfSymbol(key: MarketKey): InstrumentId | undefined {
  const { symbol, venue } = key;
  const separated = /^([A-Za-z0-9]+)\/([A-Za-z0-9]+)$/.exec(symbol);
  if (separated?.[1] !== undefined && separated[2] !== undefined) {
    const dialect = nativeDialects.all.find(({ feed }) => feed === venue);
    const pair = dialect?.instrumentOf(symbol);
    return instrumentId(pair ?? { base: separated[1], quote: separated[2] });
  }
  for (const dialect of nativeDialects.all) {
    if (dialect.feed !== venue) continue;
    const pair = dialect.instrumentOf(symbol) ?? dialect.instrumentOf(symbol.toUpperCase());
    if (pair !== undefined) return instrumentId(pair);
  }
  const upper = symbol.toUpperCase();
  const parts = upper.split(/[-_]/);
  if (parts.length === 2 && parts[0] && parts[1]) {
    return instrumentId({ base: parts[0], quote: parts[1] });
  }
  const quote = QUOTES.find((one) => upper.length > one.length && upper.endsWith(one));
  if (quote === undefined || !/^[A-Z0-9]+$/.test(upper)) return undefined;
  return instrumentId({ base: upper.slice(0, -quote.length), quote });
}

/** @returns the market a key stands for; undefined where nobody knows */
function marketOf(key: MarketKey, choice: MarketChoice): TapeMarket | undefined {
  const { venue, symbol } = key;
  const named = choice.named?.get(`${venue}:${symbol}`) ?? choice.named?.get(symbol);
  if (named !== undefined) return named;
  const instrument = instrumentOfSymbol(key);
  return instrument === undefined || venue === ''
    ? undefined
    : { venue: venueId(venue), instrument };
}

export interface FoundMarkets {
  readonly markets: readonly TapeMarket[];
  /** SQL of a row's index into `markets`. */
  readonly sql: string;
  readonly unknown: readonly MarketKey[];
}

/** Gives the markets of a file their indices. One market alone costs no look at any text. */
export function chooseMarkets(
  keys: readonly MarketKey[],
  options: { readonly choice: MarketChoice; readonly venue: string; readonly symbol: string },
): FoundMarkets {
  const { choice } = options;
  const markets: TapeMarket[] = [];
  const unknown: MarketKey[] = [];
  const cases: { readonly when: string; readonly index: number }[] = [];
  for (const key of keys) {
    const market = marketOf(key, choice);
    let index = MARKET_UNWANTED;
    if (market === undefined) unknown.push(key);
    else if (isWanted(market, choice)) index = indexIn(markets, market);
    if (market === undefined) index = MARKET_UNKNOWN;
    const { venue, symbol } = options;
    const when = `${venue} = ${literal(key.venue)} AND ${symbol} = ${literal(key.symbol)}`;
    cases.push({ when, index });
  }
  const [only] = cases;
  if (only !== undefined && cases.length === 1)
    return { markets, unknown, sql: String(only.index) };
  const whens = cases.map(({ when, index }) => `WHEN ${when} THEN ${index}`).join(' ');
  const sql = whens === '' ? '0' : `CASE ${whens} ELSE ${MARKET_UNKNOWN} END`;
  return { markets, unknown, sql };
}

/** Whether a market was asked for. */
export function isWanted(market: TapeMarket, choice: MarketChoice): boolean {
  const { venues, instruments } = choice;
  return (
    (venues === undefined || venues.includes(market.venue)) &&
    (instruments === undefined || instruments.includes(market.instrument))
  );
}

function indexIn(markets: TapeMarket[], market: TapeMarket): number {
  const found = markets.findIndex(
    (one) => one.venue === market.venue && one.instrument === market.instrument,
  );
  return found >= 0 ? found : markets.push(market) - 1;
}

/** `venue:BASE/QUOTE` as a market; undefined if it is none. */
export function parseMarket(text: string): TapeMarket | undefined {
  const match = /^([a-z0-9-]+):([A-Za-z0-9]+)\/([A-Za-z0-9]+)$/.exec(text);
  const [, venue, base, quote] = match ?? [];
  if (venue === undefined || base === undefined || quote === undefined) return undefined;
  return { venue: venueId(venue) as VenueId, instrument: instrumentId({ base, quote }) };
}
