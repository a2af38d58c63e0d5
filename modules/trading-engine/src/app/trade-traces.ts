import type { ArbitrageTrade, Opportunity, OpportunityLeg, TradeId } from '@ats/domain';
import { type Clock, type Tracer, tradeTrace } from '@ats/runtime';
import { hasTradeEnded } from '../domain/trade/trade-machine.ts';

interface Transition {
  readonly name: string;
  readonly atUs: number;
}

/**
 * Tells the spans of trades: the frame, the book and the decision after the fact, out of times
 * that were taken anyway, and the saga when it has ended. Other frames cost nothing.
 */
export class TradeTraces {
  private readonly tracer: Tracer;
  private readonly clock: Clock;
  /** Of the trades that are open. */
  private readonly transitions = new Map<TradeId, Transition[]>();

  constructor({ tracer, clock }: { readonly tracer: Tracer; readonly clock: Clock }) {
    this.tracer = tracer;
    this.clock = clock;
  }

  /** The context that a trade's orders follow from. */
  readonly contextOf = (tradeId: TradeId): string => tradeTrace(tradeId).saga;

  /** Risk has approved it. @param opportunity absent where none was found: it closes remainders */
  begun(trade: ArbitrageTrade, opportunity?: Opportunity): void {
    const { tracer } = this;
    const trace = tradeTrace(trade.tradeId);
    const { root } = trace;
    if (opportunity === undefined) {
      const [startUs, endUs] = [trade.createdAtUs, trade.createdAtUs];
      tracer.record({ name: 'accumulator.check', traceparent: root, startUs, endUs });
      return;
    }
    const { frameAtUs, bookAtUs, decidedAtUs, riskAnsweredAtUs } = opportunity.times;
    const { buy, sell, id, base, netEdgeBps } = opportunity;
    const at = marketOf(freshest(buy, sell));
    const name = trade.origin === 'manual' ? 'trade.request' : 'market.frame';
    tracer.record({
      ...{ name, traceparent: root, startUs: frameAtUs, endUs: decidedAtUs },
      kind: trade.origin === 'manual' ? 'internal' : 'consumer',
      attributes: { ...at, 'ats.trade.id': trade.tradeId },
    });
    tracer.record({
      ...{ name: 'book.update', traceparent: trace.book, parent: root },
      ...{ startUs: frameAtUs, endUs: bookAtUs, attributes: at },
    });
    tracer.record({
      ...{ name: 'opportunity.decide', traceparent: trace.decision, parent: trace.book },
      ...{ startUs: bookAtUs, endUs: decidedAtUs },
      attributes: {
        'ats.opportunity.id': id,
        'ats.base': base,
        'ats.net_edge_bps': netEdgeBps,
        'ats.buy.venue': buy.venue,
        'ats.sell.venue': sell.venue,
      },
    });
    tracer.record({
      ...{ name: 'risk.check', kind: 'client', traceparent: trace.risk, parent: trace.decision },
      ...{ startUs: decidedAtUs, endUs: Math.max(decidedAtUs, riskAnsweredAtUs) },
    });
  }

  changed(trade: ArbitrageTrade, before: ArbitrageTrade | undefined): void {
    const { tradeId, state, createdAtUs } = trade;
    if (before !== undefined && (hasTradeEnded(before) || before.state === state)) return;
    const events = this.transitions.get(tradeId) ?? [];
    // When it is known here: the trade itself has the venue's times.
    const endUs = this.clock.nowUs();
    events.push({ name: state, atUs: endUs });
    if (!hasTradeEnded(trade)) {
      this.transitions.set(tradeId, events);
      return;
    }
    this.transitions.delete(tradeId);
    const { root, saga } = tradeTrace(tradeId);
    this.tracer.record({
      ...{ name: 'saga', traceparent: saga, parent: root, events },
      ...{ startUs: createdAtUs, endUs },
      attributes: { 'ats.trade.id': tradeId, 'ats.trade.state': state, 'ats.base': trade.base },
      error: state === 'EXPOSED' ? state : undefined,
    });
  }
}

/** The leg whose book came with the frame. */
const freshest = (buy: OpportunityLeg, sell: OpportunityLeg): OpportunityLeg =>
  sell.bookAgeUs < buy.bookAgeUs ? sell : buy;

const marketOf = ({ venue, instrument }: OpportunityLeg) => ({
  'ats.venue': venue,
  'ats.instrument': instrument,
});
