import {
  type ArbitrageTrade,
  accountId,
  assetId,
  Decimal,
  type EdgeWaterfall,
  instrumentId,
  type OrderSide,
  opportunityId,
  orderId,
  type ReasonCode,
  requestId,
  type TradeId,
  type TradeOrder,
  tradeId,
  type VenueId,
  venueId,
} from '@ats/domain';
import { seededRandom } from '@ats/runtime';
import type { EquityPoint, OpportunityCell, RunFill, RunRecord } from '../src/index.ts';

/** 2024-03-11 00:00 UTC. */
export const START_US = 1_710_115_200_000_000;
const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const VENUES = ['binance', 'coinbase', 'kraken', 'bitfinex'].map(venueId);
const BASES = ['BTC', 'ETH', 'SOL'].map(assetId);
const PRICES: Readonly<Record<string, number>> = { BTC: 71_800, ETH: 4010, SOL: 148 };
const REASONS: readonly ReasonCode[] = [
  'EDGE_BELOW_MIN',
  'EDGE_BELOW_MIN',
  'EDGE_BELOW_MIN',
  'BOOK_STALE',
  'INVENTORY_SHORT',
  'RISK_NOTIONAL_MAX',
  'CONFIDENCE_LOW',
];
const USDT = assetId('USDT');

export const money = (text: string): Decimal => Decimal.parse(text);

export interface SampleOptions {
  readonly trades?: number;
  readonly hours?: number;
  readonly seed?: number;
  readonly name?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Mean edge of a trade in basis points of its notional. */
  readonly edgeBps?: number;
}

/** A trade that ended so, with its two fills. */
export function sampleTrade(said: {
  readonly number: number;
  readonly createdAtUs: number;
  readonly base?: string;
  readonly buy?: VenueId;
  readonly sell?: VenueId;
  readonly quantity?: string;
  readonly waterfall: Omit<EdgeWaterfall, 'realised'>;
  readonly state?: ArbitrageTrade['state'];
  readonly apartUs?: number;
}): { readonly trade: ArbitrageTrade; readonly fills: readonly RunFill[] } {
  const { number, createdAtUs, base = 'BTC', quantity = '0.1', waterfall } = said;
  const { buy = venueId('binance'), sell = venueId('kraken'), apartUs = 40_000 } = said;
  const price = money(String(PRICES[base] ?? 100));
  const size = money(quantity);
  const instrument = instrumentId({ base, quote: 'USDT' });
  const id = tradeId(`trade-${number}`);
  const notional = size.multiply(price);
  const halfFee = waterfall.fees.negate().multiply(money('0.5'));
  const order = (side: OrderSide): TradeOrder => ({
    orderId: orderId(`order-${number}-${side}`),
    requestId: requestId(`request-${number}`),
    venue: side === 'buy' ? buy : sell,
    instrument,
    side,
    quantity: size,
    limitPrice: price,
    conversionRate: Decimal.ONE,
    quotedNotional: notional,
    arrivalNotional: notional,
    ...{ sendBeforeUs: createdAtUs + 500_000, state: 'ended', version: 3, submitted: true },
    cumulativeQuantity: size,
    cumulativeNotional: notional,
    fees: [{ asset: USDT, amount: halfFee }],
    ...{ detail: '', strategy: undefined, plannedAtUs: createdAtUs },
  });
  const { quoted, staleness, fees, slippage, unwind } = waterfall;
  const realised = quoted.add(staleness).add(fees).add(slippage).add(unwind);
  const legs = [order('buy'), order('sell')];
  const firstUs = createdAtUs + 30_000;
  const fills = legs.map((leg, index) => fillOf(leg, id, firstUs + index * apartUs));
  const trade: ArbitrageTrade = {
    tradeId: id,
    accountId: accountId('arbitrage'),
    origin: 'engine',
    opportunityId: opportunityId(`opportunity-${number}`),
    state: said.state ?? 'COMPLETED',
    base: assetId(base),
    numeraire: USDT,
    quantity: size,
    baseValue: price,
    legs,
    unwinds: [],
    smallestQuantity: money('0.00001'),
    carriedIn: Decimal.ZERO,
    carriedOut: Decimal.ZERO,
    reason: 'APPROVED',
    detail: '',
    realised: [{ asset: USDT, amount: realised }],
    waterfall: { ...waterfall, realised },
    unhedgedUsdSeconds: (notional.toNumber() * apartUs) / 1e6,
    frameAtUs: createdAtUs - 800,
    createdAtUs,
    updatedAtUs: createdAtUs + 120_000,
    unwindingAtUs: 0,
    version: 5,
  };
  return { trade, fills };
}

/** The one fill that an order of a sample has. */
function fillOf(leg: TradeOrder, trade: TradeId, timeUs: number): RunFill {
  const fee = leg.fees[0]?.amount ?? Decimal.ZERO;
  return {
    timeUs,
    orderId: leg.orderId,
    tradeId: trade,
    venue: leg.venue,
    instrument: leg.instrument,
    side: leg.side,
    quantity: leg.quantity,
    price: leg.limitPrice,
    fee,
    feeAsset: USDT,
    role: 'taker',
    notionalNumeraire: leg.cumulativeNotional,
    feeNumeraire: fee,
  };
}

/** A run as it might be: seeded, so that the same options give the same record. */
export function sampleRecord(options: SampleOptions = {}): RunRecord {
  const { trades: wanted = 120, hours = 30, seed = 7, edgeBps = 3, name = 'sample' } = options;
  const random = seededRandom(seed).stream('sample');
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.next() * items.length)] as Item;
  const cents = (value: number): Decimal => money(value.toFixed(4));
  const endUs = START_US + hours * HOUR_US;
  const made = Array.from({ length: wanted }, (_, number) => {
    const buy = pick(VENUES);
    const sell = pick(VENUES.filter((venue) => venue !== buy));
    const base = pick(BASES);
    const notional = 500 + random.next() * 9500;
    const part = (bps: number): Decimal => cents((notional * bps) / 10_000);
    const unwound = random.next() < 0.06;
    return sampleTrade({
      number,
      createdAtUs: START_US + Math.floor(((number + random.next()) / wanted) * hours * HOUR_US),
      ...{ base, buy, sell, quantity: (notional / (PRICES[base] ?? 1)).toFixed(5) },
      state: unwound ? 'UNWOUND' : 'COMPLETED',
      apartUs: Math.floor(random.next() * 200_000),
      waterfall: {
        quoted: part(edgeBps + 5 + random.next() * 8),
        staleness: part(-random.next() * 1.5),
        fees: part(-6),
        slippage: part(-random.next() * 3),
        unwind: unwound ? part(-12 - random.next() * 10) : Decimal.ZERO,
      },
    });
  });
  return {
    spec: {
      ...{ name, tapes: ['tardis/2024-03-11'], strategy: 'spread', seed, fromUs: 0, toUs: 0 },
      settings: options.settings ?? { 'engine.minEdgeBps': '3' },
    },
    numeraire: USDT,
    ...{ fromUs: START_US, toUs: endUs, events: 4_812_655, badRows: 0 },
    equity: equityOf({ made, hours, next: () => random.next() }),
    trades: made.map(({ trade }) => trade),
    fills: made.flatMap(({ fills }) => fills).sort((a, b) => a.timeUs - b.timeUs),
    opportunities: cellsOf({ hours, pick, next: () => random.next() }),
    ledger: { balanced: true, differences: [] },
    warnings: ['Fees are those of the configuration, not those of the day.'],
  };
}

function equityOf(parts: {
  readonly made: readonly { readonly trade: ArbitrageTrade }[];
  readonly hours: number;
  readonly next: () => number;
}): readonly EquityPoint[] {
  const points: EquityPoint[] = [];
  let equity = money('500000');
  let at = 0;
  for (let minute = 0; minute <= parts.hours * 60; minute += 1) {
    const timeUs = START_US + minute * MINUTE_US;
    for (;;) {
      const trade = parts.made[at]?.trade;
      if (trade === undefined || trade.updatedAtUs > timeUs) break;
      equity = equity.add(trade.waterfall?.realised ?? Decimal.ZERO);
      at += 1;
    }
    const drift = minute === 0 ? 0 : (parts.next() - 0.5) * 14;
    equity = equity.add(money(drift.toFixed(4)));
    const unhedged = parts.next() < 0.1 ? parts.next() * 4000 : 0;
    points.push({ timeUs, equity, unhedged: money(unhedged.toFixed(2)) });
  }
  return points;
}

function cellsOf(parts: {
  readonly hours: number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  readonly next: () => number;
}): readonly OpportunityCell[] {
  const cells: OpportunityCell[] = [];
  for (let hour = 0; hour < parts.hours; hour += 1) {
    for (const buy of VENUES) {
      for (const sell of VENUES) {
        if (buy === sell || parts.next() < 0.2) continue;
        const reason = parts.next() < 0.2 ? 'APPROVED' : parts.pick(REASONS);
        const count = Math.ceil(parts.next() ** 3 * 300);
        const net = reason === 'EDGE_BELOW_MIN' ? -1 : 1;
        cells.push({
          ...{ base: parts.pick(BASES), buy, sell, hourUs: START_US + hour * HOUR_US },
          ...{ reason, count, stoodUs: count * 250_000 },
          quantity: Decimal.parse(String(count)),
          grossProfit: money((count * parts.next() * 3).toFixed(4)),
          netProfit: money((net * count * parts.next()).toFixed(4)),
        });
      }
    }
  }
  return cells;
}
