import {
  type ArbitrageTrade,
  Decimal,
  type EdgeWaterfall,
  TRADE_STATES,
  type TradeState,
} from '@ats/domain';
import { LatencyRecorder, VenueLatencies } from '@ats/runtime';
import { hasTradeEnded } from '../domain/trade/trade-machine.ts';

const STEPS = ['quoted', 'staleness', 'fees', 'slippage', 'unwind', 'realised'] as const;

export interface TradeStats {
  /** Trades that the engine took up, by a person's wish too; those of the accumulator as well. */
  readonly total: number;
  readonly open: number;
  /** Trades that have ended, by state. */
  readonly byOutcome: Readonly<Partial<Record<TradeState, number>>>;
  /** Completed trades by `buy venue>sell venue`. */
  readonly completedByPair: Readonly<Record<string, number>>;
  /** What trades changed in each asset, exact decimal text, fees included. */
  readonly profitByAsset: Readonly<Record<string, string>>;
  readonly unhedgedUsdSeconds: number;
  /** Sums over all trades, in the numeraire, exact decimal text. */
  readonly waterfall: Readonly<Record<keyof EdgeWaterfall, string>>;
}

/** Sums over the trades of this run. */
export class TradeTotals {
  private total = 0;
  private open = 0;
  unhedgedUsdSeconds = 0;
  /** From the decision until all legs are durable, by the venue of the leg that buys. */
  readonly decisionToLog = new VenueLatencies();
  readonly frameToLegsTaken = new LatencyRecorder();
  readonly frameToLegsSubmitted = new LatencyRecorder();
  /** Changes of state since the start, by the state they led to. */
  readonly transitions = new Map<TradeState, number>(TRADE_STATES.map((state) => [state, 0]));
  readonly byOutcome = new Map<TradeState, number>();
  private readonly pairs = new Map<string, number>();
  private readonly profit = new Map<string, Decimal>();
  private readonly waterfall = new Map<keyof EdgeWaterfall, Decimal>();

  note(trade: ArbitrageTrade, before: ArbitrageTrade | undefined, nowUs: number): void {
    if (before === undefined) {
      this.total += 1;
      this.open += 1;
    } else this.time(trade, before, nowUs);
    this.unhedgedUsdSeconds += trade.unhedgedUsdSeconds - (before?.unhedgedUsdSeconds ?? 0);
    if (before?.state === trade.state) return;
    const { state } = trade;
    this.transitions.set(state, (this.transitions.get(state) ?? 0) + 1);
    if (hasTradeEnded(trade)) this.ended(trade);
  }

  private time(trade: ArbitrageTrade, before: ArbitrageTrade, nowUs: number): void {
    const { frameAtUs, legs } = trade;
    if (frameAtUs === 0 || legs.length === 0) return;
    const tookUs = nowUs - frameAtUs;
    const taken = (one: ArbitrageTrade) => one.legs.every(({ state }) => state !== 'planned');
    const left = (one: ArbitrageTrade) => one.legs.every(({ submitted }) => submitted);
    if (taken(trade) && !taken(before)) {
      this.frameToLegsTaken.record(tookUs);
      this.decisionToLog.of(legs[0]?.venue ?? '').record(nowUs - trade.createdAtUs);
    }
    if (left(trade) && !left(before)) this.frameToLegsSubmitted.record(tookUs);
  }

  /** A trade that an earlier run began is open in this one. */
  adopt(): void {
    this.total += 1;
    this.open += 1;
  }

  private ended(trade: ArbitrageTrade): void {
    const { state, legs, realised, waterfall } = trade;
    this.open -= 1;
    this.byOutcome.set(state, (this.byOutcome.get(state) ?? 0) + 1);
    if (state === 'COMPLETED') {
      const pair = legs.map(({ venue }) => venue).join('>');
      this.pairs.set(pair, (this.pairs.get(pair) ?? 0) + 1);
    }
    this.sum(realised, waterfall, 1);
  }

  /** A trade that had ended was filled after all: its figures take the place of the old ones. */
  amend(before: ArbitrageTrade, after: ArbitrageTrade): void {
    this.sum(before.realised, before.waterfall, -1);
    this.sum(after.realised, after.waterfall, 1);
    if (before.state === after.state) return;
    for (const [{ state }, change] of [
      [before, -1],
      [after, 1],
    ] as const) {
      this.byOutcome.set(state, Math.max(0, (this.byOutcome.get(state) ?? 0) + change));
    }
  }

  private sum(
    realised: ArbitrageTrade['realised'],
    waterfall: EdgeWaterfall | undefined,
    sign: 1 | -1,
  ): void {
    const signed = (amount: Decimal): Decimal => (sign === 1 ? amount : amount.negate());
    for (const { asset, amount } of realised) {
      this.profit.set(asset, (this.profit.get(asset) ?? Decimal.ZERO).add(signed(amount)));
    }
    if (waterfall === undefined) return;
    for (const step of STEPS) {
      const sum = this.waterfall.get(step) ?? Decimal.ZERO;
      this.waterfall.set(step, sum.add(signed(waterfall[step])));
    }
  }

  stats(): TradeStats {
    const text = (step: keyof EdgeWaterfall): string =>
      (this.waterfall.get(step) ?? Decimal.ZERO).normalized().toString();
    return {
      total: this.total,
      open: this.open,
      byOutcome: Object.fromEntries(this.byOutcome),
      completedByPair: Object.fromEntries(this.pairs),
      profitByAsset: Object.fromEntries(
        [...this.profit].map(([asset, amount]) => [asset, amount.normalized().toString()]),
      ),
      unhedgedUsdSeconds: this.unhedgedUsdSeconds,
      waterfall: {
        quoted: text('quoted'),
        staleness: text('staleness'),
        fees: text('fees'),
        slippage: text('slippage'),
        unwind: text('unwind'),
        realised: text('realised'),
      },
    };
  }
}
