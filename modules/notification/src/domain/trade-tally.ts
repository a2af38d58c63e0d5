import { type ArbitrageTrade, Decimal, TRADE_ENDS } from '@ats/domain';

/** Every zone's days begin and end between two quarters of an hour, so that they add up to days. */
export const QUARTER_US = 900_000_000;

/** The begin of the quarter in which a moment is. */
export const quarterOf = (timeUs: number): number => Math.floor(timeUs / QUARTER_US) * QUARTER_US;

/** Where an edge goes, in this order. */
export const EDGE_STEPS = [
  'quoted',
  'staleness',
  'fees',
  'slippage',
  'unwind',
  'realised',
] as const;
export type EdgeStep = (typeof EDGE_STEPS)[number];

export type TradeOutcome = (typeof TRADE_ENDS)[number];

/** One trade, as the best or the worst. Amounts are decimal text in the numeraire. */
export interface TradeEdge {
  readonly tradeId: string;
  readonly base: string;
  /** Where it bought and where it sold; empty for a trade without legs. */
  readonly venues: readonly string[];
  readonly quoted: string;
  readonly realised: string;
  /** What each leg was worth. */
  readonly worth: string;
}

/** Sums in one numeraire, as decimal text. */
export interface EdgeTally {
  /** Trades in it, a count. */
  readonly trades: number;
  readonly steps: Readonly<Record<EdgeStep, string>>;
  readonly best: TradeEdge;
  readonly worst: TradeEdge;
}

/** What trades that have ended add up to. */
export interface TradeTally {
  readonly outcomes: Readonly<Partial<Record<TradeOutcome, number>>>;
  /** By numeraire, of trades that had fills. */
  readonly edges: Readonly<Record<string, EdgeTally>>;
  readonly unhedgedUsdSeconds: number;
}

export const NO_TRADES: TradeTally = { outcomes: {}, edges: {}, unhedgedUsdSeconds: 0 };

const isEnd = (state: string): state is TradeOutcome =>
  (TRADE_ENDS as readonly string[]).includes(state);

/** A trade by itself; undefined while it is open. */
export function tallyOf(trade: ArbitrageTrade): TradeTally | undefined {
  const { state, waterfall, numeraire, unhedgedUsdSeconds } = trade;
  if (!isEnd(state)) return undefined;
  const outcomes = { [state]: 1 };
  const traded = state !== 'REJECTED' && state !== 'EXPIRED';
  if (waterfall === undefined || !traded) return { outcomes, edges: {}, unhedgedUsdSeconds };
  const steps = Object.fromEntries(
    EDGE_STEPS.map((step) => [step, waterfall[step].toString()]),
  ) as Record<EdgeStep, string>;
  const edge: TradeEdge = {
    tradeId: trade.tradeId,
    base: trade.base,
    venues: trade.legs.map(({ venue }) => venue),
    ...{ quoted: steps.quoted, realised: steps.realised },
    worth: trade.quantity.multiply(trade.baseValue).toString(),
  };
  const edges = { [numeraire]: { trades: 1, steps, best: edge, worst: edge } };
  return { outcomes, edges, unhedgedUsdSeconds };
}

const plus = (one: string, other: string): string =>
  Decimal.parse(one).add(Decimal.parse(other)).toString();

const isMore = (one: TradeEdge, other: TradeEdge): boolean =>
  Decimal.parse(one.realised).greaterThan(Decimal.parse(other.realised));

function edgesTogether(one: EdgeTally, other: EdgeTally): EdgeTally {
  const steps = Object.fromEntries(
    EDGE_STEPS.map((step) => [step, plus(one.steps[step], other.steps[step])]),
  ) as Record<EdgeStep, string>;
  return {
    ...{ trades: one.trades + other.trades, steps },
    // Of equals the one that was there first.
    best: isMore(other.best, one.best) ? other.best : one.best,
    worst: isMore(one.worst, other.worst) ? other.worst : one.worst,
  };
}

/** Both together, exactly. */
export function together(one: TradeTally, other: TradeTally): TradeTally {
  const outcomes = { ...one.outcomes };
  for (const outcome of TRADE_ENDS) {
    const count = other.outcomes[outcome] ?? 0;
    if (count > 0) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
  const edges = { ...one.edges };
  for (const [numeraire, tally] of Object.entries(other.edges)) {
    const before = edges[numeraire];
    edges[numeraire] = before === undefined ? tally : edgesTogether(before, tally);
  }
  const unhedgedUsdSeconds = one.unhedgedUsdSeconds + other.unhedgedUsdSeconds;
  return { outcomes, edges, unhedgedUsdSeconds };
}
