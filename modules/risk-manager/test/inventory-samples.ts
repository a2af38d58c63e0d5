import {
  type AccountId,
  type ArbitrageTrade,
  accountId,
  assetId,
  type BookTop,
  Decimal,
  type InstrumentId,
  type Listing,
  orderId,
  requestId,
  type TradeOrder,
  tradeId,
  venueId,
} from '@ats/domain';
import type { Flow } from '../src/domain/inventory/flow.ts';
import { type Market, marketOf } from '../src/domain/inventory/markets.ts';
import { type Runway, runwayOf } from '../src/domain/inventory/runway.ts';

const decimal = Decimal.parse;

const NETWORKS: Readonly<Record<string, string>> = { BTC: 'bitcoin', USDT: 'ethereum' };

export function listing(
  venue: string,
  instrument: string,
  { takerBps = '10', step = '0.0001', network = '' } = {},
): Listing {
  const [base = '', quote = ''] = instrument.split('/');
  const asset = (name: string) => {
    return { id: assetId(name), network: NETWORKS[name] ?? 'fiat' };
  };
  return {
    venue: venueId(venue),
    instrument: instrument as InstrumentId,
    symbol: instrument,
    base: network === '' ? asset(base) : { id: assetId(base), network },
    quote: asset(quote),
    priceTick: decimal('0.01'),
    quantityStep: decimal(step),
    quantityMin: decimal('0.0001'),
    notionalMin: decimal('5'),
    fees: { takerBps: decimal(takerBps), makerBps: decimal('0') },
  };
}

/** A book with levels of one size, a tick apart. */
export function book(
  { venue, instrument }: Pick<Listing, 'venue' | 'instrument'>,
  levels: {
    readonly bid: number;
    readonly ask: number;
    readonly size?: number;
    readonly depth?: number;
    readonly atUs?: number;
  },
): BookTop {
  const { bid, ask, size = 1, depth = 5, atUs = 1 } = levels;
  const each = (of: (index: number) => number) =>
    Float64Array.from({ length: depth }, (_, i) => of(i));
  return {
    kind: 'book',
    ...{ venue, instrument, exchangeTimeUs: atUs, receivedAtUs: atUs, bookAtUs: atUs },
    ...{ sequence: 1, bidCount: depth, askCount: depth },
    bidPrices: each((index) => bid - index),
    bidSizes: each(() => size),
    askPrices: each((index) => ask + index),
    askSizes: each(() => size),
  };
}

export const market = (of: Listing, levels: Parameters<typeof book>[1]): Market =>
  marketOf(of, book(of, levels));

const flow = (changes: Partial<Flow> = {}): Flow => ({
  inPerHour: 0,
  outPerHour: 0,
  windowNetPerHour: 0,
  fills: 100,
  confidence: 'good',
  ...changes,
});

const MAIN = accountId('main');

export function runway(of: {
  readonly venue: string;
  readonly asset: string;
  readonly available: string;
  readonly least?: string;
  readonly flow?: Partial<Flow>;
  readonly warnHours?: number;
  readonly account?: AccountId;
}): Runway {
  const { venue, asset, available, least = '0.01', warnHours = 2, account = MAIN } = of;
  return runwayOf(
    {
      accountId: account,
      venue: venueId(venue),
      asset: assetId(asset),
      available: decimal(available),
      reserved: Decimal.ZERO,
      least: decimal(least),
      flow: flow(of.flow),
    },
    { warnHours },
  );
}

/** A trade that bought BTC at alpha and sold it at beta, and has ended. */
export function endedTrade(of: {
  readonly tradeId: string;
  readonly numeraire: string;
  readonly realised: string;
  readonly atUs: number;
}): ArbitrageTrade {
  const leg = (venue: string, side: 'buy' | 'sell'): TradeOrder => ({
    orderId: orderId(`${of.tradeId}-${side}`),
    requestId: requestId(of.tradeId),
    venue: venueId(venue),
    instrument: 'BTC/USDT' as InstrumentId,
    side,
    quantity: Decimal.ONE,
    limitPrice: Decimal.ONE,
    conversionRate: Decimal.ONE,
    quotedNotional: Decimal.ONE,
    arrivalNotional: undefined,
    ...{ sendBeforeUs: 1, state: 'ended', version: 1, submitted: true, fees: [], detail: '' },
    ...{ cumulativeQuantity: Decimal.ONE, cumulativeNotional: Decimal.ONE },
    ...{ strategy: undefined, plannedAtUs: 1 },
  });
  const realised = decimal(of.realised);
  const zero = Decimal.ZERO;
  return {
    tradeId: tradeId(of.tradeId),
    accountId: MAIN,
    ...{ origin: 'engine', opportunityId: undefined, state: 'COMPLETED', reason: 'APPROVED' },
    ...{ base: assetId('BTC'), numeraire: assetId(of.numeraire), quantity: Decimal.ONE },
    baseValue: Decimal.ONE,
    legs: [leg('alpha', 'buy'), leg('beta', 'sell')],
    unwinds: [],
    smallestQuantity: zero,
    ...{ carriedIn: zero, carriedOut: zero, detail: '', realised: [] },
    waterfall: {
      ...{ quoted: realised, staleness: zero, fees: zero, slippage: zero, unwind: zero, realised },
    },
    ...{ unhedgedUsdSeconds: 0, frameAtUs: 1, createdAtUs: of.atUs, updatedAtUs: of.atUs },
    ...{ unwindingAtUs: 0, version: 5 },
  };
}
