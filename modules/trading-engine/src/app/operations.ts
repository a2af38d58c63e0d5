import type { RiskGate } from '@ats/contracts';
import {
  type ArbitrageTrade,
  AtsError,
  type Decimal,
  type Opportunity,
  type TradeId,
  tradeId,
} from '@ats/domain';
import type { Clock, Logger, Timers } from '@ats/runtime';
import { tradeIdOf } from '../domain/trade/open-trade.ts';
import type { IntentOf } from '../domain/trade/trade-intent.ts';
import type { Engine } from './engine.ts';
import { invalid, type ManualTrade, manualOpportunity } from './manual-trade.ts';
import type { Trading } from './trading.ts';

/** Something that happened to the engine, for whoever watches it. */
export interface SystemEvent {
  /** A stable name, such as `trading.stopped`. */
  readonly event: string;
  readonly detail: string;
  readonly atUs: number;
}

/** What people may do with the engine. */
export class Operations {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The size that edges are shown at, in the numeraire. */
  notionalMax: Decimal;
  private readonly options: {
    readonly timers: Timers;
    readonly notionalMax: Decimal;
    readonly engine: Engine;
    readonly trading: Trading | undefined;
    readonly gate: RiskGate;
    readonly intentOf: IntentOf;
    readonly numeraire: string;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Asks risk to halt trading everywhere. */
    readonly haltRisk: (halt: { reason: string; actor: string }) => Promise<void>;
  };
  private readonly listeners = new Set<(event: SystemEvent) => void>();

  constructor(options: Operations['options']) {
    this.options = options;
    this.engine = options.engine;
    this.clock = options.clock;
    this.timers = options.timers;
    this.notionalMax = options.notionalMax;
    options.trading?.desk.onTrade(({ state, tradeId: id, detail }, before) => {
      if (state === 'EXPOSED' && before?.state !== state)
        this.tell('trade.exposed', `${id}: ${detail}`);
    });
  }

  /** @throws ORDER_GATE_CLOSED where the engine does not trade */
  get trading(): Trading {
    const { trading } = this.options;
    if (trading !== undefined) return trading;
    throw new AtsError({
      code: 'ORDER_GATE_CLOSED',
      message: 'this engine makes no trades: engine.trading is false, or it has no store and log',
      remedy: 'Set engine.trading to true, and start the engine with its stores.',
    });
  }

  get isTrading(): boolean {
    return this.options.trading !== undefined && this.options.trading.desk.stopReason === '';
  }

  /** How it stands, for the record of what people do to it. */
  standing() {
    const desk = this.options.trading?.desk;
    const { pauseReason } = this.engine;
    return { pauseReason, stopReason: desk?.stopReason ?? '', openTrades: desk?.openCount ?? 0 };
  }

  onSystemEvent(listener: (event: SystemEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(event: string, detail: string): void {
    const told = { event, detail, atUs: this.clock.nowUs() };
    this.options.logger.warn(`engine.${event}`, detail);
    for (const listener of this.listeners) listener(told);
  }

  startTrading(actor: string): void {
    this.trading.desk.haltReason = '';
    this.tell('trading.started', `by ${actor}`);
  }

  stopTrading({ reason, actor }: { readonly reason: string; readonly actor: string }): void {
    this.trading.desk.haltReason = `${reason} (${actor})`;
    this.tell('trading.stopped', `${reason} (${actor})`);
  }

  /** Takes an opportunity that was found, if risk lets it through now. Asked twice, made once. */
  async execute(id: string, actor: string): Promise<ArbitrageTrade> {
    const record = this.engine.ledger
      .recent(Number.MAX_SAFE_INTEGER)
      .find(({ opportunity }) => opportunity.id === id);
    if (record === undefined)
      throw invalid('opportunity_id', id, 'one of the newest opportunities');
    return this.make(record.opportunity, {
      id: tradeIdOf(record.opportunity),
      actor,
      origin: 'engine',
    });
  }

  /** @throws REQUEST_INVALID */
  async executeManual(wanted: ManualTrade, actor: string): Promise<ArbitrageTrade> {
    const { numeraire } = this.options;
    const [base = '', other = ''] = [wanted.buy, wanted.sell].map(
      ({ instrument }) => instrument.split('/')[0],
    );
    if (base !== other)
      throw invalid('sell.instrument', wanted.sell.instrument, `a market of ${base}`);
    const markets = await this.trading.marketsOf(base);
    const nowUs = this.clock.nowUs();
    const opportunity = manualOpportunity(wanted, { markets, numeraire, nowUs });
    return this.make(opportunity, { id: tradeId(opportunity.id), actor, origin: 'manual' });
  }

  private async make(
    opportunity: Opportunity,
    { id, actor, origin }: { id: TradeId; actor: string; origin: 'engine' | 'manual' },
  ): Promise<ArbitrageTrade> {
    const { desk } = this.trading;
    const known = await desk.find(id);
    if (known !== undefined) return known;
    const { gate, intentOf } = this.options;
    const answer = await gate.check(opportunity, intentOf(opportunity, id));
    const { trade, begun } = desk.take(opportunity, answer, origin);
    this.tell('trade.asked', `${trade.tradeId} by ${actor}: ${trade.state} ${trade.reason}`);
    await begun;
    return (await desk.find(id)) ?? trade;
  }

  async cancel(
    id: string,
    why: { readonly reason: string; readonly actor: string },
  ): Promise<ArbitrageTrade> {
    const trade = await this.trading.desk.cancel(tradeId(id), `${why.reason} (${why.actor})`);
    if (trade === undefined) throw invalid('trade_id', id, 'a trade of the last seven days');
    return trade;
  }

  /** Stops opportunities and trades, ends those that are open, and halts risk for all others. */
  async emergencyStop(why: { readonly reason: string; readonly actor: string }) {
    const detail = `${why.reason} (${why.actor})`;
    this.engine.pause(detail);
    const { desk } = this.trading;
    desk.haltReason = detail;
    this.tell('emergency.stop', detail);
    const halting = this.options.haltRisk(why).then(
      () => true,
      () => false,
    );
    const open = desk.open();
    await Promise.all(open.map(({ tradeId: id }) => desk.cancel(id, detail)));
    return { tradesCanceled: open.length, riskHalted: await halting };
  }
}
