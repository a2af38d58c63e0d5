import { Decimal } from '@ats/domain';
import { type Drawdown, drawdownAfter, drawdownFrom } from '@ats/statistics';
import { type LedgerFindings, LedgerTally } from './ledger-tally.ts';
import { DAY_US, dayTextOf, type Period } from './period.ts';
import {
  type BooksNow,
  type EntryRow,
  type TradeRow,
  WATERFALL_STEPS,
  type WaterfallStep,
} from './report-input.ts';

/** Sums over some trades, in the numeraire. */
export interface TradeSums {
  /** Trades that ended, those of which nothing traded too. */
  readonly trades: number;
  /** Of these, trades that were filled at least in part. */
  readonly settled: number;
  /** Of these, those that kept more than nothing. */
  readonly won: number;
  readonly profit: Decimal;
  /** Below zero for fees paid. */
  readonly fees: Decimal;
}

export interface DayRow extends TradeSums {
  readonly day: string;
  /** Profit from the begin of the period to the end of the day. */
  readonly cumulative: Decimal;
  /** The deepest fall below the peak of the period on that day, not negative. */
  readonly drawdown: Decimal;
}

export interface CurvePoint {
  readonly atUs: number;
  readonly profit: Decimal;
  readonly belowPeak: Decimal;
}

export interface Report {
  readonly period: Period;
  readonly numeraire: string;
  readonly totals: TradeSums & {
    readonly drawdown: Decimal;
    readonly unhedgedUsdSeconds: number;
    /** Trades in another money, which are in no sum. */
    readonly otherMoney: number;
  };
  readonly days: readonly DayRow[];
  readonly curve: readonly CurvePoint[];
  readonly waterfall: Readonly<Record<WaterfallStep, Decimal>>;
  readonly pairs: readonly (TradeSums & { readonly buy: string; readonly sell: string })[];
  readonly assets: readonly (TradeSums & { readonly asset: string })[];
  readonly outcomes: readonly { readonly state: string; readonly reason: string; count: number }[];
  readonly ledger: LedgerFindings;
  readonly booksNow: BooksNow;
  /** By their end, the oldest first. */
  readonly trades: readonly TradeRow[];
}

const NOTHING: TradeSums = {
  ...{ trades: 0, settled: 0, won: 0 },
  ...{ profit: Decimal.ZERO, fees: Decimal.ZERO },
};

/** Ends of trades that were filled at least in part; others have a waterfall too, down to zero. */
const FILLED: ReadonlySet<string> = new Set(['COMPLETED', 'UNWOUND', 'EXPOSED']);

function withTrade(sums: TradeSums, { waterfall, state }: TradeRow): TradeSums {
  const trades = sums.trades + 1;
  const settled = sums.settled + (FILLED.has(state) ? 1 : 0);
  if (waterfall === undefined) return { ...sums, trades, settled };
  const kept = Decimal.parse(waterfall.realised);
  return {
    ...{ trades, settled, won: sums.won + (kept.isPositive() ? 1 : 0) },
    profit: sums.profit.add(kept),
    fees: sums.fees.add(Decimal.parse(waterfall.fees)),
  };
}

const sumsOf = (trades: readonly TradeRow[]): TradeSums => trades.reduce(withTrade, NOTHING);

const byProfit = (one: TradeSums, other: TradeSums): number => other.profit.compare(one.profit);

/** Takes what services say of a period, in parts and any order, and makes the report of it. */
export class ReportBuilder {
  private readonly period: Period;
  private readonly numeraire: string;
  private readonly trades = new Map<string, TradeRow>();
  private readonly ledger = new LedgerTally();

  constructor({ period, numeraire }: { readonly period: Period; readonly numeraire: string }) {
    this.period = period;
    this.numeraire = numeraire;
  }

  /** Of a trade that comes more than once the highest version counts. */
  addTrades(rows: readonly TradeRow[]): void {
    for (const row of rows) {
      const before = this.trades.get(row.tradeId);
      if (before === undefined || before.version < row.version) this.trades.set(row.tradeId, row);
    }
  }

  addEntries(rows: readonly EntryRow[]): void {
    for (const row of rows) this.ledger.add(row);
  }

  build(booksNow: BooksNow, nowUs: number): Report {
    const { period, numeraire } = this;
    const trades = [...this.trades.values()]
      .filter(({ endedAtUs }) => endedAtUs >= period.fromUs && endedAtUs < period.toUs)
      .toSorted((a, b) => a.endedAtUs - b.endedAtUs || (a.tradeId < b.tradeId ? -1 : 1));
    const counted = trades.filter((trade) => trade.numeraire === numeraire);
    const { curve, deepest } = curveOf(counted);
    return {
      ...{ period, numeraire, trades, booksNow, curve },
      totals: {
        ...{ ...sumsOf(counted), drawdown: deepest },
        unhedgedUsdSeconds: trades.reduce((sum, trade) => sum + trade.unhedgedUsdSeconds, 0),
        otherMoney: trades.length - counted.length,
      },
      days: daysOf(counted, curve, { ...period, toUs: Math.min(period.toUs, nowUs + 1) }),
      waterfall: waterfallOf(counted),
      pairs: pairsOf(counted),
      assets: [...Map.groupBy(counted, ({ base }) => base)]
        .map(([asset, some]) => ({ asset, ...sumsOf(some) }))
        .toSorted(byProfit),
      outcomes: outcomesOf(trades),
      ledger: this.ledger.findings(trades),
    };
  }
}

function curveOf(trades: readonly TradeRow[]) {
  let drawdown: Drawdown = drawdownFrom(Decimal.ZERO);
  const curve: CurvePoint[] = [];
  for (const { waterfall, endedAtUs: atUs } of trades) {
    if (waterfall === undefined) continue;
    const profit = drawdown.equity.add(Decimal.parse(waterfall.realised));
    drawdown = drawdownAfter(drawdown, profit);
    curve.push({ atUs, profit, belowPeak: drawdown.depth });
  }
  return { curve, deepest: drawdown.deepest };
}

function daysOf(
  trades: readonly TradeRow[],
  curve: readonly CurvePoint[],
  { fromUs, toUs }: Pick<Period, 'fromUs' | 'toUs'>,
): readonly DayRow[] {
  const ended = Map.groupBy(trades, ({ endedAtUs }) => dayTextOf(endedAtUs));
  const points = Map.groupBy(curve, ({ atUs }) => dayTextOf(atUs));
  const days: DayRow[] = [];
  let cumulative = Decimal.ZERO;
  let depth = Decimal.ZERO;
  for (let atUs = fromUs; atUs < toUs; atUs += DAY_US) {
    const day = dayTextOf(atUs);
    const sums = sumsOf(ended.get(day) ?? []);
    cumulative = cumulative.add(sums.profit);
    const depths = (points.get(day) ?? []).map(({ belowPeak }) => belowPeak);
    const drawdown = depths.reduce((deepest, one) => deepest.max(one), depth);
    depth = depths.at(-1) ?? depth;
    days.push({ day, ...sums, cumulative, drawdown });
  }
  return days;
}

function waterfallOf(trades: readonly TradeRow[]): Report['waterfall'] {
  const sums = Object.fromEntries(WATERFALL_STEPS.map((step) => [step, Decimal.ZERO])) as Record<
    WaterfallStep,
    Decimal
  >;
  for (const { waterfall } of trades) {
    if (waterfall === undefined) continue;
    for (const step of WATERFALL_STEPS) sums[step] = sums[step].add(Decimal.parse(waterfall[step]));
  }
  return sums;
}

function pairsOf(trades: readonly TradeRow[]): Report['pairs'] {
  const groups = Map.groupBy(trades, ({ buyVenue, sellVenue }) =>
    JSON.stringify([buyVenue, sellVenue]),
  );
  return [...groups.values()]
    .map((some) => {
      const { buyVenue: buy = '', sellVenue: sell = '' } = some[0] ?? {};
      return { buy, sell, ...sumsOf(some) };
    })
    .toSorted(byProfit);
}

function outcomesOf(trades: readonly TradeRow[]): Report['outcomes'] {
  const groups = Map.groupBy(trades, ({ state, reason }) => JSON.stringify([state, reason]));
  return [...groups.values()]
    .map((some) => {
      const { state = '', reason = '' } = some[0] ?? {};
      return { state, reason, count: some.length };
    })
    .toSorted((one, other) => other.count - one.count);
}
