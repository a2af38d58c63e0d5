import { Decimal, type EdgeWaterfall, type ReasonCode } from '@ats/domain';
import type { RunRecord } from '../run-record.ts';
import { type Breakdown, breakdownOf } from './breakdown.ts';
import { type CurveMetrics, curveMetrics } from './curve.ts';
import { addWaterfalls, NO_WATERFALL, shareOf, sumOf } from './money.ts';
import { chooseInterval, periodsPerYearOf, type Sampling, type Worth } from './sampling.ts';
import { type TradeMetrics, tradedOf, tradeMetrics } from './trades.ts';

/** What trading cost. Shares are doubles, NaN where nothing was traded. */
export interface CostMetrics {
  /** Of all fills, in the numeraire. */
  readonly notional: Decimal;
  readonly fees: Decimal;
  readonly feesBps: number;
  readonly slippage: Decimal;
  readonly slippageBps: number;
  /** `notional` over the mean of equity at the start and at the end. */
  readonly turnover: number;
}

/** How much more there was to earn. In the numeraire. */
export interface CapacityMetrics {
  /** What all opportunities with a profit would have earned, each at its best moment. */
  readonly offered: Decimal;
  /** Of `offered`, what was refused for want of money or room within limits. */
  readonly beyondSize: Decimal;
  /** What was earned of `offered`. */
  readonly captured: number;
}

/** Every figure of a run. */
export interface RunMetrics {
  readonly sampling: Sampling;
  readonly spanUs: number;
  /** Of everything on all venues, at the prices of the moment: trades and what is held. */
  readonly equity: CurveMetrics;
  /** Of trades alone: what equity would be if the prices of what is held had stood still. */
  readonly trading: CurveMetrics;
  /** The change of equity that no trade made: prices of what is held. */
  readonly revaluation: Decimal;
  readonly waterfall: EdgeWaterfall;
  readonly trades: TradeMetrics;
  readonly costs: CostMetrics;
  readonly capacity: CapacityMetrics;
  readonly breakdown: Breakdown;
}

export interface MetricsOptions {
  /** Microseconds between two samples of the returns; chosen by the length of the run if absent. */
  readonly intervalUs?: number;
  /** Of such intervals; of 365 days if absent. */
  readonly periodsPerYear?: number;
  /** A share; 0 if absent. */
  readonly riskFreePerYear?: number;
  /** Of value at risk and expected shortfall; 0.95 if absent. */
  readonly confidence?: number;
}

const BPS = 10_000;
const TWO = Decimal.fromNumber(2);

/** Refusals that more money or wider limits would have taken away. */
const FOR_SIZE: ReadonlySet<ReasonCode> = new Set([
  'BALANCE_INSUFFICIENT',
  'INVENTORY_SHORT',
  'PAIR_BUSY',
  'TRADES_OPEN_MAX',
  'RISK_NOTIONAL_MAX',
  'RISK_EXPOSURE_MAX',
  'RISK_VENUE_NOTIONAL_MAX',
  'RISK_GROSS_EXPOSURE_MAX',
  'RISK_NET_EXPOSURE_MAX',
  'RISK_VENUE_EXPOSURE_MAX',
  'RISK_ASSET_EXPOSURE_MAX',
  'RISK_SYMBOL_EXPOSURE_MAX',
  'RISK_TRADES_OPEN_MAX',
  'RISK_TRADES_PER_DAY_MAX',
  'RISK_VOLUME_PER_DAY_MAX',
]);

/** Every figure of a run; definitions and their sources stand in `docs/backtest-metrics.md`. */
export function metricsOf(record: RunRecord, options: MetricsOptions = {}): RunMetrics {
  const worths = equityCurve(record);
  const spanUs = (worths.at(-1) ?? worths[0]).timeUs - worths[0].timeUs;
  const intervalUs = options.intervalUs ?? chooseInterval(spanUs);
  const periodsPerYear = options.periodsPerYear ?? periodsPerYearOf(intervalUs);
  const { riskFreePerYear = 0, confidence = 0.95 } = options;
  const curve = { intervalUs, periodsPerYear, riskFreePerYear, confidence };
  const equity = curveMetrics(worths, curve);
  const trading = curveMetrics(tradingCurve(record), curve);
  const traded = tradedOf(record);
  const waterfall = waterfallOf(record);
  return {
    sampling: { intervalUs, periodsPerYear, samples: Math.floor(spanUs / intervalUs) },
    spanUs,
    equity,
    trading,
    revaluation: equity.gain.subtract(trading.gain),
    waterfall,
    trades: tradeMetrics(record, traded),
    costs: costsOf(record, { waterfall, equity }),
    capacity: capacityOf(record, waterfall),
    breakdown: breakdownOf(record, traded),
  };
}

/** A run without points, which no run has, stands at zero. */
function equityCurve({ equity, fromUs }: RunRecord): [Worth, ...Worth[]] {
  const [first, ...rest] = equity.map(({ timeUs, equity: worth }) => ({ timeUs, worth }));
  return [first ?? { timeUs: fromUs, worth: Decimal.ZERO }, ...rest];
}

/** Equity at the start and what each trade made since, at the trade's end. */
export function tradingCurve(record: RunRecord): [Worth, ...Worth[]] {
  const [start] = equityCurve(record);
  const ended = record.trades
    .filter(({ waterfall }) => waterfall !== undefined)
    .sort((a, b) => a.updatedAtUs - b.updatedAtUs);
  let { worth } = start;
  const steps = ended.map(({ updatedAtUs, waterfall }) => {
    worth = worth.add(waterfall?.realised ?? Decimal.ZERO);
    return { timeUs: Math.max(updatedAtUs, start.timeUs), worth };
  });
  const lastUs = steps.at(-1)?.timeUs ?? start.timeUs;
  const endUs = Math.max(record.equity.at(-1)?.timeUs ?? record.toUs, lastUs);
  return [start, ...steps, { timeUs: endUs, worth }];
}

function waterfallOf({ trades }: RunRecord): EdgeWaterfall {
  return trades.reduce(
    (sum, { waterfall }) => (waterfall === undefined ? sum : addWaterfalls(sum, waterfall)),
    NO_WATERFALL,
  );
}

function costsOf(
  { fills }: RunRecord,
  made: { readonly waterfall: EdgeWaterfall; readonly equity: CurveMetrics },
): CostMetrics {
  const notional = sumOf(fills, ({ notionalNumeraire }) => notionalNumeraire);
  const fees = sumOf(fills, ({ feeNumeraire }) => feeNumeraire);
  const slippage = made.waterfall.slippage.negate();
  const twice = made.equity.start.add(made.equity.end);
  return {
    notional,
    fees,
    feesBps: shareOf({ part: fees, whole: notional }) * BPS,
    slippage,
    slippageBps: shareOf({ part: slippage, whole: notional }) * BPS,
    turnover: shareOf({ part: notional.multiply(TWO), whole: twice }),
  };
}

function capacityOf({ opportunities }: RunRecord, { realised }: EdgeWaterfall): CapacityMetrics {
  const earning = opportunities.filter(({ netProfit }) => netProfit.isPositive());
  const offered = sumOf(earning, ({ netProfit }) => netProfit);
  const refused = earning.filter(({ reason }) => FOR_SIZE.has(reason));
  const beyondSize = sumOf(refused, ({ netProfit }) => netProfit);
  return { offered, beyondSize, captured: shareOf({ part: realised, whole: offered }) };
}
