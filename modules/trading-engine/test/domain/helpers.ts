import {
  type Asset,
  assetId,
  type BookTop,
  Decimal,
  instrumentId,
  type Listing,
  venueId,
} from '@ats/domain';
import { BookView } from '../../src/domain/book-view.ts';
import { Conversion } from '../../src/domain/conversion.ts';
import type { CrossExchangeSettings } from '../../src/domain/settings.ts';

export type Level = readonly [price: number, size: number];

export interface BookLevels {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export const decimal = (text: string): Decimal => Decimal.parse(text);

const NETWORKS: Readonly<Record<string, string>> = { BTC: 'bitcoin', USD: 'fiat', KRW: 'fiat' };

export function asset(name: string, network?: string): Asset {
  return { id: assetId(name), network: network ?? NETWORKS[name] ?? 'ethereum' };
}

export function listing(options: {
  venue: string;
  instrument: string;
  feeBps?: string;
  tick?: string;
  step?: string;
  quantityMin?: string;
  notionalMin?: string;
  base?: Asset;
  quote?: Asset;
}): Listing {
  const [base = '', quote = ''] = options.instrument.split('/');
  const fee = decimal(options.feeBps ?? '10');
  return {
    venue: venueId(options.venue),
    instrument: instrumentId({ base, quote }),
    symbol: options.instrument.replace('/', ''),
    base: options.base ?? asset(base),
    quote: options.quote ?? asset(quote),
    priceTick: decimal(options.tick ?? '0.01'),
    quantityStep: decimal(options.step ?? '0.0001'),
    quantityMin: decimal(options.quantityMin ?? '0.0001'),
    notionalMin: decimal(options.notionalMin ?? '1'),
    fees: { takerBps: fee, makerBps: fee },
  };
}

export function bookTop(options: {
  venue: string;
  instrument: string;
  levels: BookLevels;
  atUs: number;
  sequence?: number;
}): BookTop {
  const { bids, asks } = options.levels;
  const [base = '', quote = ''] = options.instrument.split('/');
  return {
    kind: 'book',
    venue: venueId(options.venue),
    instrument: instrumentId({ base, quote }),
    exchangeTimeUs: options.atUs - 1000,
    receivedAtUs: options.atUs,
    bookAtUs: options.atUs,
    sequence: options.sequence ?? 1,
    bidCount: bids.length,
    askCount: asks.length,
    bidPrices: Float64Array.from(bids, (level) => level[0]),
    bidSizes: Float64Array.from(bids, (level) => level[1]),
    askPrices: Float64Array.from(asks, (level) => level[0]),
    askSizes: Float64Array.from(asks, (level) => level[1]),
  };
}

/** A coin that others are quoted in. */
export const coin = (name: string): Asset => ({ ...asset(name), bridge: true });

/** A view of its own, for code that is given books. */
export function bookView(levels: BookLevels): BookView {
  const view = new BookView(50);
  view.copy(bookTop({ venue: 'test', instrument: 'BTC/USDT', levels, atUs: 1 }));
  return view;
}

/** A conversion whose market has the numeraire as its base (USDT/KRW) or as its quote. */
export function conversion(options: {
  levels: BookLevels;
  numeraireIsBase: boolean;
  feeBps: string;
}): Conversion {
  const { levels, numeraireIsBase, feeBps } = options;
  return new Conversion({
    listing: listing({ venue: 'test', instrument: numeraireIsBase ? 'USDT/KRW' : 'EUR/USDT' }),
    book: bookView(levels),
    numeraireIsBase,
    feeRate: decimal(feeBps).multiply(decimal('0.0001')),
  });
}

export function settings(changes: Partial<CrossExchangeSettings> = {}): CrossExchangeSettings {
  const rich = { USDT: decimal('1000000'), USD: decimal('1000000'), KRW: decimal('2000000000') };
  const all = { ...rich, BTC: decimal('1000'), ETH: decimal('1000') };
  return {
    numeraire: 'USDT',
    minEdgeBps: 2,
    closeEdgeBps: 1,
    nearMissBps: 5,
    ceilingBps: 500,
    slippageBps: Decimal.ZERO,
    chargeConversionFees: true,
    profitMin: Decimal.ZERO,
    notionalMax: decimal('10000000'),
    confidenceMin: 0,
    persistenceMs: 1000,
    improvementRatio: 0.25,
    recheckMs: 100,
    bookAgeMsMax: 1000,
    venueBookAgeMsMax: {},
    conversionAgeMsMax: 5000,
    bookDepth: 20,
    balances: { binance: all, kraken: all, coinbase: all, upbit: all, bitfinex: all },
    ...changes,
  };
}

/** For values that a test cannot go on without. */
export function missing(): never {
  throw new Error('nothing was said');
}
