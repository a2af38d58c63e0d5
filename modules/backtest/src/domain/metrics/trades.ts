import type { ArbitrageTrade, Decimal, TradeState } from '@ats/domain';
import { meanOf } from '@ats/statistics';
import type { RunFill, RunRecord } from '../run-record.ts';
import { meanMoney, shareOf, sumOf } from './money.ts';

/** A two-leg trade that has ended and traded, with what it made and for how long it was open. */
export interface TradedTrade {
  readonly trade: ArbitrageTrade;
  /** In the numeraire, all costs taken off. */
  readonly realised: Decimal;
  /** Of all its fills, in the numeraire. */
  readonly notional: Decimal;
  readonly fees: Decimal;
  /** From its first fill to its last. */
  readonly holdingUs: number;
}

/** How a run's trades went. Sums in the numeraire; what is not known is NaN or undefined. */
export interface TradeMetrics {
  /** Begun, whatever became of them. */
  readonly begun: number;
  readonly byState: Readonly<Partial<Record<TradeState, number>>>;
  /** Of those: two legs, ended, and something filled. The figures below are of them. */
  readonly traded: number;
  readonly wins: number;
  readonly losses: number;
  /** From 0 to 1. */
  readonly winRate: number;
  /** What winners made over what losers lost; infinite without losers. */
  readonly profitFactor: number;
  /** Mean of a trade. */
  readonly expectancy: Decimal | undefined;
  readonly expectancyBps: number;
  readonly winMean: Decimal | undefined;
  readonly lossMean: Decimal | undefined;
  readonly winLargest: Decimal | undefined;
  readonly lossLargest: Decimal | undefined;
  readonly holdingMeanUs: number;
  readonly holdingMedianUs: number;
  readonly holdingMaxUs: number;
  readonly unhedgedUsdSeconds: number;
}

const TRADED: ReadonlySet<TradeState> = new Set(['COMPLETED', 'UNWOUND', 'EXPOSED']);
const BPS = 10_000;

/** @returns in the order of the record */
export function tradedOf(record: RunRecord): readonly TradedTrade[] {
  const fills = Map.groupBy(record.fills, ({ tradeId }) => tradeId);
  return record.trades.flatMap((trade) => {
    const { waterfall, state, legs, tradeId } = trade;
    if (waterfall === undefined || !TRADED.has(state) || legs.length === 0) return [];
    const own = fills.get(tradeId) ?? [];
    const fees = sumOf(own, ({ feeNumeraire }) => feeNumeraire);
    const notional = sumOf(own, ({ notionalNumeraire }) => notionalNumeraire);
    return [{ trade, realised: waterfall.realised, notional, fees, holdingUs: holdingOf(own) }];
  });
}

function holdingOf(fills: readonly RunFill[]): number {
  const times = fills.map(({ timeUs }) => timeUs);
  const [first, last] = [times.reduce(earlier, Infinity), times.reduce(later, -Infinity)];
  return times.length === 0 ? 0 : last - first;
}

const earlier = (a: number, b: number): number => Math.min(a, b);
const later = (a: number, b: number): number => Math.max(a, b);

export function tradeMetrics(
  record: RunRecord,
  traded: readonly TradedTrade[] = tradedOf(record),
): TradeMetrics {
  const winners = traded.filter(({ realised }) => realised.isPositive());
  const losers = traded.filter(({ realised }) => realised.isNegative());
  const won = sumOf(winners, ({ realised }) => realised);
  const lost = sumOf(losers, ({ realised }) => realised);
  const all = won.add(lost);
  const holding = traded.map(({ holdingUs }) => holdingUs).sort((a, b) => a - b);
  return {
    begun: record.trades.length,
    byState: countsOf(record.trades),
    traded: traded.length,
    wins: winners.length,
    losses: losers.length,
    winRate: winners.length / traded.length,
    profitFactor: profitFactorOf(won, lost),
    expectancy: meanMoney(all, traded.length),
    expectancyBps: shareOf({ part: all, whole: sumOf(traded, ({ notional }) => notional) }) * BPS,
    winMean: meanMoney(won, winners.length),
    lossMean: meanMoney(lost, losers.length),
    winLargest: extreme(winners, (a, b) => a.max(b)),
    lossLargest: extreme(losers, (a, b) => a.min(b)),
    holdingMeanUs: meanOf(holding),
    holdingMedianUs: medianOf(holding),
    holdingMaxUs: holding.at(-1) ?? Number.NaN,
    unhedgedUsdSeconds: record.trades.reduce((sum, one) => sum + one.unhedgedUsdSeconds, 0),
  };
}

function countsOf(trades: readonly ArbitrageTrade[]): Partial<Record<TradeState, number>> {
  const counts: Partial<Record<TradeState, number>> = {};
  for (const { state } of trades) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function profitFactorOf(won: Decimal, lost: Decimal): number {
  if (lost.isZero()) return won.isZero() ? Number.NaN : Number.POSITIVE_INFINITY;
  return shareOf({ part: won, whole: lost.negate() });
}

function extreme(
  trades: readonly TradedTrade[],
  choose: (a: Decimal, b: Decimal) => Decimal,
): Decimal | undefined {
  return trades
    .map(({ realised }) => realised)
    .reduce<Decimal | undefined>(
      (found, next) => (found === undefined ? next : choose(found, next)),
      undefined,
    );
}

/** @param sorted lowest first. @returns NaN of nothing */
function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
