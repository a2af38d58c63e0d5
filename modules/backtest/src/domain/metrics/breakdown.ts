import type { AssetId, EdgeWaterfall, ReasonCode, VenueId } from '@ats/domain';
import { Decimal } from '@ats/domain';
import type { OpportunityCell, RunRecord } from '../run-record.ts';
import { addWaterfalls, NO_WATERFALL } from './money.ts';
import { HOUR_US } from './sampling.ts';
import type { TradedTrade } from './trades.ts';

/** Trades and opportunities that have something in common. Money in the numeraire. */
export interface Slice {
  readonly trades: number;
  readonly wins: number;
  readonly notional: Decimal;
  readonly waterfall: EdgeWaterfall;
  readonly opportunities: number;
  /** What opportunities that would have earned something would have earned, at their best. */
  readonly offered: Decimal;
}

export interface PairSlice extends Slice {
  readonly buy: VenueId;
  readonly sell: VenueId;
}

export interface SymbolSlice extends Slice {
  readonly base: AssetId;
}

export interface HourSlice extends Slice {
  /** Start of the hour, microseconds since the epoch. */
  readonly hourUs: number;
}

export interface ReasonSlice {
  readonly reason: ReasonCode;
  readonly count: number;
  readonly grossProfit: Decimal;
  readonly netProfit: Decimal;
}

export interface Breakdown {
  /** By what they earned, most first. */
  readonly pairs: readonly PairSlice[];
  readonly symbols: readonly SymbolSlice[];
  /** By time, hours without anything left out. */
  readonly hours: readonly HourSlice[];
  /** The most frequent first. */
  readonly reasons: readonly ReasonSlice[];
}

const EMPTY: Slice = {
  trades: 0,
  wins: 0,
  notional: Decimal.ZERO,
  waterfall: NO_WATERFALL,
  opportunities: 0,
  offered: Decimal.ZERO,
};

export function breakdownOf(record: RunRecord, traded: readonly TradedTrade[]): Breakdown {
  const pairs = new Map<string, PairSlice>();
  const symbols = new Map<string, SymbolSlice>();
  const hours = new Map<string, HourSlice>();
  const put = (keys: Keys, change: (slice: Slice) => Slice): void => {
    const { buy, sell, base, hourUs } = keys;
    update(pairs, `${buy}>${sell}`, { buy, sell }, change);
    update(symbols, base, { base }, change);
    update(hours, String(hourUs), { hourUs }, change);
  };
  for (const one of traded) {
    const [buy, sell] = one.trade.legs;
    if (buy === undefined || sell === undefined) continue;
    const hourUs = Math.floor(one.trade.createdAtUs / HOUR_US) * HOUR_US;
    put({ buy: buy.venue, sell: sell.venue, base: one.trade.base, hourUs }, withTrade(one));
  }
  for (const cell of record.opportunities) put(cell, withCell(cell));
  return {
    pairs: [...pairs.values()].sort(byEarned),
    symbols: [...symbols.values()].sort(byEarned),
    hours: [...hours.values()].sort((a, b) => a.hourUs - b.hourUs),
    reasons: reasonsOf(record.opportunities),
  };
}

type Keys = Pick<OpportunityCell, 'buy' | 'sell' | 'base' | 'hourUs'>;

function update<Keyed extends object>(
  slices: Map<string, Keyed & Slice>,
  key: string,
  keyed: Keyed,
  change: (slice: Slice) => Slice,
): void {
  slices.set(key, { ...keyed, ...change(slices.get(key) ?? EMPTY) });
}

const withTrade =
  ({ trade, realised, notional }: TradedTrade) =>
  (slice: Slice): Slice => ({
    ...slice,
    trades: slice.trades + 1,
    wins: slice.wins + (realised.isPositive() ? 1 : 0),
    notional: slice.notional.add(notional),
    waterfall: addWaterfalls(slice.waterfall, trade.waterfall ?? NO_WATERFALL),
  });

const withCell =
  ({ count, netProfit }: OpportunityCell) =>
  (slice: Slice): Slice => ({
    ...slice,
    opportunities: slice.opportunities + count,
    offered: slice.offered.add(netProfit.max(Decimal.ZERO)),
  });

const byEarned = (a: Slice, b: Slice): number =>
  b.waterfall.realised.compare(a.waterfall.realised) || b.opportunities - a.opportunities;

function reasonsOf(cells: readonly OpportunityCell[]): readonly ReasonSlice[] {
  const reasons = new Map<ReasonCode, ReasonSlice>();
  for (const { reason, count, grossProfit, netProfit } of cells) {
    const before = reasons.get(reason);
    reasons.set(reason, {
      reason,
      count: (before?.count ?? 0) + count,
      grossProfit: grossProfit.add(before?.grossProfit ?? Decimal.ZERO),
      netProfit: netProfit.add(before?.netProfit ?? Decimal.ZERO),
    });
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count);
}
